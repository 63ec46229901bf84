#pragma once

#include "cache/redis/address.hpp"
#include "cache/redis/tls.hpp"
#include "cache/resp/reader.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace sidecache::redis {

// Of one connection.
struct Options {
    Address address;
    std::string key{};                         // of a cluster: it goes to the owner of this one
    std::string sentinel_user{};               // of the sentinels, who have others than the master
    std::string sentinel_password{};           // empty: none is asked for
    std::shared_ptr<const TlsContext> tls{};   // of an address that asks for it
    std::chrono::milliseconds connect{1'000};  // until it has answered AUTH and SELECT
    resp::Reader::Limits limits{};             // of one reply
};

// The same, of this server alone: whoever is to be asked where one is is left out.
inline Options options_at(Options options, HostPort server) {
    options.address.sentinels.clear();
    options.address.cluster.clear();
    options.address.host = std::move(server.host);
    options.address.port = server.port;
    return options;
}

}  // namespace sidecache::redis
