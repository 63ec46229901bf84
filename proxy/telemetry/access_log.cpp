#include "proxy/telemetry/access_log.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <utility>

namespace sidecache::telemetry {
namespace {

std::chrono::nanoseconds slow_from(const LogOptions& options, const ProgramLog& program_log) noexcept {
    if (options.slow <= std::chrono::milliseconds(0) || !program_log.tells(Level::warning))
        return std::chrono::nanoseconds::max();
    return options.slow;
}

}  // namespace

AccessLog::AccessLog(const LogOptions& options, unsigned workers, const RouteLabels& labels, ProgramLog& program_log)
    : slow_from_(slow_from(options, program_log)), line_(options.format, labels), program_log_(program_log) {
    if (options.access != "off") {
        output_.emplace(options.access);
        lines_.reserve(flush_size + flush_size / 8);
    }
    if (!output_ && slow_from_ == std::chrono::nanoseconds::max()) return;
    rings_.reserve(workers);
    for (unsigned worker = 0; worker < workers; ++worker) rings_.push_back(std::make_unique<LogRing>(options.queue));
    start();
}

AccessLog::~AccessLog() {
    if (!thread_.joinable()) return;
    {
        const std::scoped_lock guard(lock_);
        is_stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void AccessLog::start() {
    // Signals are the business of other threads; a SIGPIPE of this one stays pending for ever, and the write fails with EPIPE.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_setname_np(thread_.native_handle(), "log");
}

void AccessLog::run() {
    std::unique_lock guard(lock_);
    while (!is_stopping_) {
        const bool is_busy = drain();
        wake_.wait_for(guard, is_busy ? std::chrono::milliseconds(0) : pause, [this] { return is_stopping_; });
    }
    drain();
}

bool AccessLog::drain() {
    bool is_busy = false;
    for (const auto& ring : rings_) {
        const std::size_t taken = ring->drain([this](const LogRecord& record) { take(record); });
        is_busy = is_busy || taken > ring->capacity() / 4;
    }
    flush();
    return is_busy;
}

void AccessLog::take(const LogRecord& record) {
    if (record.duration >= slow_from_) program_log_.log(Level::warning, "slow", line_.fields(record));
    if (!output_) return;
    line_.append(lines_, record);
    if (lines_.size() >= flush_size) flush();
}

void AccessLog::flush() {
    if (lines_.empty()) return;
    const auto [lost, error] = output_->write(lines_);
    lines_.clear();
    if (lost == 0) return;
    lost_.fetch_add(lost, std::memory_order_relaxed);
    // Once: a full disk must not fill the other log as well. The count goes on in the metrics.
    if (!std::exchange(has_complained_, true)) complain("access_log_write_failed", error);
}

void AccessLog::reopen() {
    const std::scoped_lock guard(lock_);
    if (!output_) return;
    const std::error_code error = output_->reopen();
    if (error) return complain("access_log_reopen_failed", error);
    has_complained_ = false;
}

void AccessLog::complain(std::string_view event, std::error_code error) {
    const LogField fields[] = {{"output", output_->where()}, {"reason", error.message()}};
    program_log_.log(Level::error, event, fields);
}

}  // namespace sidecache::telemetry
