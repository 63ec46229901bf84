#include "cache/redis/pipe.hpp"
#include "proxy/runtime/loop.hpp"
#include "tests/unit/cache/redis/redis_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sidecache::redis {
namespace {

using namespace std::chrono_literals;
using runtime::Task;
using std::chrono::steady_clock;

// Made outside of coroutines: GCC 12 takes no braced list in a full expression with co_await.
std::vector<Command> ping() { return {{"PING"}}; }
std::vector<Command> get(const std::string& key) { return {{"GET", key}}; }
std::vector<Command> wait_for_nothing() { return {{"BLPOP", "nothing", "1"}}; }
std::vector<Command> set_and_wait_for_nothing() { return {{"SET", "k", "v"}, {"BLPOP", "nothing", "1"}}; }
std::vector<Command> set_and_get(const std::string& key, const std::string& value) { return {{"SET", key, value}, {"GET", key}}; }

class PipeTest : public ::testing::Test {
protected:
    PipeOptions options() const {
        PipeOptions options;
        options.link.address.unix_path = redis.socket();
        options.link.connect = 10s;
        options.deadline = 10s;
        options.stuck = 10s;
        options.breaker.failures = 1'000;
        return options;
    }
    void make(const PipeOptions& options) { pipe = std::make_unique<Pipe>(loop, options); }

    // Until the task ends; the pipe's own tasks end after it.
    void run(Task<> task) {
        loop.spawn("test", run_and_stop(std::move(task)));
        loop.run();
    }
    Task<> run_and_stop(Task<> task) {
        co_await std::move(task);
        pipe->close();
        while (loop.tasks() > 1) co_await rest(1ms);
        loop.stop();
    }
    Task<> rest(std::chrono::milliseconds time) {
        runtime::Event nobody_sets(loop);
        co_await nobody_sets.wait(steady_clock::now() + time);
    }
    std::uint64_t troubles(Trouble trouble) const { return pipe->counts().troubles[static_cast<std::size_t>(trouble)].load(); }

