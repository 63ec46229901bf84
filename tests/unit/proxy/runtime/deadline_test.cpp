#include "proxy/runtime/deadline.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace sidecache::runtime {
namespace {

using namespace std::chrono_literals;

class Alarm final : public Deadline {
public:
    explicit Alarm(DeadlineWheel& wheel) : Deadline(wheel) {}
    int rung = 0;
    std::function<void()> then;

private:
    void on_deadline() noexcept override {
        ++rung;
        if (then) then();
    }
};

class WheelTest : public ::testing::Test {
protected:
    SteadyTime after(std::chrono::milliseconds time) const { return start + time; }
    // Sweeps as the loop does, tick by tick.
    void turn_to(std::chrono::milliseconds time) {
        for (; turned < time; turned += DeadlineWheel::tick) wheel.sweep(after(turned));
        turned = time;
        wheel.sweep(after(time));
    }
    const SteadyTime start{std::chrono::seconds(1'000)};
    DeadlineWheel wheel{start};
    std::chrono::milliseconds turned{0};
    Alarm alarm{wheel};
};
using ADeadline = WheelTest;

TEST_F(ADeadline, PassesOnceAndNotBeforeItsTime) {
    alarm.arm(after(100ms));
    turn_to(99ms);
    EXPECT_EQ(alarm.rung, 0);
    EXPECT_FALSE(alarm.has_passed());
    turn_to(100ms + DeadlineWheel::tick);
    EXPECT_EQ(alarm.rung, 1);
    EXPECT_TRUE(alarm.has_passed());
    turn_to(60s);
    EXPECT_EQ(alarm.rung, 1);
}

TEST_F(ADeadline, IsNoticedWithinOneTickWhereverItLies) {
    for (int offset = 0; offset < 60; ++offset) {
        DeadlineWheel fresh(start);
        Alarm each(fresh);
        const auto at = std::chrono::milliseconds(100 + offset);
        each.arm(after(at));
        for (std::chrono::milliseconds time{0}; time < 300ms; ++time) {
            fresh.sweep(after(time));
            if (each.rung == 0) continue;
            EXPECT_GE(time, at);
            EXPECT_LE(time, at + DeadlineWheel::tick);
            break;
        }
        EXPECT_EQ(each.rung, 1);
    }
}

TEST_F(ADeadline, ThatIsMovedLaterPassesLater) {
    alarm.arm(after(100ms));
    alarm.arm(after(500ms));
    turn_to(499ms);
    EXPECT_EQ(alarm.rung, 0);
    turn_to(520ms);
    EXPECT_EQ(alarm.rung, 1);
}

TEST_F(ADeadline, ThatIsMovedLaterAgainAndAgainNeverPasses) {
    for (auto time = 0ms; time < 3s; time += 10ms) {
        alarm.arm(after(time + 50ms));
        turn_to(time);
    }
    EXPECT_EQ(alarm.rung, 0);
    turn_to(3'100ms);
    EXPECT_EQ(alarm.rung, 1);
}

TEST_F(ADeadline, ThatIsMovedEarlierPassesEarlier) {
    alarm.arm(after(5s));
    turn_to(100ms);
    alarm.arm(after(200ms));
    turn_to(220ms);
    EXPECT_EQ(alarm.rung, 1);
}

TEST_F(ADeadline, ThatIsDisarmedNeverPasses) {
    alarm.arm(after(100ms));
    alarm.disarm();
    turn_to(1s);
    EXPECT_EQ(alarm.rung, 0);
    EXPECT_EQ(alarm.at(), SteadyTime::max());
}

TEST_F(ADeadline, MayBeArmedAnewAfterItWasDisarmed) {
    alarm.arm(after(100ms));
    alarm.disarm();
    alarm.arm(after(60ms));
    turn_to(80ms);
    EXPECT_EQ(alarm.rung, 1);
    alarm.arm(after(200ms));
    EXPECT_FALSE(alarm.has_passed());
    alarm.disarm();
    turn_to(300ms);
    alarm.arm(after(400ms));
    turn_to(420ms);
    EXPECT_EQ(alarm.rung, 2);
}

TEST_F(ADeadline, InThePastPassesWithTheNextSweep) {
    turn_to(1s);
    alarm.arm(after(500ms));
    turn_to(1s + DeadlineWheel::tick);
    EXPECT_EQ(alarm.rung, 1);
}

TEST_F(ADeadline, FurtherAwayThanOneTurnOfTheWheelPassesInItsTime) {
    alarm.arm(after(60s));  // a turn is about ten seconds
    turn_to(59'999ms);
    EXPECT_EQ(alarm.rung, 0);
    turn_to(60'020ms);
    EXPECT_EQ(alarm.rung, 1);
}

TEST_F(ADeadline, PassesAlsoWhereTheLoopStoodStillForLong) {
    Alarm second(wheel);
    alarm.arm(after(100ms));
    second.arm(after(30s));
    wheel.sweep(after(120s));  // one sweep for all of it
    EXPECT_EQ(alarm.rung, 1);
    EXPECT_EQ(second.rung, 1);
}

TEST_F(ADeadline, IsNotHurtByATimeThatGoesBack) {
    turn_to(1s);
    alarm.arm(after(1'100ms));
    wheel.sweep(after(500ms));
    EXPECT_EQ(alarm.rung, 0);
    wheel.sweep(after(1'120ms));
    EXPECT_EQ(alarm.rung, 1);
}

TEST_F(ADeadline, MayBeArmedAgainWhenItPasses) {
    alarm.then = [&] {
        if (alarm.rung < 3) alarm.arm(alarm.rung == 1 ? start : after(turned + 100ms));  // once in the past: with the next sweep
    };
    alarm.arm(after(100ms));
    turn_to(100ms);
    turn_to(120ms);
    EXPECT_EQ(alarm.rung, 1);
    turn_to(140ms);
    EXPECT_EQ(alarm.rung, 2);
    turn_to(300ms);
    EXPECT_EQ(alarm.rung, 3);
}

TEST_F(ADeadline, MayEndAnotherThatIsDueWithIt) {
    auto other = std::make_unique<Alarm>(wheel);
    std::unique_ptr<Alarm> third = std::make_unique<Alarm>(wheel);
    int others_rung = 0;
    third->then = [&] { ++others_rung; };
    other->then = [&] { ++others_rung; };
    alarm.then = [&] {
        other.reset();
        third->disarm();
    };
    alarm.arm(after(100ms));
    other->arm(after(100ms));
    third->arm(after(100ms));
    turn_to(200ms);
    EXPECT_EQ(alarm.rung, 1);
    EXPECT_EQ(others_rung, 0);
}

TEST_F(ADeadline, MayMoveAnotherThatIsDueWithIt) {
    Alarm other(wheel);
    alarm.then = [&] { other.arm(after(1s)); };
    alarm.arm(after(100ms));
    other.arm(after(100ms));
    turn_to(200ms);
    EXPECT_EQ(other.rung, 0);
    turn_to(1'020ms);
    EXPECT_EQ(other.rung, 1);
}

TEST_F(ADeadline, MayEndItself) {
    auto self = std::make_unique<Alarm>(wheel);
    self->then = [&] {
        // The function object goes with its owner: nothing of it may be used afterwards.
        auto gone = std::move(self);
    };
    self->arm(after(100ms));
    turn_to(200ms);
    EXPECT_EQ(self, nullptr);
}

TEST_F(ADeadline, ThatGoesIsForgotten) {
    std::optional<Alarm> gone;
    gone.emplace(wheel);
    gone->arm(after(100ms));
    gone.reset();
    turn_to(200ms);
}

TEST_F(ADeadline, IsOneOfManyThatAllPassInOrderOfTheirTicks) {
    std::vector<std::unique_ptr<Alarm>> many;
    std::vector<int> order;
    for (int i = 0; i < 1'000; ++i) {
        many.push_back(std::make_unique<Alarm>(wheel));
        const int at = i * 7919 % 1'000;
        many.back()->then = [&order, at] { order.push_back(at); };
        many.back()->arm(after(std::chrono::milliseconds(at)));
    }
    turn_to(1'100ms);
    ASSERT_EQ(order.size(), 1'000u);
    for (std::size_t i = 1; i < order.size(); ++i) EXPECT_LE(order[i - 1] / 20, order[i] / 20 + 1);
}

}  // namespace
}  // namespace sidecache::runtime
