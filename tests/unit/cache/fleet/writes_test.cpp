#include "cache/fleet/writes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace sidecache::fleet {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr policy::Group patients = 11, doctors = 12, lists = 13;
constexpr Incarnation present = 7;

class WritesTest : public ::testing::Test {
protected:
    Turn next(std::size_t limit = 100) {
        Turn turn;
        turn.incarnation = present;
        writes.fill(turn, limit);
        return turn;
    }
    // The fleet's answer, whose clock goes on by one for each tick.
    Writes::Events answer(const Turn& turn, bool took_intents = true) {
        Answer answer;
        answer.state = Answer::State::kept;
        answer.took_intents = took_intents;
        for (std::size_t i = 0; i < turn.ticks.size(); ++i) answer.ticks.push_back({++clock, 0, false});
        Writes::Events events;
        writes.note_answer(turn, answer, events);
        return events;
    }
    Writes::Events hear(Clock floor, bool is_settled = true, Clock applied = 0) {
        Writes::Events events;
        writes.note_heard(floor, applied, is_settled, events);
        return events;
    }
    void begin(WriteId write) { writes.begin({write, {patients}, 1s, 0}); }
    static Tick tick_of(WriteId write, bool is_last = true) {
        Tick tick;
        tick.write = write;
        tick.groups = {patients};
        tick.is_last = is_last;
        return tick;
    }
    // Begun, as far as the fleet knows.
    void announce(WriteId write) {
        begin(write);
        answer(next());
    }

    Writes writes{Writes::Mode::strict};
    Clock clock = 0;
};
using Strict = WritesTest;

MATCHER_P(HasBegun, write, "") { return arg.write == static_cast<WriteId>(write) && arg.reached == Writes::Reached::begun; }
MATCHER_P2(HasTicked, write, now, "") {
    return arg.write == static_cast<WriteId>(write) && arg.reached == Writes::Reached::ticked && arg.ticked.now == static_cast<Clock>(now);
}

TEST_F(Strict, IsForwardedOnceItsIntentStands) {
    EXPECT_FALSE(writes.has_something_to_say(true));
    begin(1);
    EXPECT_TRUE(writes.has_something_to_say(true));
    EXPECT_FALSE(writes.has_something_to_say(false)) << "where intents are not taken a turn is not asked for";
    const Turn turn = next();
    ASSERT_EQ(turn.intents.size(), 1u);
    EXPECT_EQ(turn.intents[0].write, 1u);
    EXPECT_THAT(turn.intents[0].groups, ElementsAre(patients));
    EXPECT_THAT(answer(turn), ElementsAre(HasBegun(1)));
    EXPECT_FALSE(writes.has_something_to_say(true));
}

TEST_F(Strict, AsksAgainWhereTheFleetDoesNotTakeIntentsYet) {
    begin(1);
    EXPECT_THAT(answer(next(), false), IsEmpty());
    EXPECT_THAT(answer(next()), ElementsAre(HasBegun(1)));
}

TEST_F(Strict, IsAnsweredOnceAllHaveHeardOfItsTick) {
    announce(1);
    writes.tick(tick_of(1));
    const Turn turn = next();
    EXPECT_THAT(answer(turn), IsEmpty());
    EXPECT_THAT(hear(0), IsEmpty());
    EXPECT_THAT(hear(1), ElementsAre(HasTicked(1, 1)));
    EXPECT_EQ(writes.size(), 0u);
}

TEST_F(Strict, IsNotAnsweredBeforeTheIncarnationIsSettled) {
    announce(1);
    writes.tick(tick_of(1));
    answer(next());
    EXPECT_THAT(hear(1, false), IsEmpty());
    EXPECT_THAT(hear(1, true), ElementsAre(HasTicked(1, 1)));
}

TEST_F(Strict, TicksMoreThanOnceUnderOneIntentOneAfterTheOther) {
    announce(1);
    writes.tick(tick_of(1, false));
    const Turn first = next();
    Tick second = tick_of(1);
    second.groups = {doctors};
    writes.tick(second);
    EXPECT_THAT(next().ticks, IsEmpty()) << "the first is not heard of yet";
    answer(first);
    EXPECT_THAT(next().ticks, IsEmpty());
    EXPECT_THAT(hear(1), ElementsAre(HasTicked(1, 1)));
    EXPECT_EQ(writes.size(), 1u);
    const Turn last = next();
    ASSERT_EQ(last.ticks.size(), 1u);
    EXPECT_THAT(last.ticks[0].groups, ElementsAre(doctors));
    answer(last);
    EXPECT_THAT(hear(1), IsEmpty()) << "what the first has reached";
    EXPECT_THAT(hear(2), ElementsAre(HasTicked(1, 2)));
    EXPECT_EQ(writes.size(), 0u);
}

