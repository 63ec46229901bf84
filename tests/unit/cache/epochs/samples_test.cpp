// The clock as it stood some time ago: for answers that come out of another cache, which say by Age how old they are (S23).
#include "cache/epochs/epochs.hpp"

#include <gtest/gtest.h>

#include <array>

namespace sidecache::epochs {
namespace {

using namespace std::chrono_literals;

BootTime at(std::chrono::nanoseconds since_boot) { return BootTime(since_boot); }

class SamplesTest : public ::testing::Test {
protected:
    void tick(BootTime now) { epochs.tick(std::array<Group, 1>{5}, {}, now); }
    std::uint64_t epoch_at(BootTime time) const { return epochs.stamp_at(time).epoch; }
    Epochs epochs{{.slots = 1024}, 1};
};
using ClockThen = SamplesTest;

TEST_F(ClockThen, IsTheClockOfNowWhereNothingTickedSince) {
    EXPECT_EQ(epoch_at(at(100s)), 0u);
    tick(at(100s));
    EXPECT_EQ(epoch_at(at(101s)), 1u);
    EXPECT_EQ(epoch_at(at(500s)), 1u);
}

TEST_F(ClockThen, IsNeverLaterThanTheClockAtThatInstant) {
    tick(at(100'200ms));
    tick(at(100'800ms));
    tick(at(103'500ms));
    // Within a second that ticked: as at its start.
    EXPECT_EQ(epoch_at(at(100'500ms)), 0u);
    EXPECT_EQ(epoch_at(at(100'900ms)), 0u);
    EXPECT_EQ(epoch_at(at(101s)), 2u);
    EXPECT_EQ(epoch_at(at(102'999ms)), 2u);
    EXPECT_EQ(epoch_at(at(103'900ms)), 2u);
    EXPECT_EQ(epoch_at(at(104s)), 3u);
}

TEST_F(ClockThen, IsZeroOnceItIsOlderThanTheSamples) {
    for (int i = 0; i < 300; ++i) tick(at(std::chrono::seconds(1000 + i)));
    EXPECT_EQ(epoch_at(at(1299s)), 299u);
    EXPECT_EQ(epoch_at(at(1100s)), 100u);
    EXPECT_EQ(epoch_at(at(1043s)), 0u);
    EXPECT_EQ(epoch_at(at(-5s)), 0u);
}

TEST_F(ClockThen, SurvivesALongSilence) {
    tick(at(100s));
    tick(at(100'000s));
    EXPECT_EQ(epoch_at(at(99'999s)), 1u);
    EXPECT_EQ(epoch_at(at(100'000s)), 1u);
    EXPECT_EQ(epoch_at(at(100'001s)), 2u);
    EXPECT_EQ(epoch_at(at(150s)), 0u);
}

TEST_F(ClockThen, TakesATimeThatGoesBackForTheOlderClock) {
    tick(at(100s));
    tick(at(99s));  // two threads: who read its time first came second
    EXPECT_LE(epoch_at(at(100s)), 1u);
    EXPECT_LE(epoch_at(at(99s)), 1u);
    EXPECT_EQ(epoch_at(at(101s)), 2u);
}

TEST_F(ClockThen, MakesAnAnswerWithAgeDieWithATickBetween) {
    std::atomic<std::uint64_t> memo{0};
    const std::array<Group, 1> groups{5};
    tick(at(100s));
    // Fetched at 102 s with Age: 10, so made at 92 s.
    const Stamp old = epochs.stamp_at(at(102s) - 10s - 2s);
    EXPECT_FALSE(epochs.is_reusable(old, groups, memo));
    const Stamp young = epochs.stamp_at(at(110s) - 1s - 2s);
    EXPECT_TRUE(epochs.is_reusable(young, groups, memo));
}

TEST_F(ClockThen, BelongsToTheIncarnationThatStands) {
    tick(at(100s));
    epochs.adopt_rules(2, at(101s));
    EXPECT_EQ(epoch_at(at(100s)), 0u);
    tick(at(105s));
    EXPECT_EQ(epoch_at(at(104s)), 0u);
    EXPECT_EQ(epoch_at(at(106s)), 1u);
    EXPECT_EQ(epochs.stamp_at(at(106s)).incarnation, epochs.stamp().incarnation);
}

TEST_F(ClockThen, IsUnknownBeforeTheLastChangeOfRules) {
    epochs.adopt_rules(2, at(100s));
    EXPECT_EQ(epochs.stamp_at(at(99s)).incarnation, 0u);
    EXPECT_EQ(epochs.stamp_at(at(101s)).incarnation, epochs.stamp().incarnation);
}

}  // namespace
}  // namespace sidecache::epochs
