// The log of the program itself: one line each on stderr.
#pragma once

#include "proxy/telemetry/options.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace spdlog {
class logger;
}

namespace sidecache::telemetry {

// Any thread.
class ProgramLog {
public:
    ProgramLog(Level level, Format format);
    ~ProgramLog();

    bool tells(Level level) const noexcept { return level >= level_; }
    void log(Level level, std::string_view event, std::span<const std::pair<std::string_view, std::string>> fields);

private:
    const Level level_;
    const Format format_;
    std::unique_ptr<spdlog::logger> logger_;
};

}  // namespace sidecache::telemetry