TEST_F(Strict, TellsWithTheLastTickThatItIsOver) {
    announce(1);
    writes.tick(tick_of(1, false));
    writes.tick(tick_of(1));
    answer(next());
    const Writes::Events begun = hear(1);
    ASSERT_EQ(begun.size(), 1u);
    EXPECT_FALSE(begun[0].is_over);
    answer(next());
    const Writes::Events ended = hear(2);
    ASSERT_EQ(ended.size(), 1u);
    EXPECT_TRUE(ended[0].is_over);
}

TEST_F(Strict, TicksThoughItWasWithdrawnOrIsOver) {
    announce(1);
    writes.withdraw(1);
    const Turn back = next();
    ASSERT_THAT(back.withdrawn, ElementsAre(1u));
    writes.tick(tick_of(1));
    answer(back);
    answer(next());
    EXPECT_THAT(hear(1), ElementsAre(HasTicked(1, 1)));
    writes.tick(tick_of(1));
    answer(next());
    EXPECT_THAT(hear(2), ElementsAre(HasTicked(1, 2)));
}

TEST_F(Strict, IsNotWithdrawnOnceItTicks) {
    announce(1);
    writes.tick(tick_of(1));
    writes.withdraw(1);
    answer(next());
    writes.withdraw(1);
    EXPECT_THAT(hear(1), ElementsAre(HasTicked(1, 1)));
}

TEST_F(Strict, StandsAgainBetweenItsTicksWhereItsNodeWasRemoved) {
    announce(1);
    writes.tick(tick_of(1, false));
    answer(next());
    writes.note_removed();
    const Turn turn = next();
    EXPECT_EQ(turn.intents.size(), 1u) << "its node may yet be lost before the last tick";
    EXPECT_THAT(answer(turn), IsEmpty());
    EXPECT_THAT(hear(1), ElementsAre(HasTicked(1, 1)));
}

TEST_F(Strict, SaysAllOfItAgainWhereNoAnswerCame) {
    announce(1);
    begin(2);
    writes.tick(tick_of(1));
    const Turn lost = next();
    writes.note_no_answer(lost);
    const Turn again = next();
    EXPECT_EQ(again.ticks.size(), 1u);
    EXPECT_EQ(again.intents.size(), 1u);
    EXPECT_THAT(answer(again), ElementsAre(HasBegun(2)));
    EXPECT_THAT(hear(1), ElementsAre(HasTicked(1, 1)));
}

TEST_F(Strict, IsForgottenWhereItWasNeverSaid) {
    begin(1);
    writes.withdraw(1);
    const Turn turn = next();
    EXPECT_THAT(turn.intents, IsEmpty());
    EXPECT_THAT(turn.withdrawn, IsEmpty());
    EXPECT_EQ(writes.size(), 0u);
}

TEST_F(Strict, TakesItsIntentBackWhileNobodyKnowsWhetherItStands) {
    begin(1);
    const Turn turn = next();
    writes.withdraw(1);
    EXPECT_THAT(answer(turn), IsEmpty()) << "nobody waits for it any more";
    const Turn back = next();
    EXPECT_THAT(back.withdrawn, ElementsAre(1u));
    EXPECT_EQ(writes.size(), 1u);
    answer(back);
    EXPECT_EQ(writes.size(), 0u);
}

TEST_F(Strict, GoesInTheOrderInWhichItCameWhereATurnIsFull) {
    for (const WriteId write : {1, 2, 3}) begin(write);
    const Turn first = next(2);
    EXPECT_EQ(first.intents.size(), 2u);
    EXPECT_THAT(answer(first), ElementsAre(HasBegun(1), HasBegun(2)));
    EXPECT_THAT(answer(next(2)), ElementsAre(HasBegun(3)));
}

TEST_F(Strict, TicksAgainInAnotherIncarnationAndStandsInItAgain) {
    announce(1);
    announce(2);
    writes.tick(tick_of(1));
    answer(next());
    writes.note_incarnation();
    EXPECT_THAT(hear(1), IsEmpty()) << "a tick of the last incarnation";
    const Turn turn = next();
    EXPECT_EQ(turn.ticks.size(), 1u);
    ASSERT_EQ(turn.intents.size(), 1u);
    EXPECT_EQ(turn.intents[0].write, 2u);
    EXPECT_THAT(answer(turn), IsEmpty()) << "it has begun before";
    EXPECT_THAT(hear(2), ElementsAre(HasTicked(1, 2)));
}

TEST_F(Strict, StandsAgainWhereItsNodeWasRemoved) {
    announce(1);
    writes.note_removed();
    EXPECT_EQ(next().intents.size(), 1u);
}

TEST_F(Strict, JudgesAnOldValueInItsOwnIncarnationAlone) {
    announce(1);
    Tick tick = tick_of(1);
    OldValue& old = tick.old.emplace();
    old.incarnation = present;
    old.epoch = 3;
    old.groups.push_back(patients);
    old.if_good.push_back(doctors);
    old.otherwise.push_back(lists);
    writes.tick(tick);
    const Turn judged = next();
    ASSERT_TRUE(judged.ticks[0].old);
    EXPECT_THAT(judged.ticks[0].groups, ElementsAre(patients));
    writes.note_no_answer(judged);
    Turn other;
    other.incarnation = present + 1;
    writes.fill(other, 100);
    EXPECT_FALSE(other.ticks[0].old);
    EXPECT_THAT(other.ticks[0].groups, ElementsAre(patients, lists));
}

