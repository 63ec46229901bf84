// A fleet of two nodes, its state in Redis, an origin and one write, small enough to run through every order of their steps (CONSISTENCY 4, model). The nodes' parts are
// `Member` and `Writes` themselves; Redis is StateModel. The writer's turns are one step, since waiting makes it only safer; the reader's are three, so that its
// messages, probes and answers overtake each other. Two states that differ only in the time of day, or in how grants are numbered, are one: so all runs of any length are
// gone through.
#pragma once

#include "cache/fleet/member.hpp"
#include "cache/fleet/writes.hpp"
#include "tests/unit/cache/fleet/state_model.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::fleet {

// All of a state in octets, so that two states are compared by one digest.
class Octets {
public:
    Octets(BootTime now, int lease) : now_(now), lease_(lease) {}

    template <typename T>
    void add(const T& value) requires(std::is_arithmetic_v<T> || std::is_enum_v<T>) {
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    // A lease or more ago is long ago; what is over is over.
    void add_past(BootTime time) { add(static_cast<std::int8_t>(std::min<std::int64_t>((now_ - time) / std::chrono::seconds(1), lease_))); }
    void add_end(BootTime time) { add(static_cast<std::int8_t>(std::max<std::int64_t>((time - now_) / std::chrono::seconds(1), 0))); }
    // Only which of them are the same matters, and which came later.
    void add_grant(NodeId node, Grant grant) {
        grants_.push_back({node, grant});
        at_.push_back(bytes_.size());
        bytes_.push_back(0);
    }

    const std::string& bytes() {
        for (std::size_t i = 0; i < grants_.size(); ++i) {
            std::set<Grant> less;
            for (const auto& [node, grant] : grants_) {
                if (node == grants_[i].first && grant < grants_[i].second) less.insert(grant);
            }
            bytes_[at_[i]] = static_cast<char>(less.size());
        }
        return bytes_;
    }

private:
    BootTime now_;
    int lease_;
    std::string bytes_;
    std::vector<std::pair<NodeId, Grant>> grants_;
    std::vector<std::size_t> at_;
};

struct MemberState {
    static void append(Octets& out, const Member& member) {
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
        for (const auto& other : member.observed_) {
            out.add(other.node);
            out.add_grant(other.node, other.grant);
            out.add_past(other.since);
        }
    }
};

struct WritesState {
    static void append(Octets& out, const Writes& writes) {
        for (const auto& [id, write] : writes.writes_) {
            out.add(id);
            out.add(write.stage);
            out.add(write.may_stand);
            out.add(write.ticks.size());
            out.add(write.ticked.now);
        }
        out.add(writes.ticking_.size());
        out.add(writes.announcing_.size());
        out.add(writes.waiting_.size());
    }
};

// How long a lease is, in units of time, and what else may happen.
struct Faults {
    int lease = 2;
    bool is_flushed = false;   // once, Redis forgets everything
    bool is_restored = false;  // once, Redis goes back to what it was, as after a failover or a restart
    bool writer_dies = false;
    bool is_tiered = false;    // entries go to Redis and come back
    bool is_trimmed = false;   // of two ticks the stream may have lost the first before it is read
    bool ignores_holds = false;  // no fault of the world but of ours
};

class FleetModel {
public:
    explicit FleetModel(const Faults& faults) : faults_(faults) {}

    // Runs through all states that any order reaches. True if in none of them the reader may reuse what an answered write has replaced, nor what the write of a
    // removed node has.
    bool is_safe() {
        std::vector<World> open;
        open.push_back(start());
        while (!open.empty() && !is_violated_ && seen_.size() < most_states) {
            const World world = std::move(open.back());
            open.pop_back();
            next_.clear();
            step(world);
            for (World& each : next_) {
                if (!note(each)) continue;
                is_violated_ = is_violated_ || may_show_old(each);
                were_reused_ = were_reused_ || may_reuse(each);
                open.push_back(std::move(each));
            }
        }
        has_seen_all_ = open.empty();
        return !is_violated_;
    }
    std::size_t states() const { return seen_.size(); }
    bool was_answered() const { return was_answered_; }  // in some state the write was, and in some the reader may reuse: else nothing is shown
    bool were_reused() const { return were_reused_; }
    bool was_removed() const { return was_removed_; }
    bool was_behind() const { return was_behind_; }
    bool has_seen_all() const { return has_seen_all_; }

private:
#if defined(__SANITIZE_THREAD__)
    static constexpr std::size_t most_states = 20'000;  // it has one thread: here only that it runs
#elif defined(__SANITIZE_ADDRESS__)
    static constexpr std::size_t most_states = 60'000;  // with a rule switched off, half of them show it
#else
    static constexpr std::size_t most_states = 20'000'000;
#endif
    static constexpr NodeId writer = 1;
    static constexpr NodeId reader = 2;
    static constexpr policy::Group group = 5;

