// A fleet of two nodes, its state in Redis and in a replica of it, an origin, one write and one fill: all of it at one moment.
#pragma once

#include "cache/fleet/member.hpp"
#include "cache/fleet/writes.hpp"
#include "tests/unit/cache/fleet/octets.hpp"
#include "tests/unit/cache/fleet/state_model.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace sidecache::fleet {

struct MemberState {
    static void append(model::Octets& out, const Member& member) {
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

// How long a lease is, in units of time, and what else may happen.
struct Faults {
    int lease = 2;
    bool is_flushed = false;   // once, Redis forgets everything
    bool is_restored = false;  // once, Redis goes back to what it was, as after a failover or a restart
    bool writer_dies = false;
    bool is_tiered = false;    // entries go to Redis and come back
    bool is_trimmed = false;   // of two ticks the stream may have lost the first before it is read
    bool fails_over = false;   // once, the replica takes over, as far as it has come; the old master lives on beside it, cut off
    int lost_answers = 0;      // of turns that Redis has taken all the same
    bool clock_stops = false;  // the reader's, at any time and for any time, while all else goes on
    bool verifies = false;     // no fault: reads are proven (CONSISTENCY 1.4)
    // No faults of the world but of ours.
    bool ignores_holds = false;
    bool counts_what_is_not_held = false;  // by the replica
    bool ignores_proofs = false;
};

constexpr NodeId writer = 1;
constexpr NodeId reader = 2;
constexpr policy::Group group = 5;

// One for all copies, until one of them is to be another.
template <typename T>
class Shared {
public:
    Shared() : value_(std::make_shared<T>()) {}
    explicit Shared(T value) : value_(std::make_shared<T>(std::move(value))) {}
    const T& operator*() const { return *value_; }
    const T* operator->() const { return value_.get(); }
    T& change() {
        if (value_.use_count() > 1) value_ = std::make_shared<T>(*value_);
        return *value_;
    }

private:
    std::shared_ptr<T> value_;
};

struct Entry {
    Clock epoch = 0;
    Incarnation incarnation = 0;
};
struct Fill {
    Entry entry;
    bool is_asked = false;
};
struct UnderWay {
    Turn turn;
    BootTime sent{};
    std::optional<Answer> answer{};
    bool is_held = false;  // by the replica: it counts
    bool proves = false;   // the read
};
enum class Stage : std::uint8_t { idle, announced, forwarded, ticking, answered };

// Where each has to be proven.
struct Read {
    enum class Stage : std::uint8_t { none, waits, asked, answered };
    Stage stage = Stage::none;
    bool is_promised = false;  // it came after the write was answered
    Clock clock = 0;           // to be applied, once it is answered
};

struct World {
    int now = 10;
    int stood = 0;  // for so long the reader's clock did
    Shared<StateModel> redis{};
    Shared<StateModel> other{};  // the replica; after it took over, the old master, while the reader is cut off with it
    std::uint64_t history = 1;
    bool has_failed = false;
    Incarnation last_incarnation = 1;

    Stage stage = Stage::idle;
    bool is_committed = false;
    WriteId write = 0;
    bool has_ticked_another = false;  // group
    bool is_dead = false;             // the writer
    bool was_removed = false;         // the writer's record, after it died
    bool has_missed_answer = false;
    int lost_answers = 0;
    bool has_announced_again = false;
    Member a;
    Shared<Writes> writes{Writes(Writes::Mode::strict)};

    Member b;
    Clock slot = 0;        // of the reader's mirror
    bool is_held = false;  // the group: longer than the origin may take to commit
    bool is_cut_off = false;  // the reader, with the old master
    std::shared_ptr<const UnderWay> turn{};
    std::optional<Clock> table{};  // the clock was read, the table not yet
    bool has_filled = false;
    std::optional<Fill> fill{};
    std::optional<Entry> entry{};
    std::optional<Entry> tier{};
    Read read{};
};

inline BootTime time_of(int units) { return BootTime(std::chrono::seconds(units)); }
inline BootTime writers_time(const World& world) { return time_of(world.now); }
inline BootTime readers_time(const World& world) { return time_of(world.now - world.stood); }

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
    MemberState::append(out, world.a);
    WritesState::append(out, *world.writes);
    out.go_by(readers_time(world));
    MemberState::append(out, world.b);
    out.add(world.slot);
    out.add(world.is_held);
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
