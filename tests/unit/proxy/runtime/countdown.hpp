// Waits until a number of coroutines and threads have come to their end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace sidecache::testing {

class Countdown {
public:
    explicit Countdown(std::size_t count) : left_(count) {}

    void count() {
        const std::scoped_lock guard(lock_);
        if (--left_ == 0) zero_.notify_all();
    }
    // False if it hangs.
    bool await(std::chrono::milliseconds time) {
        std::unique_lock guard(lock_);
        return zero_.wait_for(guard, time, [this] { return left_ == 0; });
    }

private:
    std::mutex lock_;
    std::condition_variable zero_;
    std::size_t left_;
};

}  // namespace sidecache::testing
