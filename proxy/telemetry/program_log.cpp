#include "proxy/telemetry/program_log.hpp"

#include "proxy/telemetry/text.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace sidecache::telemetry {
namespace {

spdlog::level::level_enum spdlog_level(Level level) noexcept {
    switch (level) {
        case Level::debug: return spdlog::level::debug;
        case Level::info: return spdlog::level::info;
        case Level::warning: return spdlog::level::warn;
        case Level::error: return spdlog::level::err;
    }
    return spdlog::level::err;
}

const char* pattern_of(Format format) noexcept {
    switch (format) {
        case Format::json: return R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";
        case Format::text: return "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
    }
    return "%v";
}

}  // namespace

ProgramLog::ProgramLog(Level level, Format format)
    : level_(level),
      format_(format),
      logger_(std::make_unique<spdlog::logger>("sidecache", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
    logger_->set_level(spdlog_level(level));
    logger_->set_pattern(pattern_of(format), spdlog::pattern_time_type::utc);
}

ProgramLog::~ProgramLog() = default;

void ProgramLog::log(Level level, std::string_view event, std::span<const std::pair<std::string_view, std::string>> fields) {
    if (!tells(level)) return;
    std::string line;
    if (format_ == Format::json) {
        line += "\"event\":";
        append_json(line, event);
        for (const auto& [name, value] : fields) {
            line += ',';
            append_json(line, name);
            line += ':';
            append_json(line, value);
        }
    } else {
        append_word(line, event);
        for (const auto& [name, value] : fields) {
            line += ' ';
            append_word(line, name);
            line += '=';
            append_word(line, value);
        }
    }
    logger_->log(spdlog_level(level), spdlog::string_view_t(line));
}

}  // namespace sidecache::telemetry
