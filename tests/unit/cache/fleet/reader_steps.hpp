// What the reading node of the model may do next.
#pragma once

#include "tests/unit/cache/fleet/steps.hpp"

namespace sidecache::fleet::model {

inline void begin_turn(World world, Course& course) {
    UnderWay under_way;
    under_way.sent = readers_time(world);
    under_way.turn.verifies = course.faults.verifies;
    world.b.fill(under_way.turn, under_way.sent);
    if (world.read.stage == Read::Stage::waits) {
        world.read.stage = Read::Stage::asked;
        under_way.proves = true;
    }
    world.turn = std::make_shared<UnderWay>(std::move(under_way));
    course.add(std::move(world));
}

inline void take_readers_turn(World world, Course& course) {
    UnderWay taken = *world.turn;
    const bool was_there = world.redis->nodes.contains(writer);
    taken.answer = world.is_cut_off ? world.other.change().take(taken.turn, world.other->history) : world.redis.change().take(taken.turn, world.history);
    taken.is_held = taken.answer->state != Answer::State::kept || !needs_replica(world, world.is_cut_off, course.faults);
    world.turn = std::make_shared<UnderWay>(std::move(taken));
    if (world.is_dead && was_there && !world.redis->nodes.contains(writer)) world.was_removed = course.happened.was_removed = true;
    course.add(std::move(world));
}

inline void hear_answer(World world, Course& course) {
    const BootTime now = readers_time(world);
    const std::shared_ptr<const UnderWay> done = std::exchange(world.turn, nullptr);
    // As Control: of who is no member nobody knows by which rules it names groups.
    const bool is_known = done->answer->state == Answer::State::kept && done->answer->is_member;
    if (done->proves) world.read = is_known ? Read{Read::Stage::answered, world.read.is_promised, done->answer->clock} : Read{};
    world.b.note_answer(done->turn, *done->answer, done->sent, now);
    if (done->answer->state != Answer::State::kept) {
        const bool is_broken = done->answer->state == Answer::State::broken;
        if (is_broken) renew(world);
        // It may have been replaced again since: then the next turn tells.
        world.b.adopt(is_broken ? world.redis->incarnation : done->answer->incarnation, parameters_of(course.faults), now);
        world.slot = 0;
        world.table.reset();
        world.read = {};
    }
    course.add(std::move(world));
}

inline void lose_answer(World world, Course& course) {
    if (world.turn->proves) world.read = {};
    world.turn.reset();
    ++world.lost_answers;
    course.add(std::move(world));
}

// To the new master: what it asked the old one is not answered any more.
inline void reconnect(World world, Course& course) {
    world.is_cut_off = false;
    world.other = Shared<StateModel>();
    world.turn.reset();
    world.read = {};
    world.table.reset();
    course.add(std::move(world));
}

inline void apply(World& world, const Groups& groups, Clock tick, std::chrono::milliseconds hold, const Faults& faults) {
    if (std::ranges::find(groups, group) == groups.end()) return;
    world.slot = std::max(world.slot, tick);
    world.is_held = world.is_held || (hold.count() > 0 && !faults.ignores_holds);
}

inline void read_message(World world, const StateModel::Message& message, Course& course) {
    if (world.b.assess_message(message.tick) == Member::Message::next) {
        apply(world, message.groups, message.tick, message.hold, course.faults);
        world.b.note_applied(message.tick);
    } else {
        world.b.lose_mirror();
        course.happened.was_behind = true;
    }
    course.add(std::move(world));
}

inline void read_table(World world, const StateModel& redis, Course& course) {
    if (!world.table) {
        world.table = redis.clock;
    } else {
        for (const auto& [tick, hold] : redis.holds) apply(world, hold.groups, tick, hold.duration, course.faults);
        world.slot = std::max(world.slot, redis.slot(group));
        world.b.note_table(*world.table);
        world.table.reset();
    }
    course.add(std::move(world));
}

inline void leave_reader(World world, Course& course) {
    world.b.end_trust();
    world.b.leave();
    course.add(std::move(world));
}

// A new process, whose mirror is empty, and which fills anew; what was stored it finds in Redis.
inline void replace_reader(World world, Course& course) {
    world.b = Member(next_reader, 1, parameters_of(course.faults));
    world.has_left = true;
    world.slot = 0;
    world.is_held = world.has_filled = false;
    world.fill.reset();
    world.turn.reset();
    world.table.reset();
    course.add(std::move(world));
}

// Another one, of which the last is forgotten.
inline void begin_read(World world, Course& course) {
    world.read = {Read::Stage::waits, world.stage == Stage::answered};
    course.add(std::move(world));
}

inline void step_reader(const World& world, Course& course) {
    if (course.faults.verifies && world.read.stage != Read::Stage::asked) begin_read(world, course);
    if (!world.turn) begin_turn(world, course);
    if (world.turn && !world.turn->answer) take_readers_turn(world, course);
    if (world.turn && world.turn->answer && world.turn->is_held) hear_answer(world, course);
    if (world.turn && world.turn->answer && world.lost_answers < course.faults.lost_answers) lose_answer(world, course);
    if (world.is_cut_off) reconnect(world, course);
    if (course.faults.reader_leaves && !world.has_left) {
        if (!world.b.is_draining()) leave_reader(world, course);
        replace_reader(world, course);
    }
    const StateModel& redis = world.is_cut_off ? *world.other : *world.redis;
    if (world.b.incarnation() != redis.incarnation) return;
    const std::vector<StateModel::Message>& stream = redis.stream;
    if (!world.b.has_mirror()) {
        read_table(world, redis, course);
    } else if (stream.size() > world.b.applied()) {
        read_message(world, stream[world.b.applied()], course);
        if (course.faults.is_trimmed) read_message(world, stream.back(), course);
    }
}

}  // namespace sidecache::fleet::model
