#include "proxy/pipeline/fleet_write.hpp"

#include "cache/fleet/control.hpp"
#include "cache/switches/switches.hpp"
#include "proxy/runtime/event.hpp"

#include <chrono>
#include <mutex>
#include <utility>
#include <vector>

namespace sidecache::pipeline {

using fleet::Writes;
using runtime::Task;

// Told on the fleet's thread, read on the write's loop; either may be the last to need it.
struct FleetWrite::Progress {
    explicit Progress(runtime::Loop& loop) : changed(loop) {}

    void note(Writes::Reached reached, const fleet::Ticked& result) {
        {
            const std::scoped_lock guard(lock);
            switch (reached) {
                case Writes::Reached::begun: has_begun = true; break;
                case Writes::Reached::refused: is_refused = true; break;
                case Writes::Reached::ticked: ticked.push_back(result); break;
            }
        }
        changed.set();
    }

    runtime::Event changed;
    mutable std::mutex lock;
    bool has_begun = false;
    bool is_refused = false;
    std::vector<fleet::Ticked> ticked;  // in the order in which they were said
};

FleetWrite::FleetWrite(runtime::Loop& loop, fleet::Control& fleet) : loop_(loop), fleet_(fleet), id_(fleet.next_write()), progress_(std::make_shared<Progress>(loop)) {}

FleetWrite::~FleetWrite() {
    if (over_ != nullptr) over_->set();
    if (is_announced_ || said_ > 0) fleet_.forget(id_);
}

Task<bool> FleetWrite::begin(const fleet::Groups& groups, std::chrono::milliseconds hold, std::uint64_t rules) {
    if (switches::is_off(switches::Rule::announced)) co_return true;
    const auto until = std::chrono::steady_clock::now() + fleet_.write_deadline();
    fleet::Intent intent;
    intent.write = id_;
    intent.groups = groups;
    intent.hold = hold;
    intent.rules = rules;
    is_announced_ = true;
    fleet_.begin(std::move(intent), [progress = progress_](Writes::Reached reached, const fleet::Ticked& result) { progress->note(reached, result); });
    for (bool is_in_time = true; is_in_time;) {
        {
            const std::scoped_lock guard(progress_->lock);
            if (progress_->has_begun) co_return true;
            if (progress_->is_refused) break;
        }
        is_in_time = co_await progress_->changed.wait(until);
    }
    withdraw();
    co_return false;
}

Task<bool> FleetWrite::hold(std::shared_ptr<FleetWrite> write, fleet::Groups groups, std::uint64_t rules) {
    fleet::Tick begin;
    begin.groups = std::move(groups);
    begin.hold = 2 * write->fleet_.lease();
    begin.rules = rules;
    begin.is_last = false;
    fleet::Tick again = begin;
    again.is_last = true;
    write->over_ = std::make_shared<runtime::Event>(write->loop_);
    write->loop_.spawn("hold", go_on_holding(write, write->over_, std::move(again)));
    write->tick(std::move(begin));
    co_return co_await write->heard();
}

// Said anew when half of it has passed, by itself: nobody waits for that.
Task<> FleetWrite::go_on_holding(std::weak_ptr<FleetWrite> held, std::shared_ptr<runtime::Event> over, fleet::Tick again) {
    for (;;) {
        const bool is_over = co_await over->wait(std::chrono::steady_clock::now() + again.hold / 2);
        const std::shared_ptr<FleetWrite> write = held.lock();
        if (is_over || write == nullptr || write->has_ended_) co_return;
        fleet::Tick next = again;
        next.write = write->fleet_.next_write();
        write->fleet_.tick(std::move(next));
    }
}

void FleetWrite::end() {
    has_ended_ = true;
    if (over_ != nullptr) over_->set();
}

void FleetWrite::withdraw() {
    if (!is_announced_ || has_ended_) return;
    end();
    fleet_.withdraw(id_);
}

void FleetWrite::tick(fleet::Tick tick) {
    tick.write = id_;
    holds_ = holds_ || tick.hold.count() > 0;
    if (tick.is_last) end();
    ++said_;
    if (is_announced_) {
        fleet_.tick(std::move(tick));
    } else {
        fleet_.tick_alone(std::move(tick), [progress = progress_](Writes::Reached reached, const fleet::Ticked& result) { progress->note(reached, result); });
    }
}

bool FleetWrite::has_all_heard() const {
    const std::scoped_lock guard(progress_->lock);
    return progress_->ticked.size() >= said_;
}

Task<bool> FleetWrite::heard() {
    const auto until = std::chrono::steady_clock::now() + fleet_.write_deadline();
    for (bool is_in_time = true; is_in_time;) {
        if (has_all_heard()) co_return true;
        {
            const std::scoped_lock guard(progress_->lock);
            if (progress_->is_refused) break;
        }
        is_in_time = co_await progress_->changed.wait(until);
    }
    co_return has_all_heard();
}

bool FleetWrite::was_refused() const {
    const std::scoped_lock guard(progress_->lock);
    return progress_->is_refused;
}

fleet::Clock FleetWrite::last_tick() const {
    const std::scoped_lock guard(progress_->lock);
    return progress_->ticked.empty() ? 0 : progress_->ticked.back().now;
}

std::optional<fleet::Clock> FleetWrite::clock_if_alone(fleet::Clock clock) const {
    const std::scoped_lock guard(progress_->lock);
    if (holds_ || progress_->ticked.empty() || progress_->ticked.size() < said_) return std::nullopt;
    for (const fleet::Ticked& each : progress_->ticked) {
        if (each.previous > clock) return std::nullopt;
        clock = each.now;
    }
    return clock;
}

}  // namespace sidecache::pipeline
