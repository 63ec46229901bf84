// When a value expires, as commands say and ask it: milliseconds since 1970, or from now.
#pragma once

#include "cache/keyspace/value.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

namespace sidecache::query {

using keyspace::Time;

struct TimeUnit {
    bool is_seconds = false;   // else milliseconds
    bool is_absolute = false;  // since 1970; else from now
};

// Of now, from which is counted: never less than was asked for.
inline std::int64_t begun_milliseconds_of(Time now) noexcept { return std::chrono::ceil<std::chrono::milliseconds>(now.time_since_epoch()).count(); }
inline std::int64_t milliseconds_of(Time time) noexcept { return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count(); }

// What Redis can count and this clock cannot (it ends in 2262) is its last moment but one: the last is `never`.
inline Time time_of(std::int64_t milliseconds) noexcept {
    constexpr std::int64_t last = std::chrono::floor<std::chrono::milliseconds>(keyspace::never.time_since_epoch()).count() - 1;
    return Time(std::chrono::milliseconds(milliseconds < last ? milliseconds : last));
}

// nullopt: Redis' own number of milliseconds cannot hold it.
inline std::optional<Time> expiry_of(std::int64_t amount, TimeUnit unit, Time now) noexcept {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    if (unit.is_seconds) {
        if (amount > most / 1000 || amount < std::numeric_limits<std::int64_t>::min() / 1000) return std::nullopt;
        amount *= 1000;
    }
    if (!unit.is_absolute) {
        const std::int64_t base = amount > 0 ? begun_milliseconds_of(now) : milliseconds_of(now);  // what is over is over now
        if (amount > most - base) return std::nullopt;
        amount += base;
    }
    constexpr std::int64_t first = std::chrono::ceil<std::chrono::milliseconds>(Time::min().time_since_epoch()).count();
    return time_of(amount < first ? first : amount);
}

}  // namespace sidecache::query
