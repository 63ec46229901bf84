#include "cache/fleet/writes.hpp"

#include "cache/switches/switches.hpp"

#include <utility>

namespace sidecache::fleet {

using switches::is_off;
using switches::Rule;

bool Writes::begin(Intent intent) {
    if (!has_room()) return false;
    const WriteId id = intent.write;
    Write& write = writes_[id];
    write.intent = std::move(intent);
    if (announces()) {
        announcing_.push_back(id);
    } else {
        write.stage = Stage::begun;
    }
    return true;
}

void Writes::withdraw(WriteId id) {
    const auto found = writes_.find(id);
    if (found == writes_.end() || (found->second.stage != Stage::announcing && found->second.stage != Stage::begun)) return;
    if (!found->second.may_stand) {
        writes_.erase(found);  // what is queued of it is skipped
        return;
    }
    found->second.stage = Stage::withdrawing;
    withdrawing_.push_back(id);
}

void Writes::tick(Tick tick) {
    const WriteId id = tick.write;
    Write& write = writes_[id];
    write.intent.write = id;
    write.ticks.push_back(std::move(tick));
    if (write.stage != Stage::ticking && write.stage != Stage::waiting) start_ticking(id, write);
}

void Writes::start_ticking(WriteId id, Write& write) {
    write.stage = Stage::ticking;
    ticking_.push_back(id);
}

// Where its epoch is of another incarnation an old value does not count, nor where nobody announces what may end it.
void Writes::forget_old_value(Tick& tick, Incarnation incarnation) const {
    if (!tick.old || (announces() && tick.old->incarnation == incarnation)) return;
    tick.groups.insert(tick.groups.end(), tick.old->otherwise.begin(), tick.old->otherwise.end());
    tick.old.reset();
}

void Writes::fill(Turn& turn, std::size_t limit) {
    for (; limit > 0 && !ticking_.empty(); ticking_.pop_front()) {
        const auto found = writes_.find(ticking_.front());
        if (found == writes_.end() || found->second.stage != Stage::ticking || found->second.is_sent) continue;
        forget_old_value(found->second.ticks.front(), turn.incarnation);
        found->second.is_sent = true;
        turn.ticks.push_back(found->second.ticks.front());
        --limit;
    }
    for (; limit > 0 && !announcing_.empty(); announcing_.pop_front()) {
        const auto found = writes_.find(announcing_.front());
        if (found == writes_.end() || !must_stand(found->second)) continue;
        found->second.may_stand = true;
        turn.intents.push_back(found->second.intent);
        if (is_off(Rule::held_at_removal)) turn.intents.back().hold = {};
        --limit;
    }
    for (; limit > 0 && !withdrawing_.empty(); withdrawing_.pop_front()) {
        const auto found = writes_.find(withdrawing_.front());
        if (found == writes_.end() || found->second.stage != Stage::withdrawing) continue;
        turn.withdrawn.push_back(found->first);
        --limit;
    }
}

// Is it to be ended by whoever removes this node?
bool Writes::must_stand(const Write& write) noexcept {
    switch (write.stage) {
        case Stage::announcing:
        case Stage::begun: return true;
        case Stage::withdrawing: return false;
        case Stage::ticking:
        case Stage::waiting: return !write.ticks.front().is_last;
    }
    return false;
}

void Writes::note_answer(const Turn& turn, const Answer& answer, Events& events) {
    if (answer.state != Answer::State::kept) {
        note_no_answer(turn);
        return;
    }
    for (const WriteId id : turn.withdrawn) {
        const auto found = writes_.find(id);
        if (found != writes_.end() && found->second.stage == Stage::withdrawing) writes_.erase(found);
    }
    for (std::size_t i = 0; i < turn.ticks.size(); ++i) {
        const WriteId id = turn.ticks[i].write;
        const auto found = writes_.find(id);
        if (found == writes_.end() || !found->second.is_sent) continue;
        Write& write = found->second;
        write.is_sent = false;
        if (std::exchange(write.has_failed, false)) --failed_ticks_;
        if (write.ticks.front().is_last) write.may_stand = false;
        write.stage = Stage::waiting;
        write.ticked = answer.ticks[i];
        waiting_.push_back({write.ticked.now, id, turn.ticks[i].hold.count() > 0});
    }
    for (const Intent& intent : turn.intents) {
        const auto found = writes_.find(intent.write);
        if (found == writes_.end()) continue;
        if (!answer.took_intents) {
            announcing_.push_back(intent.write);
        } else if (found->second.stage == Stage::announcing) {
            found->second.stage = Stage::begun;
            events.push_back({intent.write, Reached::begun, {}, false});
        }
    }
}

void Writes::note_no_answer(const Turn& turn) {
    for (auto tick = turn.ticks.rbegin(); tick != turn.ticks.rend(); ++tick) {
        const auto found = writes_.find(tick->write);
        if (found == writes_.end()) continue;
        found->second.is_sent = false;
        if (!std::exchange(found->second.has_failed, true)) ++failed_ticks_;
        ticking_.push_front(tick->write);
    }
    for (auto intent = turn.intents.rbegin(); intent != turn.intents.rend(); ++intent) announcing_.push_front(intent->write);
    for (const WriteId id : turn.withdrawn) withdrawing_.push_back(id);
}

void Writes::note_no_turn() {
    for (const WriteId id : ticking_) {
        const auto found = writes_.find(id);
        if (found == writes_.end() || found->second.stage != Stage::ticking) continue;
        if (!std::exchange(found->second.has_failed, true)) ++failed_ticks_;
    }
}

void Writes::note_heard(Clock floor, Clock applied, bool is_settled, Events& events) {
    if (announces() && !is_settled) return;
    const Clock heard = announces() && !is_off(Rule::heard_by_all) ? floor : applied;
    while (!waiting_.empty() && waiting_.front().tick <= heard) {
        const Waiting done = waiting_.front();
        // What holds has to be known by somebody who tells it again where Redis forgets it.
        if (done.holds && done.tick > applied) break;
        waiting_.pop_front();
        finish(done.write, done.tick, events);
    }
}

void Writes::finish(WriteId id, Clock tick, Events& events) {
    const auto found = writes_.find(id);
    if (found == writes_.end() || found->second.stage != Stage::waiting || found->second.ticked.now != tick) return;
    Write& write = found->second;
    const bool was_last = write.ticks.front().is_last;
    write.ticks.pop_front();
    const bool is_over = was_last && write.ticks.empty();
    events.push_back({id, Reached::ticked, write.ticked, is_over});
    if (is_over) {
        writes_.erase(found);
    } else if (write.ticks.empty()) {
        write.stage = Stage::begun;
    } else {
        start_ticking(id, write);
    }
}

void Writes::note_incarnation() {
    for (const Waiting& each : waiting_) {
        const auto found = writes_.find(each.write);
        if (found != writes_.end() && found->second.stage == Stage::waiting) start_ticking(each.write, found->second);
    }
    waiting_.clear();
    note_removed();
}

void Writes::note_removed() {
    if (!announces()) return;
    for (const auto& [id, write] : writes_) {
        if (write.stage != Stage::announcing && must_stand(write)) announcing_.push_back(id);
    }
}

}  // namespace sidecache::fleet
