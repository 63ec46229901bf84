// The access log: a queue for each worker, and the thread that makes lines of what stands in them.
#pragma once

#include "proxy/telemetry/log_line.hpp"
#include "proxy/telemetry/log_output.hpp"
#include "proxy/telemetry/log_ring.hpp"
#include "proxy/telemetry/options.hpp"
#include "proxy/telemetry/program_log.hpp"
#include "proxy/telemetry/route_labels.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

namespace sidecache::telemetry {

class AccessLog {
public:
    // Starts the thread, unless nothing is to be logged. Throws std::runtime_error if the output cannot be opened.
    AccessLog(const LogOptions& options, unsigned workers, const RouteLabels& labels, ProgramLog& program_log);
    ~AccessLog();  // writes what is still queued

    // Null: nothing is logged.
    LogRing* ring(unsigned worker) noexcept { return rings_.empty() ? nullptr : rings_[worker].get(); }

    // Only exchanges that took as long as this have business in the queue.
    std::chrono::nanoseconds queued_from() const noexcept { return output_ ? std::chrono::nanoseconds::min() : slow_from_; }

    void reopen();

    // Lines that were not written because the output failed. Any thread.
    std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

private:
    // Often enough that a worker's queue does not fill, seldom enough to cost nothing: workers never wake this thread.
    static constexpr std::chrono::milliseconds pause{50};
    static constexpr std::size_t flush_size = 64 * 1024;

    void start();
    void run();
    bool drain();  // is more expected at once?
    void take(const LogRecord& record);
    void flush();
    void complain(std::string_view event, std::error_code error);

    const std::chrono::nanoseconds slow_from_;
    std::optional<LogOutput> output_;
    std::vector<std::unique_ptr<LogRing>> rings_;
    LogLine line_;
    ProgramLog& program_log_;
    std::string lines_;
    bool has_complained_ = false;
    std::atomic<std::uint64_t> lost_{0};

    std::mutex lock_;  // the log thread holds it but for its pauses
    std::condition_variable wake_;
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace sidecache::telemetry
