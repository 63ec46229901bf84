#pragma once

#include "cache/redis/address.hpp"
#include "cache/resp/reader.hpp"

#include <chrono>

namespace sidecache::redis {

// Of one connection.
struct Options {
    Address address;
    std::chrono::milliseconds connect{1'000};  // until it has answered AUTH and SELECT
    resp::Reader::Limits limits{};             // of one reply
};

}  // namespace sidecache::redis
