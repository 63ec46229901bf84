// HTTP dates (RFC 9110 §5.6.7).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sidecache::http {

using SystemTime = std::chrono::sys_seconds;

// Reads the three formats that a recipient must accept. nullopt for anything else, also for impossible days.
// `now` resolves the two-digit year of rfc850-date: over 50 years ahead means the past century.
std::optional<SystemTime> parse_http_date(std::string_view text, SystemTime now) noexcept;

// IMF-fixdate, always 29 characters: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string format_http_date(SystemTime time);

}  // namespace sidecache::http
