// One write as the fleet hears of it: announced before a byte of it is forwarded, and each of its ticks heard of by all who may trust before it is answered
// (CONSISTENCY 1.3 begin, end). On one loop; what it does not wait for goes on by itself.
#pragma once

#include "cache/fleet/turn.hpp"
#include "proxy/runtime/event.hpp"
#include "proxy/runtime/loop.hpp"
#include "proxy/runtime/task.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace sidecache::fleet {
class Control;
}

namespace sidecache::pipeline {

class FleetWrite {
public:
    // The fleet outlives it.
    FleetWrite(runtime::Loop& loop, fleet::Control& fleet);
    // Nobody waits for it any more. It withdraws nothing.
    ~FleetWrite();
    FleetWrite(const FleetWrite&) = delete;
    FleetWrite& operator=(const FleetWrite&) = delete;

    // True once its intent stands. False: there is no room for it, or it does not stand within the deadline: then nothing may be forwarded.
    runtime::Task<bool> begin(const fleet::Groups& groups, std::chrono::milliseconds hold, std::uint64_t rules);
    // Ends these before anything is forwarded, and holds them from then on, again and again until this has ended: two leases longer at the most, as if its node were lost.
    // True once that was heard of; false: not within the deadline, and nothing may be forwarded.
    static runtime::Task<bool> hold(std::shared_ptr<FleetWrite> write, fleet::Groups groups, std::uint64_t rules);
    // Nothing was forwarded, or nothing has changed. After its last tick: nothing happens.
    void withdraw();
    // What it has changed; its number is set here.
    void tick(fleet::Tick tick);
    // True once all that it has ticked was heard of; false, if not within the deadline: it is told on, for nobody.
    runtime::Task<bool> heard();

    // After `heard` said no: nothing was told at all, since too many writes wait.
    bool was_refused() const;
    // Once it was heard of.
    fleet::Clock last_tick() const;
    // The clock of its last tick, if no other write came between `clock` and that in the groups that its ticks watch, and none of them holds.
    std::optional<fleet::Clock> clock_if_alone(fleet::Clock clock) const;

private:
    struct Progress;
    bool has_all_heard() const;
    void end();
    static runtime::Task<> go_on_holding(std::weak_ptr<FleetWrite> held, std::shared_ptr<runtime::Event> over, fleet::Tick again);

    runtime::Loop& loop_;
    fleet::Control& fleet_;
    fleet::WriteId id_;
    std::shared_ptr<Progress> progress_;
    std::size_t said_ = 0;  // ticks
    bool is_announced_ = false;
    bool has_ended_ = false;  // its last tick was said, or it was withdrawn
    bool holds_ = false;      // one of its ticks does
    std::shared_ptr<runtime::Event> over_{};  // of the task that holds, if there is one
};

}  // namespace sidecache::pipeline
