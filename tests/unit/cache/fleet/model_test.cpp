// The protocol of a fleet in every order of its steps. With a rule switched off (docs/consistency.md) the first of these fails, or those of another incarnation do.
#include "tests/unit/cache/fleet/fleet_model.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace sidecache::fleet::model {
namespace {

void expect_safe(const Faults& faults) {
    FleetModel model(faults);
    EXPECT_TRUE(model.is_safe());
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    ASSERT_TRUE(model.has_seen_all()) << model.states() << " states";
#endif
    if (!model.has_seen_all()) return;
    EXPECT_TRUE(model.happened().was_answered);
    EXPECT_TRUE(model.happened().were_reused);
    EXPECT_EQ(model.happened().was_removed, faults.writer_dies || faults.writer_leaves);
    EXPECT_EQ(model.happened().has_left, faults.reader_leaves);
    EXPECT_EQ(model.happened().was_behind, faults.is_trimmed);
    EXPECT_EQ(model.happened().has_failed_over, faults.fails_over);
    EXPECT_EQ(model.happened().was_ticked_again, faults.lost_answers > 0);
    ::testing::Test::RecordProperty("states", static_cast<int>(model.states()));
}

void expect_stale(const Faults& faults, std::string_view why) {
    FleetModel model(faults);
    const bool is_safe = model.is_safe();
    if (is_safe && !model.has_seen_all()) return;  // under a sanitizer not all is looked at
    EXPECT_FALSE(is_safe) << why;
}

TEST(FleetModel, ReadsNothingStaleAfterAnAnsweredWriteInAnyOrderOfSteps) { expect_safe({}); }

TEST(FleetModel, ReadsNothingStaleThatComesBackFromRedis) { expect_safe({.is_tiered = true}); }

TEST(FleetModel, ReadsNothingStaleWhereMessagesAreTrimmedBeforeTheyAreRead) { expect_safe({.lease = 1, .is_trimmed = true}); }

TEST(FleetModel, ReadsNothingThatTheWriteOfARemovedNodeMayHaveReplaced) { expect_safe({.lease = 1, .writer_dies = true}); }

TEST(FleetModel, ReadsNothingStaleWhereRedisForgetsEverything) { expect_safe({.lease = 1, .is_flushed = true}); }

TEST(FleetModel, ReadsNothingStaleWhereRedisGoesBackToWhatItWas) { expect_safe({.lease = 1, .is_restored = true}); }

TEST(FleetModel, ReadsNothingStaleWhereAReplicaTakesOverAndTheOldMasterLivesOn) { expect_safe({.lease = 1, .fails_over = true}); }

TEST(FleetModel, ReadsNothingStaleWhereAnswersOfTurnsAreLost) { expect_safe({.lease = 1, .lost_answers = 1}); }

TEST(FleetModel, ReadsNothingStaleWhereNodesJoinAtAnyStepAndTheWriterLeaves) { expect_safe({.lease = 1, .nodes_join = true, .writer_leaves = true}); }

TEST(FleetModel, ReadsNothingStaleWhereANodeLeavesAtAnyStepAndAnotherOneComes) { expect_safe({.lease = 1, .reader_leaves = true}); }

TEST(FleetModel, ReadsNothingThatTheWriteOfANodeThatLeftMayHaveReplaced) { expect_safe({.lease = 1, .writer_leaves = true}); }

TEST(FleetModel, ReadsNothingStaleWhereAClockStopsAndReadsAreProven) { expect_safe({.lease = 1, .clock_stops = true, .verifies = true}); }

TEST(FleetModel, ReadsNothingStaleALeaseAfterTheTickOfAWriteThatWaitsForNobody) { expect_safe({.is_bounded = true}); }

TEST(FleetModel, NeedsTheEndOfTrustWhereWritesWaitForNobody) {
    expect_stale({.is_bounded = true, .ignores_trust_end = true}, "who is cut off serves for ever");
}

TEST(FleetModel, NeedsClocksThatGoOnWhereReadsAreTrustedByTime) { expect_stale({.lease = 1, .clock_stops = true}, "the reader trusts as long as its clock stands"); }

TEST(FleetModel, NeedsProofsWhereAClockStops) {
    expect_stale({.lease = 1, .clock_stops = true, .verifies = true, .ignores_proofs = true}, "nobody waits for the reader to hear of a tick");
}

TEST(FleetModel, NeedsTheHoldOfARemovedNodesWrites) {
    expect_stale({.lease = 1, .writer_dies = true, .ignores_holds = true}, "the origin may commit after the removal");
}

TEST(FleetModel, NeedsAnotherIncarnationWhereRedisGoesBackToWhatItWas) {
    expect_stale({.lease = 1, .is_restored = true, .ignores_history = true}, "what was ticked since is gone, and its numbers come again");
}

TEST(FleetModel, NeedsTheReplicaToHoldATurnBeforeItCounts) {
    expect_stale({.lease = 1, .fails_over = true, .counts_what_is_not_held = true}, "the old master goes on to give trust");
}

}  // namespace
}  // namespace sidecache::fleet::model
