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

BootTime at(std::chrono::nanoseconds since_boot) { return BootTime(since_boot); }

struct Entry {
    Stamp stamp;
    std::vector<Group> groups;
    std::atomic<std::uint64_t> memo{0};
    bool is_reusable(const Epochs& epochs) { return epochs.is_reusable(stamp, groups, memo); }
    void note_refused(const Epochs& epochs) const { epochs.note_refused(stamp, groups); }
};

class EpochsTest : public ::testing::Test {
protected:
    Tick tick(std::initializer_list<Group> groups, std::chrono::nanoseconds hold = {}, BootTime now = at(100s)) {
        const std::vector<Group> list(groups);
        return epochs.tick(list, hold, now);
    }
    Epochs epochs{{.slots = 1024, .holds = 8}, rules};
};
using Reuse = EpochsTest;
using TickOrder = EpochsTest;
using Trust = EpochsTest;
using Rules = EpochsTest;

TEST_F(Reuse, IsGrantedWhileNoGroupOfTheEntryWasInvalidatedSinceItsFillBegan) {
    Entry entry{epochs.stamp(), {patients, doctors}};
    EXPECT_TRUE(entry.is_reusable(epochs));
    tick({13});
    EXPECT_TRUE(entry.is_reusable(epochs));
}

TEST_F(Reuse, EndsWithTheFirstTickOfAnyOfItsGroups) {
    Entry entry{epochs.stamp(), {patients, doctors}};
    tick({doctors});
    EXPECT_FALSE(entry.is_reusable(epochs));
}

TEST_F(Reuse, IsNotGrantedToAFillThatBeganBeforeTheTickHoweverLateItEnds) {
    const Stamp begun = epochs.stamp();
    tick({patients});
    Entry entry{begun, {patients}};
    EXPECT_FALSE(entry.is_reusable(epochs));
}

TEST_F(Reuse, IsGrantedToAFillThatBeganAfterTheTick) {
    tick({patients});
    Entry entry{epochs.stamp(), {patients}};
    EXPECT_TRUE(entry.is_reusable(epochs));
}

TEST_F(Reuse, IsGrantedToAnEntryWithoutGroupsOnlyWithinItsIncarnation) {
    Entry entry{epochs.stamp(), {}};
    EXPECT_TRUE(entry.is_reusable(epochs));
    entry.stamp.incarnation += 1;
    EXPECT_FALSE(entry.is_reusable(epochs));
}

TEST_F(Reuse, IsRefusedByAMemoThatATickOfItsGroupsHasOvertaken) {
    Entry entry{epochs.stamp(), {patients}};
    tick({doctors});
    ASSERT_TRUE(entry.is_reusable(epochs));
    ASSERT_NE(entry.memo.load(), 0u);
    tick({patients});
    EXPECT_FALSE(entry.is_reusable(epochs));
}

TEST_F(Reuse, IsNotComparedAtAllWhereNothingWasInvalidatedSince) {
    tick({patients});
    Entry entry{epochs.stamp(), {patients}};
    EXPECT_TRUE(entry.is_reusable(epochs));
    EXPECT_EQ(entry.memo.load(), 0u);
}

TEST_F(Reuse, IsComparedAgainWhenTheClockMovedOnForOthers) {
    Entry entry{epochs.stamp(), {patients}};
    ASSERT_TRUE(entry.is_reusable(epochs));
    const std::uint64_t first = entry.memo.load();
    tick({doctors});
    EXPECT_TRUE(entry.is_reusable(epochs));
    EXPECT_GT(entry.memo.load(), first);
}

TEST_F(Reuse, NeverTakesAFreshMemoForACompareAtClockZero) {
    // A dead entry before any tick: its memo is 0 and so is the clock, and yet it must be compared.
    tick({patients});
    Entry entry{{0, epochs.stamp().incarnation, rules}, {patients}};
    entry.memo = 0;
    EXPECT_FALSE(entry.is_reusable(epochs));
}