    struct Entry {
        Clock epoch = 0;
        Incarnation incarnation = 0;
        bool operator==(const Entry&) const = default;
    };
    struct Fill {
        Entry entry;
        bool is_asked = false;
    };
    struct UnderWay {
        Turn turn;
        BootTime sent{};
        std::optional<Answer> answer;
    };
    enum class Stage : std::uint8_t { idle, announced, forwarded, ticking, answered };

    struct World {
        int now = 10;
        StateModel redis;
        std::uint64_t history = 1;
        bool has_failed = false;
        Incarnation last_incarnation = 1;

        Stage stage = Stage::idle;
        bool is_committed = false;
        WriteId write = 0;
        bool has_ticked_another = false;  // group
        bool is_dead = false;       // the writer
        bool was_removed = false;   // the writer's record, after it died
        Member a;
        Writes writes{Writes::Mode::strict};

        Member b;
        Clock slot = 0;             // of the reader's mirror
        bool is_held = false;       // the group: longer than the origin may take to commit
        std::optional<UnderWay> turn;
        std::optional<Clock> table;  // the clock was read, the table not yet
        bool has_filled = false;
        std::optional<Fill> fill;
        std::optional<Entry> entry;
        std::optional<Entry> tier;
    };

    Parameters parameters() const {
        Parameters parameters;
        parameters.lease = std::chrono::seconds(faults_.lease);
        parameters.rate_error = 0;
        parameters.margin = {};
        parameters.slots = StateModel::size;
        return parameters;
    }
    static BootTime time(int units) { return BootTime(std::chrono::seconds(units)); }

    // Both are members, and have heard of everything.
    World start() const {
        World world{.redis = {}, .a = Member(writer, 1, parameters()), .writes = Writes(Writes::Mode::strict), .b = Member(reader, 1, parameters()),
                    .turn = {}, .table = {}, .fill = {}, .entry = {}, .tier = {}};
        world.redis.renew(1, world.history);
        for (Member* member : {&world.a, &world.b}) {
            member->adopt(1, parameters(), time(world.now - 4));
            member->note_table(0);
            Turn turn;
            member->fill(turn, time(world.now));
            member->note_answer(turn, world.redis.take(turn, world.history), time(world.now), time(world.now));
        }
        return world;
    }

    void step(const World& world) {
        World later = world;
        ++later.now;
        next_.push_back(std::move(later));
        if (world.stage == Stage::forwarded && !world.is_committed) {
            World next = world;
            next.is_committed = true;
            next_.push_back(std::move(next));
        }
        step_redis(world);
        if (!world.is_dead) step_writer(world);
        step_reader(world);
        step_fill(world);
    }

    void step_redis(const World& world) {
        if (world.has_failed) return;
        if (faults_.is_flushed) {
            World next = world;
            next.redis = {};
            next.has_failed = true;
            next_.push_back(std::move(next));
        }
        if (faults_.is_restored) {
            World next = world;
            next.redis = start().redis;
            ++next.history;
            next.has_failed = true;
            next_.push_back(std::move(next));
        }
    }

    void step_writer(const World& world) {
        switch (world.stage) {
            case Stage::idle: {
                World next = world;
                next.write = 1;
                next.writes.begin({1, {group}, std::chrono::seconds(1), 1});
                next.stage = Stage::announced;
                next_.push_back(std::move(next));
                break;
            }
            case Stage::forwarded:
                if (world.is_committed) {
                    World next = world;
                    Tick tick;
                    tick.groups = {group};
                    tick.rules = 1;
                    tick.write = world.write;
                    next.writes.tick(tick);
                    next.stage = Stage::ticking;
                    next_.push_back(std::move(next));
                }
                break;
            case Stage::announced:
            case Stage::ticking:
            case Stage::answered: break;
        }
        take_writers_turn(world);
        if (faults_.is_trimmed && !world.has_ticked_another) {
            World next = world;
            next.has_ticked_another = true;
            Tick tick;
            tick.write = 2;
            tick.groups = {group + 1};
            tick.rules = 1;
            next.writes.tick(tick);
            next_.push_back(std::move(next));
        }
        if (faults_.writer_dies && world.stage != Stage::answered && world.stage != Stage::idle) {
            World next = world;
            next.is_dead = true;
            next_.push_back(std::move(next));
        }
    }

