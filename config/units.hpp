// Durations and sizes as operators write them: 1500ms 30s 5m 1h 365d, 100B 8KiB 256MiB 1GiB.
#pragma once

#include "config/form.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace sidecache::config {

// One whole number with its unit; bare only for 0. What is too large for the type becomes its maximum, for a range to refuse.
Parsed<std::chrono::milliseconds> parse_duration(std::string_view text);
Parsed<std::size_t> parse_size(std::string_view text);

// In the largest unit that needs no fraction.
std::string to_text(std::chrono::milliseconds duration);
std::string to_text(std::size_t size);

Form<std::chrono::milliseconds> duration(std::chrono::milliseconds least, std::chrono::milliseconds most);
Form<std::chrono::seconds> whole_seconds(std::chrono::seconds least, std::chrono::seconds most);
Form<std::size_t> size(std::size_t least, std::size_t most);

}  // namespace sidecache::config
