// What is logged, where and how.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace sidecache::telemetry {

enum class Level : std::uint8_t { debug, info, warning, error };
enum class Format : std::uint8_t { json, text };

struct LogOptions {
    Level level = Level::info;
    std::string access = "stdout";        // stdout, stderr, off, or a file's path
    Format format = Format::json;
    std::chrono::milliseconds slow{1'000};  // an exchange that takes longer gets a warning line as well; 0: none
    std::size_t queue = 8'192;            // records between a worker and the log thread; over it dropped and counted
};

}  // namespace sidecache::telemetry