    void take_writers_turn(World world) {
        const BootTime now = time(world.now);
        if (world.a.incarnation() == world.redis.incarnation) world.a.note_applied(world.redis.clock);
        Turn turn;
        world.a.fill(turn, now);
        world.writes.fill(turn, 10);
        const Answer answer = world.redis.take(turn, world.history);
        Writes::Events events;
        world.a.note_answer(turn, answer, now, now);
        world.writes.note_answer(turn, answer, events);
        if (answer.state == Answer::State::kept) {
            world.writes.note_heard(answer.floor, world.a.applied(), answer.is_settled, events);
        } else {
            if (answer.state == Answer::State::broken) renew(world);
            world.a.adopt(world.redis.incarnation, parameters(), now);
            world.a.note_table(world.redis.clock);
            world.writes.note_incarnation();
        }
        for (const Writes::Event& event : events) {
            if (event.write != world.write) continue;
            if (event.reached == Writes::Reached::begun) world.stage = Stage::forwarded;
            if (event.reached == Writes::Reached::ticked) {
                world.stage = Stage::answered;
                was_answered_ = true;
            }
        }
        next_.push_back(std::move(world));
    }

    static void renew(World& world) {
        if (!world.redis.is_whole(world.history)) world.redis.renew(++world.last_incarnation, world.history);
    }

    void step_reader(const World& world) {
        const BootTime now = time(world.now);
        if (!world.turn) {
            World next = world;
            UnderWay under_way;
            under_way.sent = now;
            next.b.fill(under_way.turn, now);
            next.turn = std::move(under_way);
            next_.push_back(std::move(next));
        }
        if (world.turn && !world.turn->answer) {
            World next = world;
            const bool was_there = world.redis.nodes.contains(writer);
            next.turn->answer = next.redis.take(next.turn->turn, next.history);
            if (world.is_dead && was_there && !next.redis.nodes.contains(writer)) next.was_removed = was_removed_ = true;
            next_.push_back(std::move(next));
        }
        if (world.turn && world.turn->answer) {
            World next = world;
            const UnderWay& done = *world.turn;
            next.turn.reset();
            next.b.note_answer(done.turn, *done.answer, done.sent, now);
            if (done.answer->state != Answer::State::kept) {
                if (done.answer->state == Answer::State::broken) renew(next);
                // It may have been replaced again since: then the next turn tells.
                next.b.adopt(done.answer->state == Answer::State::broken ? next.redis.incarnation : done.answer->incarnation, parameters(), now);
                next.slot = 0;
                next.table.reset();
            }
            next_.push_back(std::move(next));
        }
        const bool is_same = world.b.incarnation() == world.redis.incarnation;
        const std::vector<StateModel::Message>& stream = world.redis.stream;
        if (is_same && world.b.has_mirror() && stream.size() > world.b.applied()) {
            read_message(world, stream[world.b.applied()]);
            if (faults_.is_trimmed) read_message(world, stream.back());
        }
        if (is_same && !world.b.has_mirror()) {
            World next = world;
            if (!world.table) {
                next.table = world.redis.clock;
            } else {
                for (const auto& [tick, hold] : world.redis.holds) apply(next, tick, hold.groups, hold.duration);
                next.slot = std::max(next.slot, world.redis.slot(group));
                next.b.note_table(*world.table);
                next.table.reset();
            }
            next_.push_back(std::move(next));
        }
    }

    void read_message(World world, StateModel::Message message) {
        if (world.b.assess_message(message.tick) == Member::Message::next) {
            apply(world, message.tick, message.groups, message.hold);
            world.b.note_applied(message.tick);
        } else {
            world.b.lose_mirror();
            was_behind_ = true;
        }
        next_.push_back(std::move(world));
    }

    void apply(World& world, Clock tick, const Groups& groups, std::chrono::milliseconds hold) {
        if (std::ranges::find(groups, group) == groups.end()) return;
        world.slot = std::max(world.slot, tick);
        world.is_held = world.is_held || (hold.count() > 0 && !faults_.ignores_holds);
    }

    // One that shows the origin's row before the write: another one cannot be wrong.
    void step_fill(const World& world) {
        if (!world.fill && !world.has_filled) {
            World next = world;
            next.fill = Fill{{world.b.applied(), world.b.incarnation()}, false};
            next.has_filled = true;
            next_.push_back(std::move(next));
        } else if (world.fill && !world.fill->is_asked && !world.is_committed) {
            World next = world;
            next.fill->is_asked = true;
            next_.push_back(std::move(next));
        } else if (world.fill && world.fill->is_asked) {
            World next = world;
            if (!world.is_held) next.entry = world.fill->entry;
            next.fill.reset();
            next_.push_back(std::move(next));
        }
        if (!faults_.is_tiered) return;
        if (world.entry && !world.tier) {
            World next = world;
            next.tier = world.entry;
            next.entry.reset();
            next_.push_back(std::move(next));
        }
        if (world.tier && !world.entry) {
            World next = world;
            next.entry = world.tier;
            next_.push_back(std::move(next));
        }
    }

