// Loops that run on threads of their own for as long as a test needs them.
#pragma once

#include "proxy/runtime/loop.hpp"
#include "tests/unit/proxy/runtime/countdown.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sidecache::testing {

class RunningLoop {
public:
    RunningLoop()
        : loop_([this](std::string_view task, std::string_view what) {
              const std::scoped_lock guard(lock_);
              exceptions_.push_back(std::string(task) + ": " + std::string(what));
          }),
          thread_([this] { loop_.run(); }) {}
    ~RunningLoop() { stop(); }
    RunningLoop(const RunningLoop&) = delete;
    RunningLoop& operator=(const RunningLoop&) = delete;

    runtime::Loop& loop() noexcept { return loop_; }
    runtime::Loop& operator*() noexcept { return loop_; }
    runtime::Loop* operator->() noexcept { return &loop_; }

    void stop() {
        loop_.stop();
        if (thread_.joinable()) thread_.join();
    }
    std::vector<std::string> exceptions() {
        const std::scoped_lock guard(lock_);
        return exceptions_;
    }

private:
    std::mutex lock_;
    std::vector<std::string> exceptions_;
    runtime::Loop loop_;
    std::thread thread_;
};

inline runtime::SteadyTime in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

// How long a test waits for what must come, before it says that it hangs.
inline constexpr std::chrono::seconds patience{30};

// Runs a loop on a thread of its own until what was ready has had its turn, and ends that thread: tasks that wait still wait.
inline void run_for_a_turn(runtime::Loop& loop) {
    std::thread thread([&loop] { loop.run(); });
    Countdown turned(1);
    loop.post([&turned] { turned.count(); });
    EXPECT_TRUE(turned.await(patience));
    loop.stop();
    thread.join();
}

}  // namespace sidecache::testing
