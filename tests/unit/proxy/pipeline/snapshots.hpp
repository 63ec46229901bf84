// Configurations and requests of the pipeline from literals.
#pragma once

#include "proxy/pipeline/exchange.hpp"
#include "proxy/pipeline/shared.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

namespace sidecache::testing {

inline pipeline::Snapshot make_snapshot(policy::Rules rules = {}) {
    return {.options = {},
            .routes = routes::RouteTable({}, std::move(rules)),
            .route_ids = {0},
            .principals = {},
            .space = "origin",
            .preserve_host = true,
            .origin_authority = "127.0.0.1:8000"};
}

inline const pipeline::Peer stranger{"203.0.113.9", false};
inline const pipeline::Peer proxy_before_us{"10.0.0.1", true};

// A request of this head, which must be acceptable.
inline pipeline::OwnedRequest read_message(const std::string& text) {
    http1::Fields fields;
    http1::RequestHead head;
    const auto rejection = http1::parse_request_head(text, http1::HeadLimits{}, fields, head);
    EXPECT_FALSE(rejection) << text;
    return {text, head};
}

// One of these field lines, each with its line end.
inline pipeline::OwnedRequest make_message(std::string_view fields = {}, std::string_view line = "GET /patients/?page=2 HTTP/1.1") {
    return read_message(std::string(line) + "\r\nHost: api.example\r\n" + std::string(fields) + "\r\n");
}

}  // namespace sidecache::testing
