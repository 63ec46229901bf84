#include "proxy/query/expiry.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace sidecache::query {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr TimeUnit seconds{true, false};
constexpr TimeUnit milliseconds{false, false};
constexpr TimeUnit seconds_since_1970{true, true};
constexpr TimeUnit milliseconds_since_1970{false, true};
constexpr Time now{1'700'000'000'250ms + 999us};
constexpr Time last{std::chrono::milliseconds(9'223'372'036'853)};  // of what this clock can count, but one

TEST(AnExpiry, IsCountedFromNowOrFrom1970InSecondsOrMilliseconds) {
    EXPECT_EQ(expiry_of(10, seconds, now), Time(1'700'000'010'251ms));  // never less than was asked for
    EXPECT_EQ(expiry_of(10, milliseconds, now), Time(1'700'000'000'261ms));
    EXPECT_EQ(expiry_of(10, seconds_since_1970, now), Time(10s));
    EXPECT_EQ(expiry_of(10, milliseconds_since_1970, now), Time(10ms));
    EXPECT_LE(expiry_of(0, seconds, now), now);  // over at once
    EXPECT_EQ(expiry_of(-10, seconds, now), Time(1'699'999'990'250ms));
    EXPECT_EQ(expiry_of(-10, milliseconds_since_1970, now), Time(-10ms));
}

TEST(AnExpiry, ThatRedisCannotCountIsNone) {
    EXPECT_EQ(expiry_of(most / 1000 + 1, seconds_since_1970, now), std::nullopt);
    EXPECT_EQ(expiry_of(most, seconds_since_1970, now), std::nullopt);
    EXPECT_EQ(expiry_of(least / 1000 - 1, seconds_since_1970, now), std::nullopt);
    EXPECT_EQ(expiry_of(least, seconds, now), std::nullopt);
    EXPECT_EQ(expiry_of(most / 1000, seconds, now), std::nullopt);
    EXPECT_EQ(expiry_of(most, milliseconds, now), std::nullopt);
    EXPECT_EQ(expiry_of(most - milliseconds_of(now) + 1, milliseconds, now), std::nullopt);
}

TEST(AnExpiry, AfterTheEndOfThisClockIsItsLastMomentButNotNever) {
    EXPECT_EQ(expiry_of(most, milliseconds_since_1970, now), last);
    EXPECT_EQ(expiry_of(most / 1000, seconds_since_1970, now), last);
    EXPECT_EQ(expiry_of(most - begun_milliseconds_of(now), milliseconds, now), last);
    EXPECT_EQ(expiry_of(9'223'372'037, seconds_since_1970, now), last);
    EXPECT_EQ(expiry_of(milliseconds_of(last), milliseconds_since_1970, now), last);
    EXPECT_EQ(expiry_of(milliseconds_of(last) - 1, milliseconds_since_1970, now), last - 1ms);
    EXPECT_LT(last, keyspace::never);
}

TEST(AnExpiry, BeforeTheBeginningOfThisClockIsItsFirstMoment) {
    const Time first{std::chrono::milliseconds(-9'223'372'036'854)};
    EXPECT_EQ(expiry_of(least, milliseconds_since_1970, now), first);
    EXPECT_EQ(expiry_of(least, milliseconds, now), first);
    EXPECT_EQ(expiry_of(least / 1000, seconds, now), first);
    EXPECT_GT(first, Time::min());
}

TEST(ATime, IsToldInMillisecondsThatHavePassed) {
    EXPECT_EQ(milliseconds_of(now), 1'700'000'000'250);
    EXPECT_EQ(milliseconds_of(Time(-1ns)), -1);
    EXPECT_EQ(milliseconds_of(time_of(1'234)), 1'234);
}

}  // namespace
}  // namespace sidecache::query
