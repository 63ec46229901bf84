// The time of a line of a log.
#pragma once

#include <array>
#include <chrono>
#include <string_view>

namespace sidecache::telemetry {

// RFC 3339, UTC, milliseconds: "2026-01-31T23:59:59.007Z". The date is worked out once for all lines of one second.
class Timestamp {
public:
    std::string_view of(std::chrono::system_clock::time_point time) noexcept;

private:
    std::chrono::sys_seconds second_ = std::chrono::sys_seconds::min();
    std::array<char, 24> text_{};
};

}  // namespace sidecache::telemetry
