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

inline void take_writers_turn(World world, Course& course) {
    const BootTime now = writers_time(world);
    if (world.a.incarnation() == world.redis->incarnation) world.a.note_applied(world.redis->clock);
    Turn turn;
    world.a.fill(turn, now);
    Writes& writes = world.writes.change();
    writes.fill(turn, 10);
    const Answer answer = world.redis.change().take(turn, world.history);
    Writes::Events events;
    world.a.note_answer(turn, answer, now, now);
    writes.note_answer(turn, answer, events);
    if (answer.state == Answer::State::kept) {
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
        next.stage = Stage::announced;
        course.add(std::move(next));
    }
    if (world.stage == Stage::forwarded && world.is_committed) {
        World next = world;
        next.writes.change().tick(tick_of(world.write, group));
        next.stage = Stage::ticking;
        course.add(std::move(next));
    }
    take_writers_turn(world, course);
    if (course.faults.is_trimmed && !world.has_ticked_another) {
        World next = world;
        next.has_ticked_another = true;
        next.writes.change().tick(tick_of(2, group + 1));
        course.add(std::move(next));
    }
    if (course.faults.writer_dies && world.stage != Stage::answered && world.stage != Stage::idle) {
        World next = world;
        next.is_dead = true;
        course.add(std::move(next));
    }
}

}  // namespace sidecache::fleet::model