    // Many at once, each for itself.
    Task<> ask_for(int number) {
        const std::string key = "k" + std::to_string(number);
        const Link::Replies replies = co_await pipe->ask(set_and_get(key, std::to_string(number)));
        const bool is_right = replies.trouble == Trouble::none && replies.values.size() == 2 && replies.values[1].text == std::to_string(number);
        EXPECT_TRUE(is_right) << number;
        ++answered;
    }
    Task<> ask_many(int count) {
        for (int i = 0; i < count; ++i) loop.spawn("one of many", ask_for(i));
        while (answered < count) co_await rest(1ms);
        EXPECT_EQ(pipe->counts().connections.load(), 1u);
        EXPECT_EQ(pipe->counts().waiting.load(), 0);
    }
    Task<> wait_in_vain() {
        Link::Replies replies = co_await pipe->ask(wait_for_nothing());
        EXPECT_EQ(replies.trouble, Trouble::timeout);
        ++answered;
    }
    // Whose replies come too late are not taken for those of the next.
    Task<> ask_after_a_timeout() {
        co_await wait_in_vain();
        const Link::Replies half = co_await pipe->ask(set_and_wait_for_nothing());
        EXPECT_EQ(half.trouble, Trouble::timeout);
        while (pipe->counts().waiting.load() > 0) co_await rest(1ms);
        const Link::Replies replies = co_await pipe->ask(get("k"));
        EXPECT_EQ(replies.trouble, Trouble::none);
        EXPECT_EQ(replies.values.at(0).text, "v");
        EXPECT_EQ(pipe->counts().connections.load(), 1u);
        EXPECT_EQ(troubles(Trouble::timeout), 2u);
    }
    Task<> ask_too_much() {
        for (int i = 0; i < 3; ++i) loop.spawn("waits", wait_in_vain());
        co_await rest(10ms);
        const Link::Replies replies = co_await pipe->ask(ping());
        EXPECT_EQ(replies.trouble, Trouble::busy);
        while (answered < 3) co_await rest(1ms);
    }
    Task<> ask_until_it_answers() {
        const auto until = steady_clock::now() + 60s;
        Trouble trouble = Trouble::timeout;
        while (trouble != Trouble::none && steady_clock::now() < until) {
            const Link::Replies replies = co_await pipe->ask(ping());
            trouble = replies.trouble;
            co_await rest(5ms);
        }
        EXPECT_EQ(trouble, Trouble::none);
    }
    Task<> ask_a_server_that_is_stopped() {
        co_await ask_until_it_answers();
        redis.pause();
        for (int i = 0; i < 20; ++i) {
            const Link::Replies replies = co_await pipe->ask(ping());
            EXPECT_NE(replies.trouble, Trouble::none);
        }
        EXPECT_GE(troubles(Trouble::timeout), 1u);
        EXPECT_GE(troubles(Trouble::paused), 1u) << "it is left alone";
        EXPECT_EQ(pipe->counts().left_alone.load(), 1);
        redis.resume();
        co_await ask_until_it_answers();
        EXPECT_EQ(pipe->counts().left_alone.load(), 0);
    }
    Task<> ask_a_server_that_is_killed() {
        const Link::Replies before = co_await pipe->ask(ping());
        EXPECT_EQ(before.trouble, Trouble::none);
        redis.kill();
        const Link::Replies gone = co_await pipe->ask(ping());
        EXPECT_NE(gone.trouble, Trouble::none);
        const Link::Replies refused = co_await pipe->ask(ping());
        EXPECT_EQ(refused.trouble, Trouble::unreachable);
        redis.start();
        const Link::Replies again = co_await pipe->ask(ping());
        EXPECT_EQ(again.trouble, Trouble::none);
        EXPECT_EQ(pipe->counts().connections.load(), 2u);
    }
    Task<> ask_for_more_than_may_be_read() {
        const Link::Replies replies = co_await pipe->ask(set_and_get("k", std::string(100'000, 'x')));
        EXPECT_EQ(replies.trouble, Trouble::protocol);
        const Link::Replies next = co_await pipe->ask(ping());
        EXPECT_EQ(next.trouble, Trouble::none) << "on another connection";
    }
    Task<> ask_when_closed() {
        pipe->close();
        const Link::Replies replies = co_await pipe->ask(ping());
        EXPECT_EQ(replies.trouble, Trouble::closed);
    }

    sidecache::testing::RedisProcess redis;
    runtime::Loop loop{[](std::string_view task, std::string_view what) { ADD_FAILURE() << task << ": " << what; }};
    std::unique_ptr<Pipe> pipe;
    int answered = 0;
};

TEST_F(PipeTest, GivesEachItsOwnRepliesHoweverManyAskAtOnce) {
    make(options());
    run(ask_many(400));
}

TEST_F(PipeTest, LetsWhoHasWaitedLongEnoughGoOnWithoutConfusingTheNext) {
    PipeOptions asked = options();
    asked.deadline = 300ms;
    make(asked);
    run(ask_after_a_timeout());
}

TEST_F(PipeTest, TakesNoMoreThanMayWait) {
    PipeOptions asked = options();
    asked.deadline = 100ms;
    asked.waiting = 3;
    make(asked);
    run(ask_too_much());
}

TEST_F(PipeTest, LeavesAServerAloneThatDoesNotAnswerUntilItDoes) {
    PipeOptions asked = options();
    asked.deadline = 100ms;
    asked.stuck = 300ms;
    asked.breaker = {.failures = 5, .pause = 50ms};
    make(asked);
    run(ask_a_server_that_is_stopped());
}

TEST_F(PipeTest, ConnectsAnewToAServerThatWasKilled) {
    make(options());
    run(ask_a_server_that_is_killed());
}

TEST_F(PipeTest, GivesAConnectionUpOnWhichMoreComesThanMayBeRead) {
    PipeOptions asked = options();
    asked.link.limits.size = 50'000;
    make(asked);
    run(ask_for_more_than_may_be_read());
}

TEST_F(PipeTest, RefusesWhoAsksOnceItIsClosed) {
    make(options());
    run(ask_when_closed());
}

}  // namespace
}  // namespace sidecache::redis
