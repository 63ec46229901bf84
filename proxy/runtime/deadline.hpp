// Coarse deadlines: one sweep per worker instead of a timer per read or write.
#pragma once

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <array>
#include <chrono>
#include <cstdint>

namespace sidecache::runtime {

using SteadyTime = std::chrono::steady_clock::time_point;

class DeadlineWheel;

// Something that is ended when it is late. Moving it later is one store; it belongs to one worker.
class Deadline : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    explicit Deadline(DeadlineWheel& wheel) : wheel_(wheel) {}
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

    void arm(SteadyTime at);
    void disarm() noexcept { at_ = SteadyTime::max(); }
    bool has_passed() const noexcept { return has_passed_; }  // since it was last armed
    SteadyTime at() const noexcept { return at_; }

protected:
    ~Deadline() = default;

private:
    friend class DeadlineWheel;
    virtual void on_deadline() noexcept = 0;

    DeadlineWheel& wheel_;
    SteadyTime at_ = SteadyTime::max();
    SteadyTime looked_at_ = SteadyTime::max();  // when the wheel comes by; at_ may be later, never earlier
    bool has_passed_ = false;
};

// A hashed wheel with lazy moves: a bucket that comes up re-files what has been moved later.
class DeadlineWheel {
public:
    static constexpr std::chrono::milliseconds tick{20};  // how late a deadline may be noticed

    explicit DeadlineWheel(SteadyTime now) : swept_(index(now)) {}

    void file(Deadline& deadline);
    void sweep(SteadyTime now);  // calls on_deadline of all that passed

private:
    static constexpr std::int64_t bucket_count = 512;
    static std::int64_t index(SteadyTime time) noexcept { return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()) / tick; }

    using Bucket = boost::intrusive::list<Deadline, boost::intrusive::constant_time_size<false>>;
    std::array<Bucket, bucket_count> buckets_;
    std::int64_t swept_;
};

}  // namespace sidecache::runtime
