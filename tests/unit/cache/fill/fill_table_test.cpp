#include "cache/fill/fill_table.hpp"

#include "tests/unit/cache/fill/counting_listener.hpp"
#include "tests/unit/cache/fill/responses.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace sidecache::fill {
namespace {

using testing::CountingListener;

constexpr policy::Hash128 hash{1, 2};

class FillTableTest : public ::testing::Test {
protected:
    FillTable::Joined join(std::string key = "key") {
        return table.join(hash, key, [&]() -> std::optional<Fill::Start> {
            Fill::Start start;
            start.hash = hash;
            start.key = key;
            return start;
        });
    }
    FillTable table;
};
using Join = FillTableTest;
using LeadOfAFill = FillTableTest;

Answer make_answer() { return {testing::make_stored(Content::make_complete("x"), {}, {}), policy::Storage::store, false, 200, policy::VarySpec{}}; }

TEST_F(Join, MakesTheFirstALeaderAndTheOthersFollowers) {
    const auto first = join();
    const auto second = join();
    EXPECT_TRUE(static_cast<bool>(first.lead));
    EXPECT_FALSE(static_cast<bool>(second.lead));
    EXPECT_EQ(first.fill, second.fill);
}

TEST_F(Join, StartsNothingWhereTheCallerChangesItsMind) {
    const auto none = table.join(hash, "key", []() -> std::optional<Fill::Start> { return std::nullopt; });
    EXPECT_EQ(none.fill, nullptr);
    EXPECT_FALSE(static_cast<bool>(none.lead));
    EXPECT_TRUE(static_cast<bool>(join().lead));
}

TEST_F(Join, AsksForNoStartWhereAFillIsUnderWay) {
    const auto first = join();
    bool is_asked = false;
    table.join(hash, "key", [&]() -> std::optional<Fill::Start> {
        is_asked = true;
        return std::nullopt;
    });
    EXPECT_FALSE(is_asked);
}

TEST_F(Join, KnowsTwoKeysWithOneHashApart) {
    const auto one = join("one");
    const auto two = join("two");
    EXPECT_NE(one.fill, two.fill);
    EXPECT_TRUE(static_cast<bool>(two.lead));
    EXPECT_EQ(join("two").fill, two.fill);
    EXPECT_EQ(one.fill->phase(), Fill::Phase::waiting);  // goes on, unlisted
}

TEST_F(Join, AfterADetachFindsANewLeaderWhileTheOldFillGoesOn) {
    auto first = join();
    table.detach(*first.fill);
    auto second = join();
    EXPECT_TRUE(static_cast<bool>(second.lead));
    EXPECT_NE(first.fill, second.fill);
    first.lead->answer(make_answer());
    EXPECT_EQ(first.fill->phase(), Fill::Phase::answered);
    EXPECT_EQ(second.fill->phase(), Fill::Phase::waiting);
}

TEST_F(Join, IsNotDisturbedByADetachOfAnOlderFill) {
    const auto first = join();
    table.detach(*first.fill);
    const auto second = join();
    table.detach(*first.fill);
    EXPECT_EQ(join().fill, second.fill);
}

TEST_F(LeadOfAFill, ThatGoesWithoutAnAnswerFailsItsFollowers) {
    auto joined = join();
    CountingListener listener;
    const Following following(joined.fill, listener);
    { const Lead dropped = std::move(joined.lead); }
    EXPECT_EQ(joined.fill->phase(), Fill::Phase::failed);
    EXPECT_EQ(joined.fill->view().error, http::ProxyError::proxy_internal_error);
    EXPECT_EQ(listener.heard(), 1);
}

TEST_F(LeadOfAFill, ThatGoesFreesTheKey) {
    { const auto joined = join(); }
    EXPECT_TRUE(static_cast<bool>(join().lead));
}

TEST_F(LeadOfAFill, ThatGoesAfterItsAnswerLeavesItStanding) {
    auto joined = join();
    joined.lead->answer(make_answer());
    { const Lead dropped = std::move(joined.lead); }
    EXPECT_EQ(joined.fill->phase(), Fill::Phase::answered);
}

TEST_F(LeadOfAFill, ThatFailedKeepsItsOwnError) {
    auto joined = join();
    joined.lead->fail(http::ProxyError::connection_refused);
    { const Lead dropped = std::move(joined.lead); }
    EXPECT_EQ(joined.fill->view().error, http::ProxyError::connection_refused);
}

TEST_F(LeadOfAFill, ThatRetiresLetsAnotherLeadAndGoesOn) {
    auto joined = join();
    joined.lead.retire();
    EXPECT_TRUE(static_cast<bool>(join().lead));
    EXPECT_EQ(joined.fill->phase(), Fill::Phase::waiting);
}

TEST_F(LeadOfAFill, MovesWithItsDuty) {
    auto joined = join();
    Lead other;
    other = std::move(joined.lead);
    EXPECT_TRUE(static_cast<bool>(other));
    EXPECT_EQ(joined.fill->phase(), Fill::Phase::waiting);
    { const Lead last(std::move(other)); }
    EXPECT_EQ(joined.fill->phase(), Fill::Phase::failed);
}

TEST_F(FillTableTest, MakesOneLeaderPerFillUnderThreads) {
    for (int round = 0; round < 200; ++round) {
        std::atomic<int> leaders{0};
        std::atomic<int> failed{0};
        std::atomic<int> ready{0};
        const auto ask = [&] {
            auto joined = join();
            ++ready;
            if (joined.lead) {
                ++leaders;
                while (ready < 4) std::this_thread::yield();
                return;  // without an answer
            }
            while (joined.fill->phase() == Fill::Phase::waiting) std::this_thread::yield();
            failed += joined.fill->phase() == Fill::Phase::failed;
        };
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) threads.emplace_back(ask);
        for (auto& thread : threads) thread.join();
        ASSERT_EQ(leaders.load(), 1);
        ASSERT_EQ(failed.load(), 3);
    }
}

}  // namespace
}  // namespace sidecache::fill
