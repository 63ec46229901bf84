// What may happen next in a world of the model. The writer's turns are one step, since waiting makes it only safer; the reader's are three, so that its messages,
// probes and answers overtake each other.
#pragma once

#include "tests/unit/cache/fleet/world.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace sidecache::fleet::model {

// What happened in some order of steps: else nothing is shown of it.
struct Happened {
    bool was_answered = false;  // the write
    bool were_reused = false;   // entries
    bool was_removed = false;   // the dead writer, or the one that left
    bool has_left = false;      // the reader, and another one trusts
    bool was_behind = false;    // the reader, by a message
    bool has_failed_over = false;   // and the replica had not heard of the write's tick
    bool was_ticked_again = false;  // the write, since its answer was lost
};

// The worlds that follow one.
struct Course {
    const Faults& faults;
    std::vector<World> next{};
    Happened happened{};

    void add(World world) { next.push_back(std::move(world)); }
};

inline Parameters parameters_of(const Faults& faults) {
    Parameters parameters;
    parameters.lease = std::chrono::seconds(faults.lease);
    parameters.rate_error = 0;
    parameters.margin = {};
    parameters.slots = StateModel::size;
    return parameters;
}

// Both are members, and have heard of everything.
inline World start(const Faults& faults) {
    const Parameters parameters = parameters_of(faults);
    World world{.a = Member(writer, 1, parameters), .b = Member(reader, 1, parameters)};
    if (faults.verifies) world.writes = Shared<Writes>(Writes(Writes::Mode::verified));
    if (faults.is_bounded) world.writes = Shared<Writes>(Writes(Writes::Mode::bounded));
    world.redis.change().renew(1, world.history);
    if (faults.nodes_join) return world;
    for (Member* member : {&world.a, &world.b}) {
        member->adopt(1, parameters, time_of(world.now - 4));
        member->note_table(0);
        Turn turn;
        turn.verifies = faults.verifies;
        member->fill(turn, time_of(world.now));
        member->note_answer(turn, world.redis.change().take(turn, world.history), time_of(world.now), time_of(world.now));
    }
    world.other = world.redis;
    return world;
}

inline void renew(World& world) {
    if (!world.redis->is_whole(world.history)) world.redis.change().renew(++world.last_incarnation, world.history);
}

// Has what is told there to be held by the replica before it counts? Who took over has another one, that keeps up.
inline bool needs_replica(const World& world, bool is_cut_off, const Faults& faults) {
    return faults.fails_over && !faults.counts_what_is_not_held && (is_cut_off || !world.has_failed);
}

inline void replicate(World& world) {
    world.other = world.redis;
    if (!world.turn || !world.turn->answer || world.turn->is_held) return;
    UnderWay held = *world.turn;
    held.is_held = true;
    world.turn = std::make_shared<UnderWay>(std::move(held));
}

// The writer goes on at the new master: cut off as well it would hear of nothing that counts, and so be slow.
inline void fail_over(World world, Course& course) {
    course.happened.has_failed_over = course.happened.has_failed_over || world.redis->slot(group) > world.other->slot(group);
    std::swap(world.redis, world.other);
    ++world.history;
    world.has_failed = world.is_cut_off = true;
    course.add(std::move(world));
}

inline void step_replica(const World& world, Course& course) {
    if (!course.faults.fails_over || world.has_failed) return;
    World caught_up = world;
    replicate(caught_up);
    course.add(std::move(caught_up));
    fail_over(world, course);
}

inline void step_redis(const World& world, Course& course) {
    if (world.has_failed) return;
    if (course.faults.is_flushed) {
        World next = world;
        next.redis = Shared<StateModel>();
        next.has_failed = true;
        course.add(std::move(next));
    }
    if (course.faults.is_restored) {
        World next = world;
        next.redis = start(course.faults).redis;
        if (!course.faults.ignores_history) ++next.history;
        next.has_failed = true;
        course.add(std::move(next));
    }
}

inline void step_time(const World& world, Course& course) {
    World later = world;
    ++later.now;
    if (course.faults.clock_stops) {
        World stopped = later;
        ++stopped.stood;
        course.add(std::move(stopped));
    }
    course.add(std::move(later));
}

inline void step_origin(const World& world, Course& course) {
    if (world.stage != Stage::forwarded || world.is_committed) return;
    World next = world;
    next.is_committed = true;
    course.add(std::move(next));
}

// One that shows the origin's row before the write: another one cannot be wrong.
inline void step_fill(const World& world, Course& course) {
    if (!world.fill && !world.has_filled) {
        World next = world;
        next.fill = Fill{{world.b.applied(), world.b.incarnation()}, false};
        next.has_filled = true;
        course.add(std::move(next));
    } else if (world.fill && !world.fill->is_asked && !world.is_committed) {
        World next = world;
        next.fill->is_asked = true;
        course.add(std::move(next));
    } else if (world.fill && world.fill->is_asked) {
        World next = world;
        if (!world.is_held) next.entry = world.fill->entry;
        next.fill.reset();
        course.add(std::move(next));
    }
    if (!course.faults.is_tiered) return;
    if (world.entry && !world.tier) {
        World next = world;
        next.tier = world.entry;
        next.entry.reset();
        course.add(std::move(next));
    }
    if (world.tier && !world.entry) {
        World next = world;
        next.entry = world.tier;
        course.add(std::move(next));
    }
}

}  // namespace sidecache::fleet::model
