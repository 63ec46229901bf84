// The scripts in a real Redis do what StateModel does, which the exhaustive model takes for Redis.
#include "cache/fleet/scripts.hpp"
#include "cache/fleet/turn_text.hpp"
#include "tests/unit/cache/redis/redis_process.hpp"
#include "tests/unit/cache/fleet/state_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace sidecache::fleet {
namespace {

using resp::Value;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr NodeId first = 0xa1, second = 0xb2;

class Scripts : public ::testing::Test {
protected:
    Value run(std::string_view script, const std::vector<std::string>& arguments) {
        std::vector<std::string> command{"EVAL", std::string(script), std::to_string(StateKeys::count)};
        command.insert(command.end(), keys_.all().begin(), keys_.all().end());
        command.insert(command.end(), arguments.begin(), arguments.end());
        return redis_.command(command);
    }
    Answer renew(Incarnation incarnation) {
        Parameters parameters;
        parameters.slots = StateModel::size;
        const Value reply = run(renew_script, renew_arguments(incarnation, parameters));
        const auto answer = parse_answer(reply, {});
        EXPECT_TRUE(answer) << reply.text;
        return answer.value_or(Answer{});
    }
    Answer take(const Turn& turn) {
        const Value reply = run(turn_script, turn_arguments(turn, {.everything = StateModel::everything}));
        const auto answer = parse_answer(reply, turn);
        EXPECT_TRUE(answer) << reply.text;
        return answer.value_or(Answer{});
    }
    Groups last_groups() {
        const Value messages = redis_.command({"XREVRANGE", keys_[StateKeys::stream], "+", "-", "COUNT", "1"});
        return *parse_groups(messages.items.at(0).items.at(1).items.at(5).text);
    }
    std::string field(const std::string& name) { return redis_.command({"HGET", keys_[StateKeys::ctl], name}).text; }

    static Turn turn_of(NodeId node, Clock applied = 0) {
        Turn turn;
        turn.incarnation = 7;
        turn.node = node;
        turn.rules = 1;
        turn.applied = applied;
        return turn;
    }
    static Turn probe_of(NodeId node, Clock applied = 0) {
        Turn turn = turn_of(node, applied);
        turn.is_probe = true;
        return turn;
    }
    static Turn tick_of(NodeId node, const Groups& groups) {
        Turn turn = turn_of(node);
        Tick tick;
        tick.write = 1;
        tick.groups = tick.watched = groups;
        tick.rules = turn.rules;
        turn.ticks.push_back(tick);
        return turn;
    }

