#include "cache/fleet/member.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sidecache::fleet {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

constexpr NodeId self = 1, other = 2;
constexpr std::uint64_t rules = 3;
constexpr Incarnation present = 7;

BootTime at(std::chrono::nanoseconds time) { return BootTime(time); }

class MemberTest : public ::testing::Test {
protected:
    MemberTest() {
        member.adopt(present, parameters(), at(100s));
        member.note_table(0);
    }
    static Parameters parameters() {
        Parameters parameters;
        parameters.lease = 2s;
        parameters.rate_error = 1e-3;
        parameters.margin = 50ms;
        return parameters;
    }
    Turn turn_at(std::chrono::nanoseconds time) {
        Turn turn;
        member.fill(turn, at(time));
        return turn;
    }
    Answer answer_of(Clock clock, std::vector<Seen> members = {}) {
        Answer answer;
        answer.state = Answer::State::kept;
        answer.incarnation = present;
        answer.clock = clock;
        answer.is_member = true;
        answer.members = std::move(members);
        return answer;
    }
    void probe(std::chrono::nanoseconds sent, Clock clock, std::chrono::nanoseconds answered) {
        const Turn turn = turn_at(sent);
        member.note_answer(turn, answer_of(clock), at(sent), at(answered));
    }

    Member member{self, rules, parameters()};
};
using Trust = MemberTest;
using Removing = MemberTest;
using Stream = MemberTest;

TEST_F(Trust, LastsALeaseLessTheRateErrorAndTheMarginFromBeforeTheProbeWasSent) {
    probe(200s, 0, 201s);
    EXPECT_EQ(member.trust_end(), at(200s + 1998ms - 50ms));
}

TEST_F(Trust, BeginsOnceTheClockOfTheProbeIsApplied) {
    probe(200s, 2, 200s + 1ms);
    EXPECT_EQ(member.trust_end(), BootTime{});
    member.note_applied(1);
    EXPECT_EQ(member.trust_end(), BootTime{});
    member.note_applied(2);
    EXPECT_EQ(member.trust_end(), at(200s + 1948ms));
}

TEST_F(Trust, IsNotAskedForAgainWhileTheClockOfTheLastProbeIsNotApplied) {
    probe(200s, 2, 200s + 1ms);
    EXPECT_FALSE(turn_at(201s).is_probe);
    member.note_applied(2);
    EXPECT_TRUE(turn_at(201s).is_probe);
}

TEST_F(Trust, EndsWithTheMirrorWithTheIncarnationAndWithTheProcess) {
    probe(200s, 0, 200s);
    member.lose_mirror();
    EXPECT_EQ(member.trust_end(), BootTime{});
    member.note_table(0);
    probe(201s, 0, 201s);
    EXPECT_GT(member.trust_end(), at(201s));
    member.adopt(present + 1, parameters(), at(202s));
    EXPECT_EQ(member.trust_end(), BootTime{});

    Member stopping(self, rules, parameters());
    stopping.adopt(present, parameters(), at(100s));
    stopping.note_table(0);
    stopping.end_trust();
    Turn turn;
    stopping.fill(turn, at(200s));
    EXPECT_TRUE(turn.is_probe) << "its writes are not done: it stays a member";
    stopping.note_answer(turn, answer_of(0), at(200s), at(200s));
    EXPECT_EQ(stopping.trust_end(), BootTime{});
}

TEST_F(Trust, ComesFromNoAnswerOfAnotherIncarnation) {
    const Turn turn = turn_at(200s);
    member.adopt(present + 1, parameters(), at(200s));
    member.note_table(0);
    member.note_answer(turn, answer_of(0), at(200s), at(200s));
    EXPECT_EQ(member.trust_end(), BootTime{});
}

TEST_F(Trust, IsNoneWithoutTheTable) {
    Member joining(self, rules, parameters());
    joining.adopt(present, parameters(), at(100s));
    EXPECT_FALSE(joining.may_probe());
    Turn turn;
    joining.fill(turn, at(100s));
    EXPECT_FALSE(turn.is_probe);
}

TEST_F(Removing, TakesALeaseSinceTheGrantWasSeen) {
    member.note_answer(turn_at(200s), answer_of(0, {{self, 1}, {other, 5}}), at(200s), at(200s));
    EXPECT_THAT(turn_at(202s + 51ms).removals, IsEmpty());
    const Turn turn = turn_at(202s + 52ms);
    ASSERT_EQ(turn.removals.size(), 1u) << "L (1 + rho) + m";
    EXPECT_EQ(turn.removals[0].node, other);
    EXPECT_EQ(turn.removals[0].grant, 5u);
}

TEST_F(Removing, BeginsAnewWithEachGrant) {
    member.note_answer(turn_at(200s), answer_of(0, {{other, 5}}), at(200s), at(200s));
    member.note_answer(turn_at(201s), answer_of(0, {{other, 6}}), at(201s), at(201s));
    EXPECT_THAT(turn_at(203s).removals, IsEmpty());
    EXPECT_EQ(turn_at(204s).removals.size(), 1u);
}

TEST_F(Removing, ForgetsWhoIsGone) {
    member.note_answer(turn_at(200s), answer_of(0, {{other, 5}}), at(200s), at(200s));
    EXPECT_EQ(member.members(), 2u);
    member.note_answer(turn_at(201s), answer_of(0), at(201s), at(201s));
    EXPECT_THAT(turn_at(210s).removals, IsEmpty());
    EXPECT_EQ(member.members(), 1u);
}

TEST_F(Removing, NeverNamesItself) {
    member.note_answer(turn_at(200s), answer_of(0, {{self, 1}}), at(200s), at(200s));
    EXPECT_THAT(turn_at(300s).removals, IsEmpty());
}

TEST_F(MemberTest, SettlesAnIncarnationOnceALeaseHasPassedSinceItAdoptedIt) {
    EXPECT_FALSE(turn_at(102s + 51ms).settles);
    EXPECT_TRUE(turn_at(102s + 52ms).settles);
    Answer answer = answer_of(0);
    answer.is_settled = true;
    member.note_answer(turn_at(103s), answer, at(103s), at(103s));
    EXPECT_TRUE(member.is_settled());
    EXPECT_FALSE(turn_at(104s).settles) << "it is settled";
}

TEST_F(MemberTest, TakesATurnFourTimesInALease) {
    turn_at(200s);
    EXPECT_EQ(member.turn_due(), at(200s + 500ms));
}

TEST_F(Stream, IsReadInOrderAndAGapIsSeen) {
    EXPECT_EQ(member.assess_message(1), Member::Message::next);
    member.note_applied(1);
    EXPECT_EQ(member.assess_message(1), Member::Message::known);
    EXPECT_EQ(member.assess_message(3), Member::Message::gap);
    EXPECT_EQ(member.applied(), 1u);
}

TEST_F(Stream, AloneMovesTheMirror) {
    probe(200s, 8, 200s);
    EXPECT_EQ(member.applied(), 0u);
    EXPECT_EQ(turn_at(201s).applied, 0u);
}

TEST_F(Stream, IsAcknowledgedNoFurtherThanItWasApplied) {
    member.note_applied(1);
    EXPECT_EQ(turn_at(200s).applied, 1u);
    member.lose_mirror();
    EXPECT_EQ(turn_at(200s).applied, 0u) << "what is in the table is not known";
}

}  // namespace
}  // namespace sidecache::fleet
