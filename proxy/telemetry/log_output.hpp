// Where the access log goes: stdout, stderr or a file. A reader who stalls or a full disk costs lines, never the log thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

namespace sidecache::telemetry {

// One thread at a time.
class LogOutput {
public:
    // "stdout", "stderr" or a file's path, which is created or appended to. Throws std::runtime_error.
    explicit LogOutput(std::string where, std::chrono::milliseconds patience = std::chrono::seconds(1));
    ~LogOutput();
    LogOutput(const LogOutput&) = delete;
    LogOutput& operator=(const LogOutput&) = delete;

    struct Written {
        std::size_t lost = 0;   // lines
        std::error_code error;  // why
    };
    // Whole lines. Waits at most `patience` for a reader, and not at all for one who exhausted it the last time.
    Written write(std::string_view lines);

    // After the file was renamed: opens its path anew; where that fails, goes on with the old one. Nothing for stdout and stderr.
    std::error_code reopen();

    const std::string& where() const noexcept { return where_; }

private:
    void inspect() noexcept;
    std::size_t write_some(std::string_view bytes, std::error_code& error);
    bool wait_for_reader(std::chrono::steady_clock::time_point until, std::error_code& error);

    const std::string where_;
    const std::chrono::milliseconds patience_;
    int descriptor_ = -1;
    bool owned_ = false;
    bool may_stall_ = false;  // a pipe, a socket, a terminal
    bool stalled_ = false;
    bool torn_ = false;  // the last line written lacks its end
};

}  // namespace sidecache::telemetry
