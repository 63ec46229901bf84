#include "proxy/telemetry/program_log.hpp"

#include "proxy/telemetry/log_output.hpp"
#include "proxy/telemetry/text.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <atomic>
#include <chrono>
#include <mutex>

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

// Whoever logs, a worker or the thread that ends the process, waits no longer for a reader who stalls than this, and the next time not at all.
class ProgramLog::Sink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        lost_.fetch_add(output_.write({line.data(), line.size()}).lost, std::memory_order_relaxed);
    }
    void flush_() override {}

private:
    LogOutput output_{"stderr", std::chrono::milliseconds(100)};
    std::atomic<std::uint64_t> lost_{0};
};

ProgramLog::ProgramLog(Level level, Format format)
    : level_(level), format_(format), sink_(std::make_shared<Sink>()), logger_(std::make_unique<spdlog::logger>("sidecache", sink_)) {
    logger_->set_level(spdlog_level(level));
    logger_->set_pattern(pattern_of(format), spdlog::pattern_time_type::utc);
}

ProgramLog::~ProgramLog() = default;

std::uint64_t ProgramLog::lost() const noexcept { return sink_->lost(); }

void ProgramLog::log(Level level, std::string_view event, std::span<const LogField> fields) {
    if (!tells(level)) return;
    std::string line;
    if (format_ == Format::json) {
        line += "\"event\":";
        append_json(line, event);
        for (const auto& [name, value] : fields) {
            line += ',';
            append_json(line, name);
            line += ':';
            if (value.is_number) {
                line += value.text;
            } else {
                append_json(line, value.text);
            }
        }
    } else {
        append_word(line, event);
        for (const auto& [name, value] : fields) {
            line += ' ';
            append_word(line, name);
            line += '=';
            append_word(line, value.text);
        }
    }
    logger_->log(spdlog_level(level), spdlog::string_view_t(line));
}

}  // namespace sidecache::telemetry
