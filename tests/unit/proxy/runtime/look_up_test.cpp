#include "proxy/runtime/look_up.hpp"

#include "tests/unit/proxy/runtime/countdown.hpp"
#include "tests/unit/proxy/runtime/loops.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <utility>

namespace sidecache::runtime {
namespace {

using namespace std::chrono_literals;
using testing::Countdown;
using testing::in;
using testing::RunningLoop;

Task<> look(Loop& loop, std::string host, SteadyTime until, AskForAddresses ask, std::optional<Endpoints>& found, Countdown& ended) {
    found = co_await look_up(loop, std::move(host), 6379, until, std::move(ask));
    ended.count();
}

std::optional<Endpoints> looked_up(Loop& loop, const std::string& host, SteadyTime until, AskForAddresses ask = addresses_of) {
    std::optional<Endpoints> found;
    Countdown ended(1);
    loop.spawn("look", look(loop, host, until, std::move(ask), found, ended));
    EXPECT_TRUE(ended.await(testing::patience));
    return found;
}

// Whoever is asked, until it is told to answer.
struct Slow {
    std::atomic<bool> may_answer{false};
    std::atomic<int> asked{0};
    std::atomic<int> answered{0};
    void wait_for(const std::atomic<int>& count, int value) const {
        for (int seen = count.load(); seen < value; seen = count.load()) count.wait(seen);
    }
};
AskForAddresses slow(const std::shared_ptr<Slow>& state) {
    return [state](const std::string&, std::uint16_t) {
        ++state->asked;
        state->asked.notify_all();
        state->may_answer.wait(false);
        ++state->answered;
        state->answered.notify_all();
        return Endpoints(1);
    };
}
void end(Slow& state, int count) {
    state.may_answer = true;
    state.may_answer.notify_all();
    state.wait_for(state.answered, count);
}

TEST(ALookUp, OfALiteralAddressAsksNobody) {
    RunningLoop loop;
    const auto nobody = [](const std::string&, std::uint16_t) -> Endpoints { throw std::logic_error("it was asked"); };
    for (const char* host : {"127.0.0.1", "::1"}) {
        const auto found = looked_up(*loop, host, in(0ms), nobody);
        ASSERT_TRUE(found);
        EXPECT_EQ(found->size(), 1u) << host;
    }
}

TEST(ALookUp, FindsWhatTheSystemKnows) {
    RunningLoop loop;
    const auto found = looked_up(*loop, "localhost", in(testing::patience));
    ASSERT_TRUE(found);
    EXPECT_GE(found->size(), 1u);
}

TEST(ALookUp, OfANameWithoutAddressesFindsNone) {
    RunningLoop loop;
    const auto found = looked_up(*loop, "a name", in(testing::patience), [](const std::string&, std::uint16_t) { return Endpoints(); });
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->empty());
}

TEST(ALookUp, ThatIsLateIsLeftToItself) {
    const auto state = std::make_shared<Slow>();
    {
        RunningLoop loop;
        EXPECT_FALSE(looked_up(*loop, "a name", in(20ms), slow(state)));
        state->wait_for(state->asked, 1);
    }
    end(*state, 1);  // and it comes when nobody is there any more
}

TEST(ALookUp, IsOneOfAFewAtOnce) {
    const auto state = std::make_shared<Slow>();
    RunningLoop loop;
    // Somebody whom another test has left behind may be on the way out.
    while (state->asked.load() < most_look_ups) EXPECT_FALSE(looked_up(*loop, "a name", in(0ms), slow(state)));
    const auto before = std::chrono::steady_clock::now();
    EXPECT_FALSE(looked_up(*loop, "a name", in(1h), slow(state))) << "over the limit nobody is asked";
    EXPECT_LT(std::chrono::steady_clock::now() - before, 30min);
    EXPECT_EQ(state->asked.load(), most_look_ups);
    end(*state, most_look_ups);
}

}  // namespace
}  // namespace sidecache::runtime
