#include "proxy/runtime/event.hpp"

#include "tests/unit/proxy/runtime/countdown.hpp"
#include "tests/unit/proxy/runtime/loops.hpp"

#include <boost/asio/post.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace sidecache::runtime {
namespace {

using namespace std::chrono_literals;
using testing::Countdown;
using testing::in;
using testing::RunningLoop;

Task<> await_one(Event& event, SteadyTime until, bool& is_told, Countdown& ended) {
    is_told = co_await event.wait(until);
    ended.count();
}

Task<> set_then_await(Loop& loop, std::vector<bool>& told, Countdown& ended) {
    Event event(loop);
    event.set();
    event.set();
    told.push_back(co_await event.wait(in(testing::patience)));
    told.push_back(co_await event.wait(std::chrono::steady_clock::now()));  // the two were one
    event.set();
    told.push_back(co_await event.wait(std::chrono::steady_clock::now() - 1h));  // set, however late it is
    ended.count();
}

TEST(AnEvent, ThatWasSetBeforeTheWaitIsHeardAtOnceAndOnce) {
    RunningLoop loop;
    std::vector<bool> told;
    Countdown ended(1);
    loop->spawn("wait", set_then_await(*loop, told, ended));
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(told, (std::vector<bool>{true, false, true}));
}

TEST(AnEvent, WakesAWaiterFromAnotherThread) {
    RunningLoop loop;
    Event event(*loop);
    bool is_told = false;
    Countdown ended(1);
    loop->spawn("wait", await_one(event, in(testing::patience), is_told, ended));
    event.set();
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_TRUE(is_told);
}

TEST(AnEvent, WakesAWaiterWithoutADeadline) {
    RunningLoop loop;
    Event event(*loop);
    bool is_told = false;
    Countdown ended(1);
    loop->spawn("wait", await_one(event, SteadyTime::max(), is_told, ended));
    event.set();
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_TRUE(is_told);
}

TEST(AnEvent, ThatIsNotSetLeavesTheWaiterToItsDeadline) {
    RunningLoop loop;
    Event event(*loop);
    bool is_told = true;
    Countdown ended(1);
    const SteadyTime until = in(20ms);
    loop->spawn("wait", await_one(event, until, is_told, ended));
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_FALSE(is_told);
    EXPECT_GE(std::chrono::steady_clock::now(), until);
}

// A wake-up that belongs to an earlier wait must not end a later one.
Task<> wait_twice(Loop& loop, bool& is_told_again, Countdown& ended) {
    Event event(loop);
    event.set();  // its wake-up is on its way
    co_await event.wait(in(testing::patience));
    is_told_again = co_await event.wait(in(30ms));
    ended.count();
}

TEST(AnEvent, EndsNoLaterWaitByAWakeUpThatWasHeardAlready) {
    RunningLoop loop;
    bool is_told_again = true;
    Countdown ended(1);
    loop->spawn("wait", wait_twice(*loop, is_told_again, ended));
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_FALSE(is_told_again);
}

TEST(AnEvent, MayGoWhileAWakeUpIsOnItsWay) {
    RunningLoop loop;
    for (int i = 0; i < 100; ++i) {
        Event event(*loop);
        event.set();
    }
    Countdown turned(1);
    loop->post([&] { turned.count(); });
    EXPECT_TRUE(turned.await(testing::patience));
}

Task<> consume(Event& event, std::atomic<int>& produced, int last, int& seen, bool& hung, Countdown& ended) {
    while (seen != last) {
        const bool is_told = co_await event.wait(in(testing::patience));
        if (!is_told) {
            hung = true;
            break;
        }
        seen = produced.load();
    }
    ended.count();
}

TEST(AnEvent, LosesNoWakeUpUnderThreads) {
    for (int round = 0; round < 20; ++round) {
        RunningLoop loop;
        Event event(*loop);
        std::atomic<int> produced{0};
        constexpr int each = 2'000;
        int seen = 0;
        bool hung = false;
        Countdown ended(1);
        loop->spawn("consume", consume(event, produced, 2 * each, seen, hung, ended));
        const auto produce = [&] {
            for (int i = 0; i < each; ++i) {
                ++produced;
                event.set();
            }
        };
        std::thread one(produce);
        std::thread two(produce);
        one.join();
        two.join();
        ASSERT_TRUE(ended.await(testing::patience + 5s));
        ASSERT_FALSE(hung) << "saw " << seen << " of " << produced;
    }
}

}  // namespace
}  // namespace sidecache::runtime
