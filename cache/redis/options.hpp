#pragma once

#include "cache/redis/address.hpp"
#include "cache/redis/tls.hpp"
#include "cache/resp/reader.hpp"

#include <chrono>
#include <memory>

namespace sidecache::redis {

// Of one connection.
struct Options {
    Address address;
    std::shared_ptr<const TlsContext> tls{};   // of an address that asks for it
    std::chrono::milliseconds connect{1'000};  // until it has answered AUTH and SELECT
    resp::Reader::Limits limits{};             // of one reply
};

}  // namespace sidecache::redis