TEST_F(Reuse, CountsWhatItRefused) {
    Entry entry{epochs.stamp(), {patients}};
    tick({patients});
    ASSERT_FALSE(entry.is_reusable(epochs));
    EXPECT_EQ(epochs.counts().refused.load(), 0u);  // looking alone counts nothing
    entry.note_refused(epochs);
    entry.note_refused(epochs);
    EXPECT_EQ(epochs.counts().refused.load(), 2u);
    EXPECT_EQ(epochs.counts().ticks.load(), 1u);
}

TEST_F(Reuse, CountsNothingThatItGrantedOrRefusedForOtherReasons) {
    Entry entry{epochs.stamp(), {patients}};
    entry.note_refused(epochs);
    entry.stamp.incarnation += 1;
    tick({patients});
    entry.note_refused(epochs);
    EXPECT_EQ(epochs.counts().refused.load(), 0u);
}

TEST_F(Reuse, OfGroupsThatShareASlotCostsAMissAndNeverStaleness) {
    Entry entry{epochs.stamp(), {patients}};
    tick({patients + 1024});  // the same slot of 1024
    EXPECT_FALSE(entry.is_reusable(epochs));
}

TEST_F(Reuse, CountsWhatOnlyAnotherGroupOfTheSlotCanHaveEnded) {
    constexpr Group of_the_same_slot = patients + 1024;
    Entry entry{epochs.stamp(), {patients, doctors}};
    tick({of_the_same_slot});
    entry.note_refused(epochs);
    EXPECT_EQ(epochs.counts().refused_by_others.load(), 1u);
    tick({doctors});
    entry.note_refused(epochs);
    EXPECT_EQ(epochs.counts().refused.load(), 2u);
    EXPECT_EQ(epochs.counts().refused_by_others.load(), 1u);
}

TEST_F(EpochsTest, AreSettledWhereNoWriteIsUnderWayAndNothingIsHeld) {
    const auto is_settled = [this](Group group, BootTime now = at(100s)) { return epochs.is_settled({&group, 1}, now); };
    EXPECT_TRUE(is_settled(patients));
    const policy::Groups groups{patients};
    epochs.begin_write(groups);
    epochs.begin_write(groups);
    EXPECT_FALSE(is_settled(patients));
    EXPECT_TRUE(is_settled(doctors));
    epochs.end_write(groups);
    EXPECT_FALSE(is_settled(patients));
    tick({patients}, 5s);
    epochs.end_write(groups);
    EXPECT_FALSE(is_settled(patients, at(104s)));
    EXPECT_TRUE(is_settled(patients, at(105s)));
    EXPECT_TRUE(is_settled(doctors));
}

TEST_F(TickOrder, IsOneStepOfTheClock) {
    EXPECT_EQ(tick({patients}).now, 1u);
    EXPECT_EQ(tick({patients, doctors}).now, 2u);
    EXPECT_EQ(epochs.clock(), 2u);
    EXPECT_EQ(epochs.stamp().epoch, 2u);
}

TEST_F(TickOrder, TellsTheGreatestTickOfItsGroupsBeforeIt) {
    EXPECT_EQ(tick({patients}).previous, 0u);
    tick({doctors});
    EXPECT_EQ(tick({patients, doctors}).previous, 2u);
    EXPECT_EQ(tick({patients, patients}).previous, 3u);
}

// CONSISTENCY 1.1 write-through: what is stored of a write's answer belongs to other groups than the write names.
TEST_F(TickOrder, TellsOfTheWatchedGroupsWhatTheirSlotsWereBeforeIt) {
    const std::vector<Group> named{patients, 13};
    const std::vector<Group> watched{patients, doctors};
    tick({13});
    EXPECT_EQ(epochs.tick_watching(named, watched, {}, at(100s)).previous, 0u);
    tick({doctors});
    EXPECT_EQ(epochs.tick_watching(named, watched, {}, at(100s)).previous, 3u);
    EXPECT_EQ(epochs.tick_watching(named, watched, {}, at(100s)).previous, 4u);
    Entry entry{{2, epochs.stamp().incarnation, rules}, {patients}};
    EXPECT_FALSE(entry.is_reusable(epochs));  // it ticks what it names all the same
}

TEST_F(TickOrder, MovesTheClockEvenWithoutGroups) {
    EXPECT_EQ(tick({}).now, 1u);
    EXPECT_EQ(epochs.clock(), 1u);
}

