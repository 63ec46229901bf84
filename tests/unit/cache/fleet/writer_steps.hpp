// What the writing node of the model may do next.
#pragma once

#include "tests/unit/cache/fleet/steps.hpp"

namespace sidecache::fleet::model {

inline void note_events(World& world, const Writes::Events& events, Course& course) {
    for (const Writes::Event& event : events) {
        if (event.write != world.write) continue;
        if (event.reached == Writes::Reached::begun) world.stage = Stage::forwarded;
        if (event.reached == Writes::Reached::ticked) {
            world.stage = Stage::answered;
            course.happened.was_answered = true;
        }
    }
}

// With its master, which has not told the replica of it, or alone.
inline void note_lost(World world, const Turn& turn, Course& course) {
    world.writes.change().note_no_answer(turn);
    if (course.faults.fails_over) {
        fail_over(std::move(world), course);
        return;
    }
    world.has_missed_answer = true;
    ++world.lost_answers;
    course.happened.was_ticked_again = course.happened.was_ticked_again || !turn.ticks.empty();
    course.add(std::move(world));
}

enum class Reply : std::uint8_t { comes, is_lost };

inline void take_writers_turn(World world, Reply reply, Course& course) {
    const BootTime now = writers_time(world);
    if (world.a.incarnation() == world.redis->incarnation) world.a.note_applied(world.redis->clock);
    Turn turn;
    turn.verifies = course.faults.verifies;
    world.a.fill(turn, now);
    Writes& writes = world.writes.change();
    writes.fill(turn, 10);
    const Answer answer = world.redis.change().take(turn, world.history);
    if (reply == Reply::is_lost) {
        if (answer.state != Answer::State::kept) return;
        note_lost(std::move(world), turn, course);
        return;
    }
    if (answer.state == Answer::State::kept && needs_replica(world, false, course.faults)) replicate(world);
    if (course.faults.is_bounded && !answer.ticks.empty()) world.ticked = now;
    // As Control: after a missed answer nobody knows whether this node was removed.
    const bool was_removed = answer.state == Answer::State::kept && world.a.is_member() && (!answer.was_member || std::exchange(world.has_missed_answer, false));
    Writes::Events events;
    world.a.note_answer(turn, answer, now, now);
    writes.note_answer(turn, answer, events);
    if (answer.state == Answer::State::kept) {
        // Once: each removal after that is a tick with a hold again, and so on for ever.
        if (was_removed && course.faults.lost_answers > 0 && !std::exchange(world.has_announced_again, true)) writes.note_removed();
        writes.note_heard(answer.floor, world.a.applied(), answer.is_settled, events);
    } else {
        if (answer.state == Answer::State::broken) renew(world);
        world.a.adopt(world.redis->incarnation, parameters_of(course.faults), now);
        world.a.note_table(world.redis->clock);
        writes.note_incarnation();
    }
    note_events(world, events, course);
    course.add(std::move(world));
}

// What it has under way is ended by the turn in which it says so.
inline void leave(World world, Course& course) {
    world.a.end_trust();
    world.a.leave();
    Turn turn;
    world.a.fill(turn, writers_time(world));
    world.writes.change().fill(turn, 10);
    world.is_dead = true;
    const bool was_there = world.redis->nodes.contains(writer);
    const Answer answer = world.redis.change().take(turn, world.history);
    if (was_there && answer.state == Answer::State::kept) world.was_removed = course.happened.was_removed = true;
    course.add(std::move(world));
}

inline Tick tick_of(WriteId write, policy::Group named) {
    Tick tick;
    tick.write = write;
    tick.groups = {named};
    tick.rules = 1;
    return tick;
}

inline void step_writer(const World& world, Course& course) {
    if (world.is_dead) return;
    if (world.stage == Stage::idle) {
        World next = world;
        next.write = 1;
        next.writes.change().begin({1, {group}, std::chrono::seconds(1), 1});
        next.stage = course.faults.is_bounded ? Stage::forwarded : Stage::announced;
        course.add(std::move(next));
    }
    if (world.stage == Stage::forwarded && world.is_committed) {
        World next = world;
        next.writes.change().tick(tick_of(world.write, group));
        next.stage = Stage::ticking;
        course.add(std::move(next));
    }
    take_writers_turn(world, Reply::comes, course);
    const bool may_be_lost = course.faults.fails_over ? !world.has_failed : world.lost_answers < course.faults.lost_answers;
    if (may_be_lost) take_writers_turn(world, Reply::is_lost, course);
    if (course.faults.is_trimmed && !world.has_ticked_another) {
        World next = world;
        next.has_ticked_another = true;
        next.writes.change().tick(tick_of(2, group + 1));
        course.add(std::move(next));
    }
    if (course.faults.writer_leaves && world.stage != Stage::answered && world.stage != Stage::idle) leave(world, course);
    if (course.faults.writer_dies && world.stage != Stage::answered && world.stage != Stage::idle) {
        World next = world;
        next.is_dead = true;
        course.add(std::move(next));
    }
}

}  // namespace sidecache::fleet::model