TEST_F(Strict, IsTickedForWhatWasNeverAnnounced) {
    writes.tick(tick_of(9));
    const Turn turn = next();
    EXPECT_THAT(turn.intents, IsEmpty());
    answer(turn);
    EXPECT_THAT(hear(1), ElementsAre(HasTicked(9, 1)));
}

TEST(Bounded, NeverLetsAnOldValueCountSinceNobodyAnnouncesWhatMayEndIt) {
    Writes writes(Writes::Mode::bounded);
    Tick tick;
    tick.write = 1;
    OldValue& old = tick.old.emplace();
    old.incarnation = present;
    old.otherwise.push_back(lists);
    writes.tick(tick);
    Turn turn;
    turn.incarnation = present;
    writes.fill(turn, 10);
    EXPECT_FALSE(turn.ticks[0].old);
    EXPECT_THAT(turn.ticks[0].groups, ElementsAre(lists));
}

// The fleet's answer to a turn: it took the ticks, the first of them as the fifth of all.
Writes::Events take(Writes& writes, const Turn& turn) {
    Answer answer;
    answer.state = Answer::State::kept;
    for (std::size_t i = 0; i < turn.ticks.size(); ++i) answer.ticks.push_back({5 + i, 0, false});
    Writes::Events events;
    writes.note_answer(turn, answer, events);
    return events;
}

TEST(Bounded, NeedsNoIntentAndWaitsForThisNodeAlone) {
    Writes writes(Writes::Mode::bounded);
    writes.begin({1, {patients}, 1s, 0});
    EXPECT_FALSE(writes.has_something_to_say(true));
    Tick tick;
    tick.write = 1;
    writes.tick(tick);
    Turn turn;
    writes.fill(turn, 10);
    Writes::Events events = take(writes, turn);
    writes.note_heard(0, 4, false, events);
    EXPECT_THAT(events, IsEmpty());
    writes.note_heard(0, 5, false, events);
    EXPECT_THAT(events, ElementsAre(HasTicked(1, 5)));
}

TEST(Bounded, KnowsOfATickThatWasSaidInVainUntilItHasGoneThrough) {
    Writes writes(Writes::Mode::bounded);
    Tick tick;
    tick.write = 1;
    writes.tick(tick);
    EXPECT_FALSE(writes.has_failed_tick());  // it was not said yet
    Turn turn;
    writes.fill(turn, 10);
    EXPECT_FALSE(writes.has_failed_tick());
    writes.note_no_answer(turn);
    EXPECT_TRUE(writes.has_failed_tick());
    Turn without;
    writes.fill(without, 0);  // it is full of others
    take(writes, without);
    EXPECT_TRUE(writes.has_failed_tick());
    Turn again;
    writes.fill(again, 10);
    writes.note_no_answer(again);
    EXPECT_TRUE(writes.has_failed_tick());
    Turn last;
    writes.fill(last, 10);
    take(writes, last);
    EXPECT_FALSE(writes.has_failed_tick());
}

TEST(Bounded, KnowsOfATickThatCouldNotEvenBeSaid) {
    Writes writes(Writes::Mode::bounded);
    writes.note_no_turn();
    EXPECT_FALSE(writes.has_failed_tick());
    Tick tick;
    tick.write = 1;
    writes.tick(tick);
    writes.note_no_turn();
    writes.note_no_turn();
    EXPECT_TRUE(writes.has_failed_tick());
    Turn turn;
    writes.fill(turn, 10);
    take(writes, turn);
    EXPECT_FALSE(writes.has_failed_tick());
}

TEST(Verified, WaitsForWhoTrustsByTimeAlone) {
    Writes writes(Writes::Mode::verified);
    writes.begin({1, {patients}, 1s, 0});
    Turn announcing;
    writes.fill(announcing, 10);
    ASSERT_EQ(announcing.intents.size(), 1u) << "whoever removes this node ends what it may have changed";
    Answer taken;
    taken.state = Answer::State::kept;
    taken.took_intents = true;
    Writes::Events events;
    writes.note_answer(announcing, taken, events);
    EXPECT_THAT(events, ElementsAre(HasBegun(1)));
    Tick tick;
    tick.write = 1;
    writes.tick(tick);
    Turn turn;
    writes.fill(turn, 10);
    Answer answer;
    answer.state = Answer::State::kept;
    answer.ticks = {{5, 0, false}};
    events.clear();
    writes.note_answer(turn, answer, events);
    writes.note_heard(5, 4, true, events);  // that of the same answer: nobody trusts by time
    EXPECT_THAT(events, ElementsAre(HasTicked(1, 5)));
}

}  // namespace
}  // namespace sidecache::fleet
