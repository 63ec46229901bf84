// Stored responses from literals.
#pragma once

#include "cache/fill/stored_response.hpp"
#include "tests/unit/cache/http/fields.hpp"

#include <string>
#include <utility>

namespace sidecache::testing {

struct StoredAs {
    std::string key = "GET\norigin\napi.example\n/patients";
    epochs::Stamp stamp{};
    std::uint64_t fill_number = 0;
    policy::Groups groups{};
    std::chrono::seconds lifetime{60};
    std::chrono::seconds keep{3600};
    std::chrono::system_clock::time_point response_time{};
    policy::ClientFields clients{};
};

inline fill::StoredResponsePtr make_stored(fill::ContentPtr content, const Fields& fields, const StoredAs& as) {
    fill::StoredResponse::Parts parts;
    parts.status = 200;
    parts.head = "HTTP/1.1 200 OK\r\n";
    parts.facts.status = 200;
    parts.facts.lifetime = as.lifetime;
    parts.facts.source = policy::LifetimeSource::max_age;
    parts.facts.keep = as.keep;
    parts.facts.response_time = as.response_time;
    parts.stamp = as.stamp;
    parts.fill_number = as.fill_number;
    parts.groups = as.groups;
    parts.content = std::move(content);
    return fill::StoredResponse::make(policy::hash_key(as.key), as.key, parts, fields, as.clients);
}

}  // namespace sidecache::testing
