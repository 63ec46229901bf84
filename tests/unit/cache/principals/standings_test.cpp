#include "cache/principals/standings.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidecache::principals {
namespace {

using namespace std::chrono_literals;
using secret::keyed_digest;

class StandingsTest : public ::testing::Test {
protected:
    const secret::Digest ann = keyed_digest({"ann"});
    const secret::Digest bob = keyed_digest({"bob"});
    const secret::Digest doctor = keyed_digest({"doctor"});
    const SteadyTime now = std::chrono::steady_clock::now();
    Standings standings{100};
};

TEST_F(StandingsTest, KnowNothingOfACredentialAtFirst) {
    const auto standing = standings.of(ann, now);
    EXPECT_EQ(standing.ended_at, 0U);
    EXPECT_FALSE(standing.is_refused);
    EXPECT_FALSE(standing.role);
}

TEST_F(StandingsTest, RememberWhatEndedUntilItsTime) {
    standings.end(ann, 7, now + 60s, now);
    EXPECT_EQ(standings.of(ann, now).ended_at, 7U);
    EXPECT_EQ(standings.of(ann, now + 59s).ended_at, 7U);
    EXPECT_EQ(standings.of(ann, now + 60s).ended_at, 0U);
    EXPECT_EQ(standings.of(bob, now).ended_at, 0U);
    EXPECT_EQ(standings.ended(), 1U);
}

TEST_F(StandingsTest, NeverTakeAnEndBack) {
    standings.end(ann, 7, now + 60s, now);
    standings.end(ann, 5, now + 10s, now);
    EXPECT_EQ(standings.of(ann, now + 30s).ended_at, 7U);
}

TEST_F(StandingsTest, RefuseUntilItsTimeAndForgetTheRole) {
    standings.bind(ann, doctor, now + 60s, now);
    EXPECT_EQ(standings.of(ann, now).role, doctor);
    standings.refuse(ann, now + 30s, now);
    EXPECT_TRUE(standings.of(ann, now + 29s).is_refused);
    EXPECT_FALSE(standings.of(ann, now).role);
    EXPECT_FALSE(standings.of(ann, now + 30s).is_refused);
    EXPECT_FALSE(standings.of(bob, now).is_refused);
}

TEST_F(StandingsTest, ForgetARoleAtItsTimeOrWhenTold) {
    standings.bind(ann, doctor, now + 60s, now);
    standings.bind(bob, doctor, now + 60s, now);
    EXPECT_FALSE(standings.of(ann, now + 60s).role);
    standings.unbind(ann);
    EXPECT_FALSE(standings.of(ann, now).role);
    EXPECT_TRUE(standings.of(bob, now).role);
}

TEST_F(StandingsTest, EndForEverybodyWhoeverTheyAre) {
    standings.bind(bob, doctor, now + 60s, now);
    standings.end(ann, 9, now + 60s, now);
    standings.end_all(7);
    standings.end_all(5);  // never taken back
    EXPECT_FALSE(standings.of(bob, now).role);
    EXPECT_EQ(standings.of(bob, now).ended_at, 7U);
    EXPECT_EQ(standings.of(ann, now).ended_at, 9U);
    EXPECT_EQ(standings.of(ann, now + 60s).ended_at, 7U);
    EXPECT_EQ(standings.of(keyed_digest({"somebody"}), now).ended_at, 7U);
    EXPECT_EQ(Standings(100).of(bob, now).ended_at, 0U);
}

TEST_F(StandingsTest, RefuseEverybodyRatherThanForgetAnEnd) {
    standings.end(ann, 7, now + 60s, now);
    standings.refuse(bob, now + 50s, now);
    for (int i = 0; i < 98; ++i) standings.bind(keyed_digest({std::to_string(i)}), doctor, now + 10s, now);
    EXPECT_FALSE(standings.of(keyed_digest({"somebody"}), now).is_refused);
    standings.bind(keyed_digest({"one too many"}), doctor, now + 10s, now);
    EXPECT_TRUE(standings.of(ann, now).is_refused);
    EXPECT_TRUE(standings.of(keyed_digest({"somebody"}), now + 59s).is_refused);
    EXPECT_FALSE(standings.of(keyed_digest({"somebody"}), now + 60s).is_refused);
}

TEST_F(StandingsTest, DropWhatHasNoMeaningAnyMoreFirst) {
    standings.end(ann, 7, now + 60s, now);
    for (int i = 0; i < 99; ++i) standings.bind(keyed_digest({std::to_string(i)}), doctor, now + 10s, now);
    standings.bind(bob, doctor, now + 100s, now + 10s);
    EXPECT_FALSE(standings.of(keyed_digest({"somebody"}), now + 10s).is_refused);
    EXPECT_EQ(standings.of(ann, now + 10s).ended_at, 7U);
    EXPECT_EQ(standings.of(bob, now + 10s).role, doctor);
}

}  // namespace
}  // namespace sidecache::principals
