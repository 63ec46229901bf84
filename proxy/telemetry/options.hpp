// What is logged, where and how.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

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

// Of a line about the program itself.
struct LogValue {
    LogValue() = default;
    LogValue(std::string text_) : text(std::move(text_)) {}
    LogValue(const char* text_) : text(text_) {}

    std::string text;
    bool is_number = false;  // JSON has it without quotes
};
using LogField = std::pair<std::string_view, LogValue>;

}  // namespace sidecache::telemetry