TEST_F(Trust, EndsForEverythingAtOnce) {
    Entry entry{epochs.stamp(), {patients}};
    ASSERT_TRUE(entry.is_reusable(epochs));
    epochs.end_trust();
    EXPECT_FALSE(entry.is_reusable(epochs));
    Entry later{epochs.stamp(), {patients}};
    EXPECT_FALSE(later.is_reusable(epochs));
}

TEST_F(Rules, ThatAreNewMakeOldEntriesValidatorsOnly) {
    tick({doctors});
    Entry entry{epochs.stamp(), {patients}};
    ASSERT_TRUE(entry.is_reusable(epochs));
    epochs.adopt_rules(rules + 1);
    EXPECT_FALSE(entry.is_reusable(epochs));
    Entry fresh{epochs.stamp(), {patients}};
    EXPECT_EQ(fresh.stamp.rules, rules + 1);
    EXPECT_TRUE(fresh.is_reusable(epochs));
}

TEST_F(Rules, ThatComeBackDoNotBringOldEntriesBack) {
    Entry entry{epochs.stamp(), {patients}};
    epochs.adopt_rules(rules + 1);
    epochs.adopt_rules(rules);
    EXPECT_FALSE(entry.is_reusable(epochs));
}

TEST_F(Rules, ThatAreTheSameKeepWhatIsStored) {
    Entry entry{epochs.stamp(), {patients}};
    epochs.adopt_rules(rules);
    EXPECT_TRUE(entry.is_reusable(epochs));
}

TEST_F(Rules, MayChangeManyTimesWhileAStampOfTheFirstIsStillHeld) {
    Entry entry{epochs.stamp(), {patients}};
    for (std::uint64_t i = 1; i <= 20; ++i) epochs.adopt_rules(rules + i);
    EXPECT_FALSE(entry.is_reusable(epochs));
    EXPECT_EQ(tick({patients}).now, 1u);
}

