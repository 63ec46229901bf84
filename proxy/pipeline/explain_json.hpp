// The parts of an explanation, each one JSON value.
#pragma once

#include "cache/policy/reasons.hpp"
#include "proxy/http1/head.hpp"
#include "proxy/pipeline/judgement.hpp"
#include "proxy/pipeline/shared.hpp"

#include <boost/json/object.hpp>

#include <string_view>

namespace sidecache::pipeline {

// A request that is explained, and when.
struct Case {
    const Shared& shared;
    const Snapshot& snapshot;
    const http1::RequestHead& head;
    std::size_t route;
    policy::RequestFacts facts;
    Who who;
    Arrival now;

    const http::RequestView& request() const { return head.view; }
    const policy::Rules& rules() const { return snapshot.routes.rules(route); }
};

boost::json::string json_text(std::string_view bytes);  // as well-formed UTF-8

boost::json::object tell_request(const http::RequestView& request);
boost::json::object tell_route(const Case& asked);
boost::json::value tell_principal(const Who& who);  // null: one cache for all
boost::json::object tell_key(std::string_view target_key);

// The specs and at most 64 variants of a primary key; null where its responses do not vary. `chosen` is the key that the request makes of it.
boost::json::value tell_vary(const Case& asked, std::string_view primary_key, std::string_view chosen);

// RFC 9111 §4.2 in numbers.
boost::json::object tell_freshness(const policy::ResponseFacts& facts, policy::Time now);
boost::json::object tell_stale(const Case& asked, const fill::StoredResponse& stored, bool is_trusted);
boost::json::object tell_stored(const fill::StoredResponse& stored);

// Of a stored response, or of a request whose answer would be stored: its groups, when each was invalidated last, and what is held.
struct GroupsTold {
    boost::json::object json;
    std::string culprit;               // the group that was invalidated last after the fill began; empty: none
    std::uint64_t culprit_tick = 0;
    std::chrono::seconds held_for{0};  // longest hold of them that is still running
};
GroupsTold tell_groups(const Case& asked, const fill::StoredResponse* stored);

// What a write would invalidate, as far as its request tells.
boost::json::object tell_write(const Case& asked);

std::string_view name_of(epochs::Standing standing) noexcept;

}  // namespace sidecache::pipeline
