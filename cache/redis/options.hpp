#pragma once

#include "cache/redis/address.hpp"
#include "cache/redis/tls.hpp"
#include "cache/resp/reader.hpp"

#include <chrono>
#include <memory>
#include <string>

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

}  // namespace sidecache::redis
