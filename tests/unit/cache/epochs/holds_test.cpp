// Fills that begin while a hold runs are answered and not reused (CONSISTENCY 1.1, S17, S22).
#include "cache/epochs/epochs.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace sidecache::epochs {
namespace {

using namespace std::chrono_literals;

BootTime at(std::chrono::nanoseconds since_boot) { return BootTime(since_boot); }

class HoldsTest : public ::testing::Test {
protected:
    void hold(Group group, std::chrono::nanoseconds time, BootTime now) { epochs.tick(std::array{group}, time, now); }
    bool is_held(Group group, BootTime begun) const { return epochs.is_held(std::array{group}, begun); }
    Epochs epochs{{.slots = 1024, .holds = 4}, 1};
};
using Hold = HoldsTest;

TEST_F(Hold, IsJudgedByTheStartOfTheFillAndNotByItsEnd) {
    hold(1, 2s, at(100s));
    EXPECT_TRUE(is_held(1, at(101'900ms)));  // it may end at 102.5 s: held all the same
    EXPECT_FALSE(is_held(1, at(102s)));
    EXPECT_FALSE(is_held(1, at(102'500ms)));
}

TEST_F(Hold, CoversFillsThatBeganBeforeIt) {
    hold(1, 2s, at(100s));
    EXPECT_TRUE(is_held(1, at(99s)));
}

TEST_F(Hold, IsOfItsGroupsOnly) {
    hold(1, 60s, at(100s));
    EXPECT_FALSE(is_held(2, at(101s)));
    EXPECT_TRUE(epochs.is_held(std::array<Group, 2>{2, 1}, at(101s)));
}

TEST_F(Hold, IsNotNotedForATickWithoutOne) {
    hold(1, 0s, at(100s));
    EXPECT_FALSE(is_held(1, at(99s)));
}

TEST_F(Hold, IsNeverShortenedByALaterShorterOne) {
    hold(1, 60s, at(100s));
    hold(1, 1s, at(110s));
    EXPECT_TRUE(is_held(1, at(159s)));
    EXPECT_FALSE(is_held(1, at(160s)));
}

TEST_F(Hold, IsLengthenedByALaterLongerOne) {
    hold(1, 1s, at(100s));
    hold(1, 60s, at(100s));
    EXPECT_TRUE(is_held(1, at(159s)));
}

TEST_F(Hold, FallsBackToEverythingOverTheLimit) {
    for (Group group = 1; group <= 4; ++group) hold(group, 60s, at(100s));
    EXPECT_FALSE(is_held(9, at(101s)));
    hold(5, 60s, at(100s));
    EXPECT_TRUE(is_held(5, at(101s)));
    EXPECT_TRUE(is_held(9, at(101s)));
    EXPECT_TRUE(epochs.is_held({}, at(101s)));
    EXPECT_FALSE(is_held(9, at(160s)));
}

TEST_F(Hold, OfMoreGroupsThanTheLimitHoldsEverything) {
    const std::vector<Group> many{1, 2, 3, 4, 5};
    epochs.tick(many, 60s, at(100s));
    EXPECT_TRUE(is_held(9, at(101s)));
}

TEST_F(Hold, MakesRoomWhenItIsOver) {
    for (Group group = 1; group <= 4; ++group) hold(group, 10s, at(100s));
    hold(5, 10s, at(111s));
    EXPECT_TRUE(is_held(5, at(112s)));
    EXPECT_FALSE(is_held(9, at(112s)));
    EXPECT_FALSE(is_held(1, at(112s)));
}

TEST_F(Hold, ThatHasEndedIsStillJudgedByTheStartOfTheFillWhereOthersMadeRoom) {
    for (Group group = 1; group <= 4; ++group) hold(group, 10s, at(100s));
    hold(5, 10s, at(111s));  // makes room
    EXPECT_TRUE(is_held(1, at(109s)));  // its head comes only now
}

TEST_F(Hold, ThatStillRunsIsNotForgottenWhereOthersMakeRoom) {
    hold(1, 60s, at(100s));
    for (Group group = 2; group <= 4; ++group) hold(group, 1s, at(100s));
    hold(5, 60s, at(110s));
    EXPECT_TRUE(is_held(1, at(120s)));
    EXPECT_FALSE(is_held(2, at(120s)));
}

TEST_F(Hold, TellsWhenItEnds) {
    EXPECT_EQ(epochs.held_until(1), BootTime{});
    hold(1, 10s, at(100s));
    EXPECT_EQ(epochs.held_until(1), at(110s));
    EXPECT_EQ(epochs.held_until(2), BootTime{});
}

TEST_F(Hold, OfEverythingTellsWhenItEnds) {
    for (Group group = 1; group <= 4; ++group) hold(group, 10s, at(100s));
    hold(5, 60s, at(100s));  // one too many
    EXPECT_EQ(epochs.held_until(9), at(160s));
}

// `fence: begin`
TEST_F(Hold, ThatIsOpenLastsUntilItIsClosed) {
    const OpenHold first = epochs.open_hold({1, 2}, at(100s));
    const OpenHold second = epochs.open_hold({2}, at(101s));
    EXPECT_EQ(epochs.clock(), 2u);  // each is a tick
    EXPECT_TRUE(is_held(1, at(100'000s)) && is_held(2, at(100'000s)));
    EXPECT_FALSE(is_held(3, at(101s)));
    EXPECT_EQ(epochs.held_until(1), BootTime::max());
    epochs.close_hold(first, at(200s));
    EXPECT_TRUE(is_held(1, at(199s)));  // a fill that began within it
    EXPECT_FALSE(is_held(1, at(200s)));
    EXPECT_TRUE(is_held(2, at(201s)));
    epochs.close_hold(second, at(300s));
    EXPECT_FALSE(is_held(2, at(300s)));
    EXPECT_EQ(epochs.held_until(2), at(300s));
}

TEST_F(Hold, ThatIsOpenAndOverTheLimitHoldsEverythingUntilItIsClosed) {
    const OpenHold noted = epochs.open_hold({1, 2, 3}, at(100s));
    const OpenHold large = epochs.open_hold({4, 5}, at(100s));
    EXPECT_TRUE(is_held(9, at(1'000s)));
    EXPECT_TRUE(epochs.is_held({}, at(1'000s)));
    epochs.close_hold(large, at(200s));
    EXPECT_TRUE(is_held(9, at(199s)));
    EXPECT_FALSE(is_held(9, at(200s)));
    EXPECT_TRUE(is_held(1, at(200s)));
    epochs.close_hold(noted, at(201s));
    EXPECT_FALSE(is_held(1, at(201s)));
}

}  // namespace
}  // namespace sidecache::epochs
