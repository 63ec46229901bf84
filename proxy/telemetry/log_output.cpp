#include "proxy/telemetry/log_output.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace sidecache::telemetry {
namespace {

std::error_code last_error() noexcept { return {errno, std::generic_category()}; }

// Not for the world to read: paths may name patients. Without waiting, since a path may be a pipe that nobody reads.
int open_for_appending(const std::string& path) noexcept {
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
}

}  // namespace

LogOutput::LogOutput(std::string where, std::chrono::milliseconds patience) : where_(std::move(where)), patience_(patience) {
    if (where_ == "stdout") {
        descriptor_ = STDOUT_FILENO;
    } else if (where_ == "stderr") {
        descriptor_ = STDERR_FILENO;
    } else {
        descriptor_ = open_for_appending(where_);
        if (descriptor_ < 0) throw std::runtime_error("cannot open the access log " + where_ + ": " + last_error().message());
        owned_ = true;
    }
    inspect();
}

LogOutput::~LogOutput() {
    if (owned_) ::close(descriptor_);
}

void LogOutput::inspect() noexcept {
    struct stat status{};
    may_stall_ = ::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode);
}

std::error_code LogOutput::reopen() {
    if (!owned_) return {};
    const int fresh = open_for_appending(where_);
    if (fresh < 0) return last_error();
    ::close(std::exchange(descriptor_, fresh));
    inspect();
    stalled_ = torn_ = false;
    return {};
}

bool LogOutput::wait_for_reader(std::chrono::steady_clock::time_point until, std::error_code& error) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd ready{descriptor_, POLLOUT, 0};
    const int count = ::poll(&ready, 1, static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0)));
    if (count > 0 || (count < 0 && errno == EINTR)) return true;
    stalled_ = count == 0;
    error = count == 0 ? std::make_error_code(std::errc::timed_out) : last_error();
    return false;
}

std::size_t LogOutput::write_some(std::string_view bytes, std::error_code& error) {
    const auto until = std::chrono::steady_clock::now() + (stalled_ ? std::chrono::milliseconds(0) : patience_);
    std::size_t written = 0;
    while (written < bytes.size()) {
        if (may_stall_ && !wait_for_reader(until, error)) break;
        // What polls as writable takes this much without blocking.
        const std::size_t most = may_stall_ ? PIPE_BUF : bytes.size();
        const ssize_t count = ::write(descriptor_, bytes.data() + written, std::min(bytes.size() - written, most));
        if (count >= 0) {
            written += static_cast<std::size_t>(count);
        } else if (errno != EINTR && errno != EAGAIN) {
            error = last_error();
            break;
        }
    }
    return written;
}

LogOutput::Written LogOutput::write(std::string_view lines) {
    Written result;
    if (lines.empty()) return result;
    if (torn_) {  // what comes next shall at least be read
        if (write_some("\n", result.error) != 1) {
            result.lost = static_cast<std::size_t>(std::ranges::count(lines, '\n'));
            return result;
        }
        torn_ = false;
    }
    const std::size_t written = write_some(lines, result.error);
    if (written == lines.size()) {
        stalled_ = false;
    } else {
        result.lost = static_cast<std::size_t>(std::ranges::count(lines.substr(written), '\n'));
        torn_ = written != 0 && lines[written - 1] != '\n';
    }
    return result;
}

}  // namespace sidecache::telemetry