    // CONSISTENCY 1.1 reuse, 2-4, of a read that comes now.
    static bool may_reuse(const World& world) {
        return world.entry && time(world.now) < world.b.trust_end() && world.entry->incarnation == world.b.incarnation() && world.slot <= world.entry->epoch;
    }
    static bool may_show_old(const World& world) {
        if (!may_reuse(world)) return false;
        // The write of a node that was removed is answered to nobody; who has heard of the removal reuses nothing that it may have replaced.
        const bool has_heard = world.was_removed && world.b.has_mirror() && world.b.applied() == world.redis.clock;
        return world.stage == Stage::answered || (world.is_committed && has_heard && world.b.incarnation() == world.redis.incarnation);
    }

    // False if it was there before.
    bool note(const World& world) {
        Octets out(time(world.now), faults_.lease);
        append(out, world.redis);
        out.add(world.history);
        out.add(world.has_failed);
        out.add(world.last_incarnation);
        out.add(world.stage);
        out.add(world.is_committed);
        out.add(world.write);
        out.add(world.has_ticked_another);
        out.add(world.is_dead);
        out.add(world.was_removed);
        MemberState::append(out, world.a);
        WritesState::append(out, world.writes);
        MemberState::append(out, world.b);
        out.add(world.slot);
        out.add(world.is_held);
        out.add(world.turn.has_value());
        if (world.turn) append(out, *world.turn);
        out.add(world.table.value_or(99));
        out.add(world.has_filled);
        out.add(world.fill.has_value());
        if (world.fill) {
            append(out, world.fill->entry);
            out.add(world.fill->is_asked);
        }
        for (const std::optional<Entry>* entry : {&world.entry, &world.tier}) {
            out.add(entry->has_value());
            if (*entry) append(out, **entry);
        }
        return seen_.insert(digest(out.bytes())).second;
    }
    static void append(Octets& out, const UnderWay& under_way) {
        const Turn& turn = under_way.turn;
        out.add(turn.incarnation);
        out.add(turn.applied);
        out.add(turn.is_probe);
        out.add(turn.settles);
        for (const Removal& removal : turn.removals) out.add_grant(removal.node, removal.grant);
        out.add_past(under_way.sent);
        out.add(under_way.answer.has_value());
        if (!under_way.answer) return;
        const Answer& answer = *under_way.answer;
        out.add(answer.state);
        out.add(answer.incarnation);
        out.add(answer.clock);
        out.add(answer.floor);
        out.add(answer.is_settled);
        out.add(answer.is_member);
        for (const Seen& seen : answer.members) {
            out.add(seen.node);
            out.add_grant(seen.node, seen.grant);
        }
    }
    static void append(Octets& out, const Entry& entry) {
        out.add(entry.epoch);
        out.add(entry.incarnation);
    }
    static void append(Octets& out, const StateModel& redis) {
        out.add(redis.incarnation);
        out.add(redis.history);
        out.add(redis.clock);
        out.add(redis.floor);
        out.add(redis.is_settled);
        out.add(redis.named_by);
        for (const auto& [node, record] : redis.nodes) {
            out.add(node);
            out.add_grant(node, record.grant);
            out.add(record.acknowledged);
        }
        for (const auto& [name, intent] : redis.intents) out.add(name.first * 100 + name.second);
        for (const auto& [tick, hold] : redis.holds) out.add(tick);
        out.add(redis.slot(group));
    }

    // Two halves of 64 bits: of some million states, that any two share both is out of the question.
    struct Digest {
        std::uint64_t first = 0;
        std::uint64_t second = 0;
        friend bool operator==(const Digest&, const Digest&) = default;
        friend std::size_t hash_value(const Digest& digest) { return digest.first; }
    };
    static Digest digest(std::string_view bytes) {
        Digest digest{0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f};
        for (const char octet : bytes) {
            digest.first = (digest.first ^ static_cast<unsigned char>(octet)) * 0x100000001b3;
            digest.second = std::rotl(digest.second, 7) * 0x9fb21c651e98df25 + static_cast<unsigned char>(octet) + 1;
        }
        digest.first ^= digest.first >> 29;
        return digest;
    }

    Faults faults_;
    std::vector<World> next_;
    boost::unordered_flat_set<Digest> seen_;
    bool is_violated_ = false;
    bool was_answered_ = false;
    bool were_reused_ = false;
    bool was_removed_ = false;
    bool was_behind_ = false;
    bool has_seen_all_ = false;
};

}  // namespace sidecache::fleet
