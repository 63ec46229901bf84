// Leaves alone what has failed some times in a row: then one is let through from time to time, to find out whether it is well again.
#pragma once

#include <chrono>
#include <cstdint>

namespace sidecache::redis {

class Breaker {
public:
    using Time = std::chrono::steady_clock::time_point;

    struct Options {
        unsigned failures = 5;                  // in a row
        std::chrono::milliseconds pause{1'000};  // until the next is let through
    };
    enum class State : std::uint8_t {
        closed,   // all may try
        open,     // nobody may
        trying,   // one does
    };

    explicit Breaker(const Options& options) : options_(options) {}

    // May this one try? Then `note` says what came of it.
    bool may_try(Time now) noexcept {
        if (state_ == State::closed) return true;
        if (now < next_) return false;
        // Whoever tries may be forgotten: the one after it comes a pause later.
        state_ = State::trying;
        next_ = now + options_.pause;
        return true;
    }
    void note(bool was_good, Time now) noexcept {
        if (was_good) {
            failed_ = 0;
            state_ = State::closed;
        } else if (++failed_ >= options_.failures) {
            state_ = State::open;
            next_ = now + options_.pause;
        }
    }
    State state() const noexcept { return state_; }

private:
    Options options_;
    State state_ = State::closed;
    unsigned failed_ = 0;
    Time next_{};
};

}  // namespace sidecache::redis