TEST_F(Rules, GiveTheirTablesBackOnceNobodyCanLookAtThem) {
    epochs.adopt_rules(rules + 1, at(100s));
    epochs.adopt_rules(rules + 2, at(130s));
    epochs.forget_old(at(155s));
    EXPECT_EQ(epochs.tables(), 3u);
    epochs.forget_old(at(165s));
    EXPECT_EQ(epochs.tables(), 2u);
    epochs.forget_old(at(1'000s));
    EXPECT_EQ(epochs.tables(), 1u);
    Entry entry{epochs.stamp(), {patients}};
    EXPECT_TRUE(entry.is_reusable(epochs));
    for (std::uint64_t i = 3; i <= 50; ++i) epochs.adopt_rules(rules + i, at(2'000s));
    EXPECT_EQ(epochs.tables(), Epochs::most_tables);  // all at once
}

TEST_F(Rules, KeepTheHoldsThatRun) {
    tick({patients}, 60s, at(100s));
    epochs.adopt_rules(rules + 1);
    EXPECT_TRUE(epochs.is_held(std::array{patients}, at(130s)));
}

TEST_F(Reuse, IsExplainedWithoutBeingCounted) {
    Entry entry{epochs.stamp(), {patients, doctors}};
    EXPECT_EQ(epochs.standing_of(entry.stamp, entry.groups), Standing::trusted);
    EXPECT_EQ(epochs.last_tick(doctors), 0u);
    tick({doctors});
    EXPECT_EQ(epochs.standing_of(entry.stamp, entry.groups), Standing::invalidated);
    EXPECT_EQ(epochs.last_tick(doctors), 1u);
    EXPECT_EQ(epochs.last_tick(patients), 0u);
    EXPECT_EQ(epochs.counts().refused.load(), 0u);
    epochs.adopt_rules(rules + 1);
    EXPECT_EQ(epochs.standing_of(entry.stamp, entry.groups), Standing::rules);
    epochs.adopt_rules(rules);
    EXPECT_EQ(epochs.standing_of(entry.stamp, entry.groups), Standing::incarnation);
    epochs.end_trust();
    EXPECT_EQ(epochs.standing_of(entry.stamp, entry.groups), Standing::ended);
}

// CONSISTENCY S21: a row moved 3 -> 4 and 4 -> 5 by two writes that both read "3" in what is stored.
TEST_F(EpochsTest, AnOldValueCountsForTheFirstWriteAndNoMoreForTheSecond) {
    constexpr Group row = 1, list3 = 3, wide = 99;
    const std::array<Group, 1> of_row{row}, if_good{list3}, otherwise{wide};
    const OldValue old{epochs.stamp(), of_row, if_good, otherwise, {}};
    const Tick first = epochs.tick_watching(of_row, of_row, {}, at(100s), &old);
    EXPECT_TRUE(first.was_good);
    EXPECT_EQ(epochs.last_tick(list3), first.now);
    EXPECT_EQ(epochs.last_tick(wide), 0u);
    const Tick second = epochs.tick_watching(of_row, of_row, {}, at(100s), &old);
    EXPECT_FALSE(second.was_good);
    EXPECT_EQ(epochs.last_tick(list3), first.now);
    EXPECT_EQ(epochs.last_tick(wide), second.now);
}

TEST_F(EpochsTest, AnOldValueOfEarlierRulesDoesNotCount) {
    const std::array<Group, 1> of_row{1}, if_good{3}, otherwise{99};
    const OldValue old{epochs.stamp(), of_row, if_good, otherwise, {}};
    epochs.adopt_rules(rules + 1, at(100s));
    EXPECT_FALSE(epochs.tick_watching(of_row, of_row, {}, at(101s), &old).was_good);
}

// Moved 3 -> 4 and 4 -> 5, and the second is answered first: that the row had left 4, only the first would tell.
TEST_F(EpochsTest, AnOldValueDoesNotCountWhileAnotherWriteOfTheRowIsUnderWay) {
    constexpr Group row = 1, list3 = 3, wide = 99;
    const std::array<Group, 1> if_good{list3}, otherwise{wide};
    const policy::Groups of_row{row};
    const std::span<const Group> span_of_row(of_row.data(), of_row.size());
    const OldValue old{epochs.stamp(), span_of_row, if_good, otherwise, span_of_row};
    epochs.begin_write(of_row);
    epochs.begin_write(of_row);
    EXPECT_FALSE(epochs.tick_watching({}, {}, {}, at(100s), &old).was_good);
    epochs.end_write(of_row);
    EXPECT_TRUE(epochs.tick_watching({}, {}, {}, at(100s), &old).was_good);
    epochs.end_write(of_row);
    epochs.begin_write({2});
    EXPECT_TRUE(epochs.tick_watching({}, {}, {}, at(100s), &old).was_good);
    epochs.end_write({2});
}

// CONSISTENCY S27
TEST(Softening, CountsForWhatWasAskedForBeforeAndMovesNoClock) {
    Epochs epochs({.slots = 1 << 10}, 1);
    const BootTime begun = BootTime(std::chrono::seconds(100));
    const std::array<Group, 2> groups{7, 8};
    const std::array<Group, 1> other{9};
    const BootTime later = begun + std::chrono::seconds(10);
    EXPECT_EQ(epochs.softened_for(groups, begun, later), std::nullopt);
    epochs.soften(std::array<Group, 1>{8}, begun + std::chrono::seconds(4));
    EXPECT_EQ(epochs.softened_for(groups, begun, later), std::chrono::seconds(6));
    EXPECT_EQ(epochs.softened_for(other, begun, later), std::nullopt);
    EXPECT_EQ(epochs.softened_for(groups, begun + std::chrono::seconds(5), later), std::nullopt);
    epochs.soften(groups, begun + std::chrono::seconds(8));  // stale since the first time that counts for it
    EXPECT_EQ(epochs.softened_for(groups, begun + std::chrono::seconds(5), later), std::chrono::seconds(2));
    EXPECT_EQ(epochs.clock(), 0u);
    std::atomic<std::uint64_t> memo{0};
    EXPECT_TRUE(epochs.is_reusable(epochs.stamp(), groups, memo));
}

}  // namespace
}  // namespace sidecache::epochs
