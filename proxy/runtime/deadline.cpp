#include "proxy/runtime/deadline.hpp"

#include <algorithm>

namespace sidecache::runtime {

void Deadline::arm(SteadyTime at) {
    at_ = at;
    has_passed_ = false;
    if (!is_linked() || at < looked_at_) wheel_.file(*this);
}

void DeadlineWheel::file(Deadline& deadline) {
    deadline.unlink();
    // Further away than one turn: looked at once a turn. In the past: with the next sweep.
    const std::int64_t at = std::clamp(index(deadline.at_) + 1, swept_ + 1, swept_ + bucket_count - 1);
    deadline.looked_at_ = SteadyTime(tick * at);
    buckets_[static_cast<std::size_t>(at % bucket_count)].push_back(deadline);
}

void DeadlineWheel::sweep(SteadyTime now) {
    const std::int64_t until = index(now);
    Bucket due;
    for (std::int64_t at = std::max(swept_ + 1, until - bucket_count + 1); at <= until; ++at) {
        due.splice(due.end(), buckets_[static_cast<std::size_t>(at % bucket_count)]);
    }
    swept_ = std::max(swept_, until);
    while (!due.empty()) {
        Deadline& deadline = due.front();
        due.pop_front();
        if (deadline.at_ == SteadyTime::max()) continue;  // disarmed: filed anew when it is armed
        if (deadline.at_ > now) {
            file(deadline);
        } else {
            deadline.at_ = SteadyTime::max();
            deadline.has_passed_ = true;
            deadline.on_deadline();
        }
    }
}

}  // namespace sidecache::runtime
