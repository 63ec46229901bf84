// The log of the program itself: one line each on stderr.
#pragma once

#include "proxy/telemetry/options.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

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
    void log(Level level, std::string_view event, std::span<const LogField> fields);

    // Lines for which nobody read what stood there before.
    std::uint64_t lost() const noexcept;

private:
    class Sink;

    const Level level_;
    const Format format_;
    const std::shared_ptr<Sink> sink_;
    std::unique_ptr<spdlog::logger> logger_;
};

}  // namespace sidecache::telemetry
