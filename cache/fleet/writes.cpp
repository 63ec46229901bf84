#include "cache/fleet/writes.hpp"

#include "cache/switches/switches.hpp"

#include <utility>

namespace sidecache::fleet {

using switches::is_off;
using switches::Rule;

namespace {

// Where its epoch is of another incarnation, it does not count.
void forget_old_value(Tick& tick, Incarnation incarnation) {
    if (!tick.old || tick.old->incarnation == incarnation) return;
    tick.groups.insert(tick.groups.end(), tick.old->otherwise.begin(), tick.old->otherwise.end());
    tick.old.reset();
}

}  // namespace

void Writes::begin(Intent intent) {
    const WriteId id = intent.write;
    Write& write = writes_[id];
    write.intent = std::move(intent);
    if (mode_ == Mode::strict) {
        queue_.push_back(id);
    } else {
        write.stage = Stage::begun;
    }
}

void Writes::withdraw(WriteId id) {
    const auto found = writes_.find(id);
    if (found == writes_.end()) return;
    if (!found->second.may_stand) {
        writes_.erase(found);  // what is queued of it is skipped
        return;
    }
    found->second.stage = Stage::withdrawing;
    queue_.push_back(id);
}

void Writes::tick(Tick tick) {
    const WriteId id = tick.write;
    Write& write = writes_.at(id);
    write.tick = std::move(tick);
    write.stage = Stage::ticking;
    queue_.push_back(id);
}

void Writes::tick_alone(Tick tick) {
    tick.is_last = true;
    writes_[tick.write].intent.write = tick.write;
    this->tick(std::move(tick));
}

void Writes::fill(Turn& turn, std::size_t limit) {
    for (; limit > 0 && !queue_.empty(); queue_.pop_front()) {
        const auto found = writes_.find(queue_.front());
        if (found == writes_.end()) continue;
        Write& write = found->second;
        switch (write.stage) {
            case Stage::announcing:
            case Stage::begun:  // known before, to another incarnation or until this node was removed
                write.may_stand = true;
                turn.intents.push_back(write.intent);
                break;
            case Stage::withdrawing: turn.withdrawn.push_back(found->first); break;
            case Stage::ticking:
                forget_old_value(write.tick, turn.incarnation);
                turn.ticks.push_back(write.tick);
                break;
            case Stage::waiting: continue;  // said already
        }
        --limit;
    }
}

void Writes::note_answer(const Turn& turn, const Answer& answer, Events& events) {
    if (answer.state != Answer::State::kept) {
        requeue(turn);
        return;
    }
    for (const WriteId id : turn.withdrawn) writes_.erase(id);
    for (std::size_t i = 0; i < turn.ticks.size(); ++i) {
        const auto found = writes_.find(turn.ticks[i].write);
        if (found == writes_.end() || found->second.stage != Stage::ticking) continue;
        Write& write = found->second;
        if (write.tick.is_last) write.may_stand = false;
        write.stage = Stage::waiting;
        write.ticked = answer.ticks[i];
        if (mode_ == Mode::verified) {
            finish(found->first, events);
        } else {
            waiting_.push_back({write.ticked.now, found->first});
        }
    }
    for (const Intent& intent : turn.intents) {
        const auto found = writes_.find(intent.write);
        if (found == writes_.end()) continue;
        Write& write = found->second;
        if (!answer.took_intents) {
            if (write.stage == Stage::announcing || write.stage == Stage::begun) queue_.push_back(intent.write);
            continue;
        }
        if (write.stage != Stage::announcing) continue;
        write.stage = Stage::begun;
        events.push_back({intent.write, Reached::begun, {}});
    }
}

void Writes::note_no_answer(const Turn& turn) { requeue(turn); }

void Writes::requeue(const Turn& turn) {
    for (auto tick = turn.ticks.rbegin(); tick != turn.ticks.rend(); ++tick) queue_.push_front(tick->write);
    for (const Intent& intent : turn.intents) queue_.push_back(intent.write);
    for (const WriteId id : turn.withdrawn) queue_.push_back(id);
}

void Writes::note_heard(Clock floor, Clock applied, bool is_settled, Events& events) {
    if (mode_ == Mode::strict && !is_settled) return;
    const Clock heard = mode_ == Mode::strict && !is_off(Rule::heard_by_all) ? floor : applied;
    while (!waiting_.empty() && waiting_.front().tick <= heard) {
        const WriteId id = waiting_.front().write;
        waiting_.pop_front();
        finish(id, events);
    }
}

void Writes::finish(WriteId id, Events& events) {
    const auto found = writes_.find(id);
    if (found == writes_.end() || found->second.stage != Stage::waiting) return;
    events.push_back({id, Reached::ticked, found->second.ticked});
    if (found->second.tick.is_last) {
        writes_.erase(found);
    } else {
        found->second.stage = Stage::begun;
    }
}

void Writes::note_incarnation() {
    for (const Waiting& each : waiting_) {
        const auto found = writes_.find(each.write);
        if (found == writes_.end() || found->second.stage != Stage::waiting) continue;
        found->second.stage = Stage::ticking;
        queue_.push_back(each.write);
    }
    waiting_.clear();
    note_removed();
}

void Writes::note_removed() {
    if (mode_ != Mode::strict) return;
    for (const auto& [id, write] : writes_) {
        if (write.stage == Stage::begun) queue_.push_back(id);
    }
}

}  // namespace sidecache::fleet
