// One fill, many followers on two workers: whatever becomes of the leader, all of them see the same, and none waits in vain.
#include "cache/fill/fill_table.hpp"
#include "proxy/pipeline/bodies.hpp"
#include "tests/unit/cache/fill/responses.hpp"
#include "tests/unit/proxy/runtime/countdown.hpp"
#include "tests/unit/proxy/runtime/loops.hpp"

#include <boost/asio/post.hpp>

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>

namespace sidecache::pipeline {
namespace {

using namespace std::chrono_literals;
using testing::Countdown;
using testing::in;
using testing::RunningLoop;
using runtime::Task;

constexpr std::size_t follower_count = 64;
constexpr int rounds = 300;

// What became of one who followed.
struct Seen {
    bool was_left_waiting = false;
    bool is_failed = false;
    bool ended_clean = false;
    std::optional<http::ProxyError> error;
    std::string bytes;
};

Task<> read_all(runtime::Loop& loop, fill::ContentPtr content, Seen& seen) {
    Wakeup wakeup(loop);
    fill::Reader reader(content, wakeup);
    for (;;) {
        const fill::Reader::Piece piece = reader.next();
        if (piece.state == fill::Content::State::failed) {
            seen.is_failed = true;
            seen.error = content->error();
            co_return;
        }
        seen.bytes.append(piece.bytes);
        if (piece.is_last) {
            seen.ended_clean = true;
            co_return;
        }
        if (!piece.bytes.empty()) continue;
        const bool is_told = co_await wakeup.event.wait(in(testing::patience));
        if (!is_told) {
            seen.was_left_waiting = true;
            co_return;
        }
    }
}

Task<> follow_to_end(runtime::Loop& loop, fill::FillPtr fill, Seen& seen) {
    Wakeup wakeup(loop);
    const fill::Following following(fill, wakeup);
    while (fill->phase() == fill::Fill::Phase::waiting) {
        const bool is_told = co_await wakeup.event.wait(in(testing::patience));
        if (!is_told) {
            seen.was_left_waiting = true;
            co_return;
        }
    }
    const fill::Fill::View view = fill->view();
    if (view.phase == fill::Fill::Phase::failed) {
        seen.is_failed = true;
        seen.error = view.error;
        co_return;
    }
    co_await read_all(loop, view.answer.response->content(), seen);
}

Task<> follow(runtime::Loop& loop, fill::FillPtr fill, Seen& seen, Countdown& ended) {
    co_await follow_to_end(loop, std::move(fill), seen);
    ended.count();
}

enum class End { dropped, failed_halfway, complete };

// Lets whatever else is ready on this loop go first.
Task<> give_way(runtime::Loop& loop) { co_await runtime::asio::post(loop.executor(), runtime::use_task); }

const std::string whole = std::string(10'000, 'a') + std::string(10'000, 'b') + "the end";

Task<> lead(runtime::Loop& loop, fill::Lead lead, End end, bool is_length_known, Countdown& ended) {
    co_await give_way(loop);
    if (end == End::dropped) {
        { const fill::Lead dropped = std::move(lead); }
        ended.count();
        co_return;
    }
    const std::optional<std::uint64_t> expected = is_length_known ? std::optional<std::uint64_t>(whole.size()) : std::nullopt;
    const fill::ContentPtr content(new fill::Content({}, expected, true));
    fill::Answer answer;
    answer.response = testing::make_stored(content, testing::Fields{{"ETag", "\"1\""}}, {});
    lead->answer(answer);
    const std::size_t half = whole.size() / 2;
    for (std::size_t at = 0; at < whole.size(); at += 1'777) {
        if (end == End::failed_halfway && at > half) {
            content->fail(http::ProxyError::http_response_incomplete);
            ended.count();
            co_return;
        }
        content->append(std::string_view(whole).substr(at, 1'777));
        if (at % 3 == 0) co_await give_way(loop);
    }
    content->complete({});
    ended.count();
}

std::array<Seen, follower_count> run_round(RunningLoop& one, RunningLoop& two, End end, bool is_length_known, bool& all_ended) {
    fill::FillTable table;
    auto joined = table.join({1, 2}, "key", [] {
        fill::Fill::Start start;
        start.hash = {1, 2};
        start.key = "key";
        return std::optional(start);
    });
    std::array<Seen, follower_count> seen;
    Countdown ended(follower_count + 1);
    for (std::size_t i = 0; i < follower_count; ++i) {
        if (i == follower_count / 2) one->spawn("lead", lead(*one, std::move(joined.lead), end, is_length_known, ended));
        RunningLoop& on = i % 2 == 0 ? one : two;
        on->spawn("follow", follow(*on, joined.fill, seen[i], ended));
    }
    all_ended = ended.await(testing::patience + 10s);
    return seen;
}

class CollapsedFill : public ::testing::TestWithParam<bool> {
protected:
    // Runs the rounds and hands what each follower saw to `expect`.
    template <typename Expect>
    void run(End end, Expect expect) {
        RunningLoop one;
        RunningLoop two;
        for (int round = 0; round < rounds && !HasFailure(); ++round) {
            bool all_ended = false;
            const auto all = run_round(one, two, end, GetParam(), all_ended);
            ASSERT_TRUE(all_ended) << "somebody still waits in round " << round;
            for (const Seen& seen : all) {
                ASSERT_FALSE(seen.was_left_waiting);
                expect(seen);
            }
        }
        EXPECT_TRUE(one.exceptions().empty());
        EXPECT_TRUE(two.exceptions().empty());
    }
};
INSTANTIATE_TEST_SUITE_P(LengthKnown, CollapsedFill, ::testing::Bool(), ::testing::PrintToStringParamName());

TEST_P(CollapsedFill, FailsForEveryFollowerWhenItsLeaderGoesWithoutAnAnswer) {
    run(End::dropped, [](const Seen& seen) {
        EXPECT_TRUE(seen.is_failed);
        EXPECT_EQ(seen.error, http::ProxyError::proxy_internal_error);
        EXPECT_EQ(seen.bytes, "");
    });
}

TEST_P(CollapsedFill, NeverLooksLikeACleanEndWhenItFailsHalfway) {
    run(End::failed_halfway, [](const Seen& seen) {
        EXPECT_FALSE(seen.ended_clean);
        EXPECT_TRUE(seen.is_failed);
        EXPECT_EQ(seen.error, http::ProxyError::http_response_incomplete);
        EXPECT_TRUE(whole.starts_with(seen.bytes));
    });
}

TEST_P(CollapsedFill, BringsTheSameBytesToEveryFollower) {
    run(End::complete, [](const Seen& seen) {
        EXPECT_TRUE(seen.ended_clean);
        EXPECT_FALSE(seen.is_failed);
        EXPECT_EQ(seen.bytes, whole);
    });
}

}  // namespace
}  // namespace sidecache::pipeline