    testing::RedisProcess redis_;
    StateKeys keys_{"records:"};
};

TEST_F(Scripts, FindAnEmptyRedisBrokenAndBeginAnIncarnationOnce) {
    EXPECT_EQ(take(turn_of(first)).state, Answer::State::broken);
    const Answer begun = renew(7);
    EXPECT_EQ(begun.state, Answer::State::other);
    EXPECT_EQ(begun.incarnation, 7u);
    EXPECT_EQ(begun.parameters.slots, StateModel::size);
    EXPECT_EQ(begun.parameters.lease, std::chrono::seconds(2));
    EXPECT_EQ(begun.parameters.rate_error, 1e-3);
    EXPECT_EQ(begun.parameters.margin, std::chrono::milliseconds(50));
    EXPECT_EQ(renew(8).incarnation, 7u) << "it is whole";
    EXPECT_EQ(take(turn_of(first)).state, Answer::State::kept);
}

TEST_F(Scripts, DoNothingForAnotherIncarnation) {
    renew(7);
    Turn turn = tick_of(first, {5});
    turn.incarnation = 6;
    const Answer answer = take(turn);
    EXPECT_EQ(answer.state, Answer::State::other);
    EXPECT_EQ(answer.incarnation, 7u);
    EXPECT_EQ(take(turn_of(first)).clock, 0u);
}

TEST_F(Scripts, FindEachKeyThatIsMissingOrOfAnotherType) {
    for (const std::string& key : keys_.all()) {
        if (key == keys_[StateKeys::settled]) continue;  // nothing depends on it but how soon a write is answered
        for (const bool is_replaced : {false, true}) {
            redis_.command({"FLUSHALL"});
            renew(7);
            Turn turn = probe_of(first);
            turn.settles = true;
            turn.intents.push_back({3, {5}, std::chrono::seconds(1), 1});
            turn.ticks.push_back({2, {5}, {5}, std::chrono::seconds(1), 1});
            ASSERT_EQ(take(turn).state, Answer::State::kept);
            ASSERT_EQ(take(turn_of(first)).state, Answer::State::kept);
            redis_.command({"DEL", key});
            if (is_replaced) redis_.command({"SET", key, "something"});
            EXPECT_EQ(take(turn_of(first)).state, Answer::State::broken) << key << is_replaced;
            EXPECT_EQ(renew(8).incarnation, 8u) << key;
            EXPECT_EQ(take(turn_of(first)).state, Answer::State::other);
        }
    }
}

TEST_F(Scripts, FindAnotherHistory) {
    renew(7);
    redis_.command({"HSET", keys_[StateKeys::ctl], "history", "0123"});
    EXPECT_EQ(take(turn_of(first)).state, Answer::State::broken);
    EXPECT_EQ(renew(9).incarnation, 9u);
}

TEST_F(Scripts, AskForAsManyReplicasAsWereEverSeenAlsoInAnotherIncarnation) {
    renew(7);
    redis_.command({"HSET", keys_[StateKeys::ctl], "replicas", "2"});
    EXPECT_EQ(take(turn_of(first)).replicas, 2u);
    redis_.command({"HSET", keys_[StateKeys::ctl], "history", "0123"});
    EXPECT_EQ(renew(9).incarnation, 9u);
    Turn turn = turn_of(first);
    turn.incarnation = 9;
    EXPECT_EQ(take(turn).replicas, 2u);
}

TEST_F(Scripts, TellEachTickToTheStreamWithItsNumberAsId) {
    renew(7);
    take(tick_of(first, {5, 6}));
    Turn held = tick_of(first, {0x1122334455667788});
    held.ticks[0].hold = std::chrono::milliseconds(1500);
    take(held);
    const Value messages = redis_.command({"XRANGE", keys_[StateKeys::stream], "-", "+"});
    ASSERT_EQ(messages.items.size(), 2u);
    EXPECT_EQ(messages.items[0].items[0].text, "1-0");
    EXPECT_EQ(messages.items[1].items[0].text, "2-0");
    const auto& fields = messages.items[1].items[1].items;
    ASSERT_EQ(fields.size(), 6u);
    EXPECT_EQ(fields[1].text, hex(7));
    EXPECT_EQ(fields[3].text, "1500");
    EXPECT_EQ(fields[4].text, "g");
    EXPECT_THAT(*parse_groups(fields[5].text), ElementsAre(0x1122334455667788));
}

TEST_F(Scripts, MoveNoSlotWithWhatIsSoft) {
    renew(7);
    take(tick_of(first, {5}));
    Turn soft = tick_of(first, {5});
    soft.ticks[0].is_soft = true;
    EXPECT_THAT(take(soft).ticks, ElementsAre(Ticked{2, 1, false}));
    EXPECT_EQ(take(tick_of(first, {5})).ticks[0].previous, 1u) << "the slot is of the tick before";
    const Value messages = redis_.command({"XRANGE", keys_[StateKeys::stream], "2", "2"});
    EXPECT_EQ(messages.items.at(0).items.at(1).items.at(4).text, "s");
    EXPECT_EQ(field("soft"), "2") << "for who reads the table";
}

TEST_F(Scripts, LeaveATickOfEverythingThatIsDueToTheNextThatIsNotSoft) {
    renew(7);
    take(probe_of(first));
    Turn other = probe_of(second);
    other.rules = 2;
    take(other);
    Turn soft = tick_of(first, {5});
    soft.ticks[0].is_soft = true;
    take(soft);
    EXPECT_EQ(field("rules"), "mixed");
}

TEST_F(Scripts, WaitForNoNodeThatVerifies) {
    renew(7);
    take(probe_of(first));
    Turn verifying = probe_of(second);
    verifying.verifies = true;
    take(verifying);
    take(tick_of(second, {5}));
    EXPECT_EQ(field("floor"), "0") << "the first trusts by time";
    EXPECT_EQ(take(turn_of(first, 1)).floor, 1u) << "and the second need not have heard of it";
    EXPECT_EQ(take(turn_of(first, 1)).state, Answer::State::kept);
}

TEST_F(Scripts, PutTheNumberOfATickIntoTheSlotOfEachGroup) {
    renew(7);
    take(tick_of(first, {5}));
    take(tick_of(first, {5 + StateModel::size, 6}));
    const std::string table = redis_.command({"GET", keys_[StateKeys::slots]}).text;
    ASSERT_EQ(table.size(), StateModel::size * 8);
    EXPECT_EQ(table[5 * 8 + 7], 2);
    EXPECT_EQ(table[6 * 8 + 7], 2);
    EXPECT_EQ(table[7 * 8 + 7], 0);
}

TEST_F(Scripts, CountOnWhereLuaWouldRound) {
    renew(7);
    const std::string large = "123456789012345";
    redis_.command({"HSET", keys_[StateKeys::ctl], "clock", large, "floor", large});
    redis_.command({"XADD", keys_[StateKeys::stream], large + "-0", "i", "x"});
    const Answer answer = take(tick_of(first, {5}));
    EXPECT_EQ(answer.clock, 123456789012346u);
    EXPECT_THAT(answer.ticks, ElementsAre(Ticked{123456789012346u, 0, false}));
    EXPECT_EQ(take(tick_of(first, {5})).ticks[0].previous, 123456789012346u);
    EXPECT_EQ(field("clock"), "123456789012347");
}

TEST_F(Scripts, FoldHoldsOverTheirLimitIntoOneOfEverything) {
    renew(7);
    StateLimits limits{.holds = 2, .everything = StateModel::everything};
    Turn held = tick_of(first, {5});
    held.ticks[0].hold = std::chrono::seconds(60);
    for (int i = 0; i < 5; ++i) run(turn_script, turn_arguments(held, limits));
    EXPECT_EQ(redis_.command({"HLEN", keys_[StateKeys::holds]}).integer, 3);
    held.ticks[0].hold = std::chrono::milliseconds(1);
    run(turn_script, turn_arguments(held, limits));
    const std::string all = redis_.command({"HGET", keys_[StateKeys::holds], "all"}).text;
    EXPECT_EQ(all.substr(0, 8), "6 60000 ") << "as long as the longest that it stands for";
    Turn over = turn_of(first);
    over.holds_over = {1, 2, 3, 4, 5};
    take(over);
    EXPECT_EQ(redis_.command({"HLEN", keys_[StateKeys::holds]}).integer, 1) << "the last of all that it stands for is not over";
    over.holds_over = {6};
    take(over);
    EXPECT_EQ(redis_.command({"HLEN", keys_[StateKeys::holds]}).integer, 0);
}

TEST_F(Scripts, EndEverythingWhereANodeComesBackThatNamesGroupsOtherwise) {
    renew(7);
    Turn old = probe_of(second);
    old.rules = 2;
    take(old);
    Turn gone = turn_of(second);
    gone.rules = 2;
    gone.leaves = true;
    take(gone);
    EXPECT_EQ(take(probe_of(first)).clock, 1u) << "what was stored by the rules of the first";
    take(tick_of(first, {5}));
    EXPECT_EQ(last_groups().size(), 1u) << "all name them alike";
    old.rules = 2;
    EXPECT_EQ(take(old).clock, 3u);
    EXPECT_THAT(last_groups(), ElementsAre(StateModel::everything)) << "it has not heard by which names the last was stored";
    take(tick_of(first, {5}));
    EXPECT_THAT(last_groups(), ElementsAre(5u, StateModel::everything)) << "they differ";
}

TEST_F(Scripts, EndEverythingWhereATickIsNamedByRulesOfBefore) {
    renew(7);
    take(probe_of(first));
    Turn turn = tick_of(first, {5});
    turn.ticks[0].rules = 2;
    take(turn);
    EXPECT_THAT(last_groups(), ElementsAre(5u, StateModel::everything));
}

TEST_F(Scripts, WakeWhoWaitsOnceTheLastHasAcknowledged) {
    renew(7);
    take(probe_of(first));
    take(probe_of(second));
    EXPECT_EQ(take(tick_of(first, {5})).floor, 0u);
    EXPECT_EQ(take(turn_of(first, 1)).floor, 0u);
    EXPECT_EQ(redis_.command({"XLEN", keys_[StateKeys::settled]}).integer, 0);
    EXPECT_EQ(take(turn_of(second, 1)).floor, 1u);
    EXPECT_EQ(redis_.command({"XLEN", keys_[StateKeys::settled]}).integer, 1);
    EXPECT_EQ(take(turn_of(second, 1)).floor, 1u);
    EXPECT_EQ(redis_.command({"XLEN", keys_[StateKeys::settled]}).integer, 1);
}

// Every kind of turn of three nodes in any order.
class AnyTurns {
public:
    explicit AnyTurns(unsigned seed) : random_(seed) {}

