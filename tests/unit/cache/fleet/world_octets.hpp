// A world of the model in octets: whatever its next steps depend on.
#pragma once

#include "tests/unit/cache/fleet/octets.hpp"
#include "tests/unit/cache/fleet/world.hpp"

#include <algorithm>
#include <optional>

namespace sidecache::fleet {

struct MemberState {
    static void append(model::Octets& out, const Member& member) {
        out.add(member.node_);
        out.add(member.is_draining_);
        out.add(member.is_leaving_);
        out.add(member.incarnation_);
        out.add_past(member.adopted_);
        out.add(member.has_mirror_);
        out.add(member.is_settled_);
        out.add(member.is_member_);
        out.add(member.applied_);
        out.add(member.probed_clock_);
        out.add(member.probe_ ? member.probe_->clock + 1 : 0);
        if (member.probe_) out.add_past(member.probe_->sent);
        out.add_end(member.trust_end_);
        out.add(member.observed_.size());
        for (const auto& other : member.observed_) {
            out.add(other.node);
            out.add_grant(other.node, other.grant);
            out.add_past(other.since);
        }
    }
};

struct WritesState {
    static void append(model::Octets& out, const Writes& writes) {
        out.add(writes.writes_.size());
        for (const auto& [id, write] : writes.writes_) {
            out.add(id);
            out.add(write.stage);
            out.add(write.may_stand);
            out.add(write.ticks.size());
            out.add(write.ticked.now);
        }
        for (const auto* queue : {&writes.ticking_, &writes.announcing_}) {
            out.add(queue->size());
            for (const WriteId id : *queue) out.add(id);
        }
        out.add(writes.waiting_.size());
    }
};

namespace model {

inline void append(Octets& out, const StateModel& redis) {
    out.add(redis.incarnation);
    out.add(redis.history);
    out.add(redis.clock);
    out.add(redis.floor);
    out.add(redis.is_settled);
    out.add(redis.named_by);
    out.add(redis.nodes.size());
    for (const auto& [node, record] : redis.nodes) {
        out.add(node);
        out.add_grant(node, record.grant);
        out.add(record.acknowledged);
    }
    out.add(redis.intents.size());
    for (const auto& [name, intent] : redis.intents) out.add(name.first * 16 + name.second);
    // Whatever else is told of a tick follows from these.
    for (const StateModel::Message& message : redis.stream) out.add(std::ranges::count(message.groups, group) * 2 + (message.hold.count() > 0 ? 1 : 0));
}

inline void append(Octets& out, const UnderWay& under_way) {
    const Turn& turn = under_way.turn;
    out.add(turn.incarnation);
    out.add(turn.applied);
    out.add(turn.is_probe);
    out.add(turn.settles);
    out.add(turn.removals.size());
    for (const Removal& removal : turn.removals) out.add_grant(removal.node, removal.grant);
    out.add_past(under_way.sent);
    out.add(under_way.is_held);
    out.add(under_way.proves);
    out.add(under_way.answer.has_value());
    if (!under_way.answer) return;
    const Answer& answer = *under_way.answer;
    out.add(answer.state);
    out.add(answer.incarnation);
    out.add(answer.clock);
    out.add(answer.floor);
    out.add(answer.is_settled);
    out.add(answer.is_member);
    out.add(answer.members.size());
    for (const Seen& seen : answer.members) {
        out.add(seen.node);
        out.add_grant(seen.node, seen.grant);
    }
}

inline void append(Octets& out, const std::optional<Entry>& entry) {
    out.add(entry.has_value());
    if (!entry) return;
    out.add(entry->epoch);
    out.add(entry->incarnation);
}

// Of two worlds that differ only in the time of day, or in how grants are numbered, it is the same.
inline Digest digest_of(const World& world, const Faults& faults) {
    Octets out(faults.lease);
    append(out, *world.redis);
    if (faults.fails_over) append(out, *world.other);
    out.add(world.history);
    out.add(world.has_failed);
    out.add(world.last_incarnation);
    out.add(world.stage);
    out.add(world.is_committed);
    out.add(world.write);
    out.add(world.has_ticked_another);
    out.add(world.is_dead);
    out.add(world.was_removed);
    out.add(world.has_missed_answer);
    out.add(world.lost_answers);
    out.add(world.has_announced_again);
    out.go_by(writers_time(world));
    out.add(world.ticked.has_value());
    if (world.ticked) out.add_past(*world.ticked);
    MemberState::append(out, world.a);
    WritesState::append(out, *world.writes);
    out.go_by(readers_time(world));
    MemberState::append(out, world.b);
    out.add(world.slot);
    out.add(world.is_held);
    out.add(world.has_left);
    out.add(world.is_cut_off);
    out.add(world.turn != nullptr);
    if (world.turn) append(out, *world.turn);
    out.add(world.table.value_or(99));
    out.add(world.has_filled);
    out.add(world.fill.has_value());
    if (world.fill) {
        append(out, world.fill->entry);
        out.add(world.fill->is_asked);
    }
    append(out, world.entry);
    append(out, world.tier);
    out.add(world.read.stage);
    out.add(world.read.is_promised);
    out.add(world.read.clock);
    return out.digest();
}

}  // namespace model
}  // namespace sidecache::fleet
