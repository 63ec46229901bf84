#include "cache/epochs/epochs.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace sidecache::epochs {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t rules = 7;
constexpr Group patients = 11;
constexpr Group doctors = 12;
constexpr std::size_t slots = 64;

struct Entry {
    Stamp stamp;
    std::vector<Group> groups;
    std::atomic<std::uint64_t> memo{0};
    bool is_reusable(const Epochs& epochs) { return epochs.is_reusable(stamp, groups, memo); }
};

class Mirror : public ::testing::Test {
protected:
    Mirror() { adopt(5); }
    void adopt(std::uint64_t incarnation) { epochs.mirror(incarnation, slots); }
    void trust() { epochs.trust_until(BootClock::now() + 1h); }
    void apply(std::uint64_t tick, std::vector<Group> groups, std::chrono::nanoseconds hold = {}) { epochs.apply(tick, groups, hold); }
    Standing standing_of(const Entry& entry) const { return epochs.standing_of(entry.stamp, entry.groups); }

    Epochs epochs{{.slots = 1024, .holds = 8}, rules};
};

TEST_F(Mirror, IsOfTheFleetsIncarnationAndStandsAtItsBeginning) {
    EXPECT_EQ(epochs.stamp().incarnation, 5u);
    EXPECT_EQ(epochs.stamp().rules, rules);
    EXPECT_EQ(epochs.clock(), 0u);
}

TEST_F(Mirror, TrustsNothingBeforeItIsToldUntilWhen) {
    Entry entry{epochs.stamp(), {patients}};
    EXPECT_EQ(standing_of(entry), Standing::unproven);
    trust();
    EXPECT_TRUE(entry.is_reusable(epochs));
}

TEST_F(Mirror, TrustsNothingAtTheEndOfItsTrustOrAfter) {
    Entry entry{epochs.stamp(), {patients}};
    trust();
    ASSERT_TRUE(entry.is_reusable(epochs));
    epochs.trust_until(BootClock::now());
    EXPECT_EQ(standing_of(entry), Standing::unproven);
    epochs.trust_until(BootTime{});
    EXPECT_EQ(standing_of(entry), Standing::unproven);
}

TEST_F(Mirror, MovesByTheTicksThatItIsTold) {
    trust();
    Entry before{epochs.stamp(), {patients}};
    Entry other{epochs.stamp(), {doctors}};
    apply(1, {patients});
    EXPECT_EQ(epochs.clock(), 1u);
    EXPECT_EQ(standing_of(before), Standing::invalidated);
    EXPECT_TRUE(other.is_reusable(epochs));
    Entry after{epochs.stamp(), {patients}};
    EXPECT_EQ(after.stamp.epoch, 1u);
    EXPECT_TRUE(after.is_reusable(epochs));
}

TEST_F(Mirror, HoldsWhatATickHolds) {
    const BootTime begun = BootClock::now();
    apply(1, {patients}, 1h);
    EXPECT_TRUE(epochs.is_held(std::array{patients}, begun));
    EXPECT_FALSE(epochs.is_held(std::array{doctors}, begun));
    epochs.hold(std::array{doctors}, 1h);
    EXPECT_TRUE(epochs.is_held(std::array{doctors}, begun));
}

TEST_F(Mirror, TakesATableWithoutEverLoweringASlot) {
    trust();
    apply(1, {patients});
    apply(2, {doctors});
    std::vector<std::uint64_t> table(slots, 0);
    table[patients % slots] = 9;
    table[doctors % slots] = 1;
    epochs.merge(0, std::span(table).first(slots / 2));
    epochs.merge(slots / 2, std::span(table).subspan(slots / 2));
    epochs.advance(9);
    EXPECT_EQ(epochs.last_tick(patients), 9u);
    EXPECT_EQ(epochs.last_tick(doctors), 2u);
    EXPECT_EQ(epochs.clock(), 9u);
    epochs.advance(4);
    EXPECT_EQ(epochs.clock(), 9u);
}

TEST_F(Mirror, TakesNoMoreOfATableThanItHas) {
    epochs.merge(slots - 1, std::vector<std::uint64_t>(slots, 3));
    EXPECT_EQ(epochs.last_tick(slots - 1), 3u);
    EXPECT_EQ(epochs.last_tick(0), 0u);
}

TEST_F(Mirror, TakesAnEntryOfAnotherNodeForItsOwn) {
    trust();
    apply(1, {patients});
    apply(2, {doctors});
    Entry theirs{{1, 5, rules}, {patients}};
    EXPECT_TRUE(theirs.is_reusable(epochs)) << "begun at 1, and nothing of it has ended since";
    Entry older{{1, 5, rules}, {doctors}};
    EXPECT_EQ(standing_of(older), Standing::invalidated);
}

TEST_F(Mirror, OfAnotherIncarnationReusesNothingOfTheLast) {
    trust();
    Entry entry{epochs.stamp(), {patients}};
    adopt(6);
    trust();
    EXPECT_EQ(standing_of(entry), Standing::incarnation);
}

TEST_F(Mirror, KeepsItsIncarnationUnderOtherRulesAndHasToReadTheTableAgain) {
    trust();
    apply(1, {patients});
    Entry entry{epochs.stamp(), {patients}};
    epochs.adopt_rules(rules + 1);
    EXPECT_EQ(epochs.stamp().incarnation, 5u);
    EXPECT_EQ(epochs.clock(), 0u);
    EXPECT_EQ(standing_of(Entry{epochs.stamp(), {doctors}}), Standing::unproven);
    trust();
    EXPECT_EQ(standing_of(entry), Standing::rules);
}

TEST_F(Mirror, KnowsTheClockOfEarlierSeconds) {
    const BootTime start = BootClock::now();
    epochs.apply(1, std::array{patients}, {}, start + 10s);
    epochs.apply(2, std::array{patients}, {}, start + 20s);
    EXPECT_EQ(epochs.stamp_at(start + 15s).epoch, 1u);
    EXPECT_EQ(epochs.stamp_at(start + 25s).epoch, 2u);
    EXPECT_EQ(epochs.stamp_at(start - 1s).incarnation, 0u) << "before this mirror began";
}

TEST_F(Mirror, EndsWithTheProcess) {
    trust();
    Entry entry{epochs.stamp(), {patients}};
    epochs.end_trust();
    EXPECT_EQ(standing_of(entry), Standing::ended);
}

}  // namespace
}  // namespace sidecache::epochs
