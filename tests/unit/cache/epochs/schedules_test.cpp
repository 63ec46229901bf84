// `Epochs` itself under every schedule of a write, fills and readers, each step whole (what happens within a step, the model of interleavings_test enumerates).
#include "cache/epochs/epochs.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace sidecache::epochs {
namespace {

struct Order {
    bool ticks_before_the_answer = true;      // CONSISTENCY 1.1 write, 3
    bool stamps_before_the_request = true;    // 1.1 fill, 1
    bool asks_of_the_stored = true;           // 1.1 reuse, 2
    bool tells_of_the_hold = true;            // an unknown outcome: held until it has settled
};

// One resource of one group, an origin that shows 0 before a write's commit and 1 after it, and what is stored of it.
struct World {
    Epochs& epochs;
    std::array<policy::Group, 1> groups;
    int committed = 0;
    bool is_answered = false;

    struct Stored {
        Stamp stamp;
        int shown;
        std::atomic<std::uint64_t> memo{0};
    };
    std::vector<std::unique_ptr<Stored>> filed{};  // the last one stands

    int stale = 0;
    int reused = 0;
};

using Step = std::function<void(World&)>;
using Actor = std::vector<Step>;

Actor write(const Order& order) {
    const Step commit = [](World& world) { world.committed = 1; };
    const Step tick = [](World& world) { world.epochs.tick(world.groups); };
    const Step answer = [](World& world) { world.is_answered = true; };
    return order.ticks_before_the_answer ? Actor{commit, tick, answer} : Actor{commit, answer, tick};
}

struct Filling {
    std::optional<Stamp> stamp;
    BootTime begun{};
    int shown = 0;
};

Actor fill(const Order& order) {
    auto filling = std::make_shared<Filling>();
    const Step stamp = [filling](World& world) { *filling = {world.epochs.stamp(), BootClock::now(), filling->shown}; };
    const Step ask = [filling](World& world) { filling->shown = world.committed; };
    const Step file = [filling](World& world) {
        if (world.epochs.is_held(world.groups, filling->begun)) return;
        auto stored = std::make_unique<World::Stored>();
        stored->stamp = *filling->stamp;
        stored->shown = filling->shown;
        world.filed.push_back(std::move(stored));
    };
    return order.stamps_before_the_request ? Actor{stamp, ask, file} : Actor{ask, stamp, file};
}

Actor read(const Order& order) {
    auto was_answered = std::make_shared<bool>(false);
    return {[was_answered](World& world) { *was_answered = world.is_answered; },
            [was_answered, asks = order.asks_of_the_stored](World& world) {
                if (world.filed.empty()) return;
                World::Stored& stored = *world.filed.back();
                if (asks && !world.epochs.is_reusable(stored.stamp, world.groups, stored.memo)) return;
                ++world.reused;
                world.stale += *was_answered && stored.shown == 0;
            }};
}

struct Seen {
    std::uint64_t schedules = 0;
    std::uint64_t stale = 0;
    std::uint64_t reused = 0;
};

// Every order in which the actors' steps can be taken, each with a group of its own: earlier ones leave slots behind that are older than its first stamp.
Seen run_all(const std::function<std::vector<Actor>()>& make_actors) {
    Epochs epochs{{.slots = 64, .holds = 1024}, 1};
    Seen seen;
    const std::vector<Actor> shape = make_actors();
    std::vector<std::size_t> schedule;
    std::vector<std::size_t> taken(shape.size(), 0);
    const std::function<void()> go_on = [&] {
        bool is_over = true;
        for (std::size_t actor = 0; actor < shape.size(); ++actor) {
            if (taken[actor] == shape[actor].size()) continue;
            is_over = false;
            ++taken[actor];
            schedule.push_back(actor);
            go_on();
            schedule.pop_back();
            --taken[actor];
        }
        if (!is_over) return;
        World world{epochs, {seen.schedules}};
        const std::vector<Actor> actors = make_actors();
        std::vector<std::size_t> next(actors.size(), 0);
        for (const std::size_t actor : schedule) actors[actor][next[actor]++](world);
        ++seen.schedules;
        seen.stale += static_cast<std::uint64_t>(world.stale);
        seen.reused += static_cast<std::uint64_t>(world.reused);
    };
    go_on();
    return seen;
}

Seen with_two_readers(const Order& order) {
    return run_all([&] { return std::vector<Actor>{write(order), fill(order), read(order), read(order)}; });
}

TEST(EverySchedule, OfAWriteAFillAndReadersShowsNobodyWhatAnAnsweredWriteReplaced) {
    const Seen seen = with_two_readers(Order{});
    EXPECT_EQ(seen.schedules, 25'200u);  // 10! / (3! 3! 2! 2!)
    EXPECT_EQ(seen.stale, 0u);
    EXPECT_GT(seen.reused, seen.schedules / 10);
}

TEST(EverySchedule, OfAWriteTwoFillsAndAReaderShowsNobodyWhatAnAnsweredWriteReplaced) {
    const Seen seen = run_all([] { return std::vector<Actor>{write({}), fill({}), fill({}), read({})}; });
    EXPECT_EQ(seen.schedules, 92'400u);  // 11! / (3! 3! 3! 2!)
    EXPECT_EQ(seen.stale, 0u);
    EXPECT_GT(seen.reused, seen.schedules / 10);
}

TEST(EverySchedule, FindsEachBrokenOrder) {
    EXPECT_GT(with_two_readers(Order{.ticks_before_the_answer = false}).stale, 0u);
    EXPECT_GT(with_two_readers(Order{.stamps_before_the_request = false}).stale, 0u);
    EXPECT_GT(with_two_readers(Order{.asks_of_the_stored = false}).stale, 0u);
}

// A write whose answer never comes: it is told to have failed, and commits later, within the time for which its groups are held.
Actor write_of_unknown_outcome(const Order& order) {
    const Step give_up = [hold = order.tells_of_the_hold](World& world) { world.epochs.tick(world.groups, hold ? std::chrono::hours(1) : std::chrono::hours(0)); };
    const Step commit = [](World& world) {
        world.committed = 1;
        world.is_answered = true;  // from here on nobody may be shown what was before
    };
    return {give_up, commit};
}

TEST(EverySchedule, OfAWriteThatCommitsAfterItWasGivenUpShowsNobodyWhatWasBefore) {
    const auto with = [](const Order& order) {
        return run_all([&] { return std::vector<Actor>{write_of_unknown_outcome(order), fill(order), read(order)}; });
    };
    EXPECT_EQ(with(Order{}).schedules, 210u);  // 7! / (2! 3! 2!)
    EXPECT_EQ(with(Order{}).stale, 0u);
    EXPECT_GT(with(Order{}).reused, 0u);
    EXPECT_GT(with(Order{.tells_of_the_hold = false}).stale, 0u);
}

}  // namespace
}  // namespace sidecache::epochs
