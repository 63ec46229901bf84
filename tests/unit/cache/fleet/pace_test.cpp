#include "cache/fleet/pace.hpp"

#include <gtest/gtest.h>

namespace sidecache::fleet {
namespace {

using namespace std::chrono_literals;

std::size_t told(std::size_t count, std::chrono::nanoseconds waited, std::chrono::nanoseconds left) { return told_at_a_time(count, waited, left); }

TEST(Pace, TellsAllAtOnceWhoHaveHardlyWaited) {
    EXPECT_EQ(told(0, 2ms, 4s), 0u);
    EXPECT_EQ(told(1, 2ms, 4s), 1u);
    EXPECT_EQ(told(50, 2ms, 4s), 50u);
    EXPECT_EQ(told(50, 0ms, 4s), 50u);
}

TEST(Pace, TellsNoMoreThanTheirLoopsAnswerMeanwhile) { EXPECT_EQ(told(5'000, 2ms, 4s), 64u); }

TEST(Pace, SpreadsThoseWhoHaveWaitedOverAQuarterOfThat) {
    EXPECT_EQ(told(700, 400ms, 4s), 8u);  // of 100 ms
    EXPECT_EQ(told(700, 900ms, 4s), 4u);  // of 200 ms at most
    EXPECT_EQ(told(3, 900ms, 4s), 1u);
}

TEST(Pace, LetsNobodyMissItsDeadlineForThat) {
    EXPECT_EQ(told(700, 3'980ms, 20ms), 64u);
    EXPECT_EQ(told(700, 4'100ms, -100ms), 64u);
}

}  // namespace
}  // namespace sidecache::fleet
