#include "proxy/runtime/loop.hpp"

#include "proxy/runtime/event.hpp"
#include "tests/unit/proxy/runtime/countdown.hpp"
#include "tests/unit/proxy/runtime/loops.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <thread>

namespace sidecache::runtime {
namespace {

using namespace std::chrono_literals;
using testing::Countdown;
using testing::in;
using testing::RunningLoop;

Task<> throw_error() {
    throw std::runtime_error("the world is not as we thought");
    co_return;
}
Task<> throw_number() {
    throw 42;
    co_return;
}
Task<> await(Event& event) { co_await event.wait(in(testing::patience)); }
Task<> throw_after(Event& event) {
    co_await event.wait(in(testing::patience));
    throw std::runtime_error("late");
}
Task<> tell(Countdown& ended) {
    ended.count();
    co_return;
}
// Tells when its frame goes.
Task<> hold(std::shared_ptr<int> held, Event& event, SteadyTime until = SteadyTime::max()) {
    co_await event.wait(until);
    *held = 1;
}

// Waits until the loop has gone through all that was ready.
void settle(RunningLoop& loop) {
    for (int i = 0; i < 5; ++i) {
        Countdown turned(1);
        loop->post([&] { turned.count(); });
        ASSERT_TRUE(turned.await(testing::patience));
    }
}

TEST(ALoop, ReportsWhatEscapedATaskAndEndsOnlyThatTask) {
    RunningLoop loop;
    Event event(*loop);
    loop->spawn("good", await(event));
    loop->spawn("bad", throw_error());
    loop->spawn("odd", throw_number());
    settle(loop);
    EXPECT_EQ(loop.exceptions(), (std::vector<std::string>{"bad: the world is not as we thought", "odd: unknown exception"}));
    EXPECT_EQ(loop->tasks(), 1u);
    event.set();
    settle(loop);
    EXPECT_EQ(loop->tasks(), 0u);
}

TEST(ALoop, ReportsWhatEscapesATaskThatHadWaited) {
    RunningLoop loop;
    Event event(*loop);
    loop->spawn("late", throw_after(event));
    event.set();
    settle(loop);
    EXPECT_EQ(loop.exceptions(), (std::vector<std::string>{"late: late"}));
    EXPECT_EQ(loop->tasks(), 0u);
}

TEST(ALoop, CountsTasksButNotItsOwnSweep) {
    RunningLoop loop;
    settle(loop);
    EXPECT_EQ(loop->tasks(), 0u);
    Event event(*loop);
    loop->spawn("one", await(event));
    EXPECT_EQ(loop->tasks(), 1u);
    event.set();
    settle(loop);
    EXPECT_EQ(loop->tasks(), 0u);
}

TEST(ALoop, RunsWhatIsPostedOnItsOwnThread) {
    RunningLoop loop;
    Countdown ended(1);
    std::thread::id ran_on;
    loop->post([&] {
        ran_on = std::this_thread::get_id();
        ended.count();
    });
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_NE(ran_on, std::this_thread::get_id());
}

TEST(ALoop, RunsTasksThatWereSpawnedBeforeItRan) {
    Loop loop([](std::string_view, std::string_view) {});
    Countdown ended(1);
    loop.spawn("early", tell(ended));
    EXPECT_EQ(loop.tasks(), 1u);
    std::thread thread([&] { loop.run(); });
    EXPECT_TRUE(ended.await(testing::patience));
    loop.stop();
    thread.join();
}

TEST(ALoop, ThatGoesLetsGoOfTheTasksThatStillWait) {
    const auto held = std::make_shared<int>(0);
    {
        Loop loop([](std::string_view, std::string_view) {});
        auto event = std::make_unique<Event>(loop);
        loop.spawn("waits", hold(held, *event));
        testing::run_for_a_turn(loop);
        EXPECT_EQ(held.use_count(), 2);
        event.reset();
    }
    EXPECT_EQ(held.use_count(), 1);
    EXPECT_EQ(*held, 0);
}

// With a timer behind the wait, and with a wake-up on its way.
TEST(ALoop, ThatGoesLetsGoOfTasksHoweverTheyWait) {
    const auto held = std::make_shared<int>(0);
    {
        Loop loop([](std::string_view, std::string_view) {});
        auto for_long = std::make_unique<Event>(loop);
        auto told = std::make_unique<Event>(loop);
        loop.spawn("waits", hold(held, *for_long, in(1h)));
        loop.spawn("waits", hold(held, *told, in(1h)));
        testing::run_for_a_turn(loop);
        told->set();
        EXPECT_EQ(held.use_count(), 3);
        for_long.reset();
        told.reset();
    }
    EXPECT_EQ(held.use_count(), 1);
    EXPECT_EQ(*held, 0);
}

// As what a task holds tells others of its end.
struct SetsAtItsEnd {
    Event& event;
    explicit SetsAtItsEnd(Event& event_) : event(event_) {}
    SetsAtItsEnd(const SetsAtItsEnd&) = delete;
    SetsAtItsEnd& operator=(const SetsAtItsEnd&) = delete;
    ~SetsAtItsEnd() { event.set(); }
};
Task<> tell_at_end(std::shared_ptr<int> held, Event& waited_on, Event& told) {
    const SetsAtItsEnd at_end(told);
    co_await waited_on.wait(SteadyTime::max());
    *held = 1;
}

TEST(ALoop, ThatGoesLetsTasksTellOthersOfIt) {
    const auto held = std::make_shared<int>(0);
    {
        Loop loop([](std::string_view, std::string_view) {});
        // Not in a frame: they outlive the tasks, and have no timer.
        Event first(loop), second(loop);
        loop.spawn("waits", tell_at_end(held, first, second));
        loop.spawn("waits", tell_at_end(held, second, first));
        testing::run_for_a_turn(loop);
        loop.destroy_tasks();
    }
    EXPECT_EQ(held.use_count(), 1);
    EXPECT_EQ(*held, 0);
}

TEST(ALoop, TellsWhenItLastTurned) {
    RunningLoop loop;
    const SteadyTime before = std::chrono::steady_clock::now();
    while (loop->last_turn() <= before) {
        ASSERT_LT(std::chrono::steady_clock::now(), before + testing::patience);
        std::this_thread::yield();
    }
}

class Alarm final : public Deadline {
public:
    Alarm(DeadlineWheel& wheel, Countdown& rung) : Deadline(wheel), rung_(rung) {}

private:
    void on_deadline() noexcept override { rung_.count(); }
    Countdown& rung_;
};

TEST(ALoop, SweepsItsDeadlines) {
    RunningLoop loop;
    Countdown rung(1);
    Alarm alarm(loop->wheel(), rung);
    const SteadyTime at = in(30ms);
    loop->post([&] { alarm.arm(at); });
    EXPECT_TRUE(rung.await(testing::patience));
    EXPECT_GE(std::chrono::steady_clock::now(), at);
    loop.stop();
}

}  // namespace
}  // namespace sidecache::runtime
