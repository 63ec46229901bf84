#include "cache/redis/breaker.hpp"

#include <gtest/gtest.h>

namespace sidecache::redis {
namespace {

using namespace std::chrono_literals;

class BreakerTest : public ::testing::Test {
protected:
    void fail(int times) {
        for (int i = 0; i < times; ++i) breaker.note(false, now);
    }
    Breaker::Time now{100s};
    Breaker breaker{{.failures = 3, .pause = 1s}};
};

TEST_F(BreakerTest, LetsAllThroughUntilSomeHaveFailedInARow) {
    fail(2);
    EXPECT_TRUE(breaker.may_try(now));
    breaker.note(true, now);
    fail(2);
    EXPECT_TRUE(breaker.may_try(now));
    fail(1);
    EXPECT_FALSE(breaker.may_try(now));
    EXPECT_EQ(breaker.state(), Breaker::State::open);
}

TEST_F(BreakerTest, LetsOneThroughAfterEachPause) {
    fail(3);
    now += 999ms;
    EXPECT_FALSE(breaker.may_try(now));
    now += 1ms;
    EXPECT_TRUE(breaker.may_try(now));
    EXPECT_FALSE(breaker.may_try(now));
    EXPECT_EQ(breaker.state(), Breaker::State::trying);
    now += 1s;
    EXPECT_TRUE(breaker.may_try(now)) << "nobody said what came of the last one";
}

TEST_F(BreakerTest, IsClosedByOneThatWasGoodAndOpenAgainByOneThatWasNot) {
    fail(3);
    now += 1s;
    ASSERT_TRUE(breaker.may_try(now));
    fail(1);
    EXPECT_FALSE(breaker.may_try(now));
    now += 1s;
    ASSERT_TRUE(breaker.may_try(now));
    breaker.note(true, now);
    EXPECT_EQ(breaker.state(), Breaker::State::closed);
    EXPECT_TRUE(breaker.may_try(now));
    EXPECT_TRUE(breaker.may_try(now));
}

}  // namespace
}  // namespace sidecache::redis