    Turn next(const StateModel& state) {
        Turn turn;
        turn.incarnation = one_in(20) ? state.incarnation + 1 : state.incarnation;
        turn.node = first + below(3);
        turn.rules = one_in(12) ? 2 : 1;
        turn.applied = below(state.clock + 1);
        turn.is_probe = one_in(2);
        turn.verifies = one_in(4);
        turn.settles = one_in(8);
        turn.leaves = one_in(15);
        for (const auto& [node, record] : state.nodes) {
            if (one_in(6)) turn.removals.push_back({node, record.grant - (one_in(3) ? 1 : 0)});
        }
        while (one_in(3)) turn.withdrawn.push_back(below(6));
        while (one_in(2)) {
            Tick tick;
            tick.write = below(6);
            tick.groups = groups();
            tick.watched = groups();
            tick.hold = std::chrono::milliseconds(one_in(3) ? 100 : 0);
            tick.rules = one_in(8) ? 3 - turn.rules : turn.rules;
            tick.is_last = !one_in(4);
            if (one_in(3)) add_old_value(tick, state);
            turn.ticks.push_back(tick);
        }
        while (one_in(2)) turn.intents.push_back({below(6), groups(), std::chrono::milliseconds(one_in(2) ? 100 : 0), one_in(8) ? 3 - turn.rules : turn.rules});
        for (const auto& [tick, hold] : state.holds) {
            if (one_in(4)) turn.holds_over.push_back(tick);
        }
        return turn;
    }

private:
    std::uint64_t below(std::uint64_t end) { return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(random_); }
    bool one_in(std::uint64_t times) { return below(times) == 0; }
    void add_old_value(Tick& tick, const StateModel& state) {
        OldValue& old = tick.old.emplace();
        old.incarnation = state.incarnation;
        old.epoch = below(state.clock + 1);
        for (Groups* each : {&old.groups, &old.if_good, &old.otherwise}) fill(*each);
    }
    Groups groups() {
        Groups groups;
        fill(groups);
        return groups;
    }
    void fill(Groups& groups) {
        for (std::uint64_t count = below(4); count > 0; --count) groups.push_back(1 + below(40));
    }
    std::mt19937 random_;
};

auto fields_of(const Answer& answer) {
    std::vector<Seen> members = answer.members;
    std::ranges::sort(members, {}, &Seen::node);
    return std::tuple(answer.state, answer.incarnation, answer.clock, answer.floor, answer.is_settled, answer.was_member, answer.is_member, answer.took_intents, members, answer.ticks);
}

TEST_F(Scripts, DoWhatTheModelOfThemDoes) {
    StateModel model;
    constexpr std::uint64_t history = 1;
    renew(7);
    model.renew(7, history);
    AnyTurns turns(20261130);
    std::size_t good = 0, removed = 0;
    for (int i = 0; i < 3000; ++i) {
        const Turn turn = turns.next(model);
        const std::size_t before = model.nodes.size();
        const Answer expected = model.take(turn, history);
        const Answer answer = take(turn);
        ASSERT_EQ(fields_of(answer), fields_of(expected)) << "turn " << i;
        good += static_cast<std::size_t>(std::ranges::count(expected.ticks, true, &Ticked::was_good));
        removed += model.nodes.size() < before ? 1 : 0;
    }
    EXPECT_GT(good, 20u);
    EXPECT_GT(removed, 100u);
    const Value messages = redis_.command({"XRANGE", keys_[StateKeys::stream], "-", "+"});
    ASSERT_EQ(messages.items.size(), model.stream.size());
    for (std::size_t i = 0; i < model.stream.size(); ++i) {
        const auto& fields = messages.items[i].items[1].items;
        EXPECT_EQ(parse_groups(fields[5].text), model.stream[i].groups) << "tick " << i + 1;
        EXPECT_EQ(fields[3].text, std::to_string(model.stream[i].hold.count()));
    }
    EXPECT_EQ(redis_.command({"HLEN", keys_[StateKeys::intents]}).integer, static_cast<std::int64_t>(model.intents.size()));
    EXPECT_EQ(redis_.command({"HLEN", keys_[StateKeys::holds]}).integer, static_cast<std::int64_t>(model.holds.size()));
}

}  // namespace
}  // namespace sidecache::fleet
