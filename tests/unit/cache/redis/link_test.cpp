#include "cache/redis/link.hpp"
#include "proxy/runtime/loop.hpp"
#include "tests/unit/cache/redis/redis_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace sidecache::redis {
namespace {

using namespace std::chrono_literals;
using runtime::Task;

class LinkTest : public ::testing::Test {
protected:
    Options options(std::string path) const {
        Options options;
        options.address.unix_path = std::move(path);
        options.connect = 10s;
        return options;
    }
    // Until the task ends, on a loop that then stops.
    void run(std::function<Task<>()> task) {
        loop.spawn("test", run_and_stop(std::move(task)));
        loop.run();
    }
    Task<> run_and_stop(std::function<Task<>()> task) {
        co_await task();
        loop.stop();
    }
    runtime::Loop loop{[](std::string_view, std::string_view what) { ADD_FAILURE() << what; }};
};

// A socket that takes connections and says only what it is told to.
class Silent {
public:
    Silent() {
        std::string name = (std::filesystem::temp_directory_path() / "sidecache-link-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path().data(), path().size());
        listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        EXPECT_EQ(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(listener_, 8), 0);
    }
    ~Silent() {
        if (connection_ >= 0) ::close(connection_);
        ::close(listener_);
        std::filesystem::remove_all(folder_);
    }
    std::string path() const { return folder_ + "/s"; }
    // Once it has been asked something: what is left unread would end the connection with an error, which may overtake the answer.
    void say(std::string_view text) {
        if (connection_ < 0) connection_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        hear();
        EXPECT_EQ(::send(connection_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    }
    void hang_up() {
        hear();
        ::close(connection_);
        connection_ = -1;
    }

private:
    void hear() {
        char octets[256];
        EXPECT_GT(::recv(connection_, octets, sizeof octets, 0), 0);
    }
    std::string folder_;
    int listener_ = -1;
    int connection_ = -1;
};

TEST_F(LinkTest, AsksInTurnAndHearsEachReply) {
    sidecache::testing::RedisProcess redis;
    Link link(loop, options(redis.socket()));
    run([&]() -> Task<> {
        const Trouble opened = co_await link.open();
        EXPECT_EQ(opened, Trouble::none);
        std::vector<Command> commands{{"SET", "k", std::string(300'000, 'v')}, {"GET", "k"}, {"NOSUCH"}, {"GET", "absent"}};
        const Link::Replies replies = co_await link.ask(std::move(commands), 10s);
        EXPECT_EQ(replies.trouble, Trouble::none);
        EXPECT_EQ(replies.values.size(), 4u);
        EXPECT_TRUE(replies.values[0].is_status("OK"));
        EXPECT_EQ(replies.values[1].text.size(), 300'000u);
        EXPECT_EQ(replies.values[2].error_kind(), "ERR");
        EXPECT_TRUE(replies.values[3].is_nil());
        EXPECT_TRUE(link.is_open()) << "an error of a command is none of the connection";
    });
}

TEST_F(LinkTest, ChoosesTheDatabaseAndTellsWhoItIs) {
    sidecache::testing::RedisProcess redis;
    redis.command({"ACL", "SETUSER", "app", "on", ">secret", "~*", "+@all"});
    Options asked = options(redis.socket());
    asked.address.user = "app";
    asked.address.password = "secret";
    asked.address.database = 3;
    Link link(loop, asked);
    asked.address.password = "wrong";
    Link stranger(loop, asked);
    run([&]() -> Task<> {
        const Trouble opened = co_await link.open();
        EXPECT_EQ(opened, Trouble::none);
        std::vector<Command> commands{{"ACL", "WHOAMI"}, {"CLIENT", "INFO"}};
        const Link::Replies replies = co_await link.ask(std::move(commands), 10s);
        EXPECT_EQ(replies.values.at(0).text, "app");
        EXPECT_THAT(replies.values.at(1).text, ::testing::HasSubstr(" db=3 "));
        const Trouble refused = co_await stranger.open();
        EXPECT_EQ(refused, Trouble::refused);
        EXPECT_FALSE(stranger.is_open());
    });
}

TEST_F(LinkTest, FindsNobodyThere) {
    Link link(loop, options("/nonexistent/redis.sock"));
    run([&]() -> Task<> {
        const Trouble opened = co_await link.open();
        EXPECT_EQ(opened, Trouble::unreachable);
        std::vector<Command> commands{{"PING"}};
        const Link::Replies replies = co_await link.ask(std::move(commands), 10s);
        EXPECT_EQ(replies.trouble, Trouble::closed);
    });
}

TEST_F(LinkTest, WaitsNoLongerThanTheDeadline) {
    sidecache::testing::RedisProcess redis;
    Link link(loop, options(redis.socket()));
    run([&]() -> Task<> {
        const Trouble opened = co_await link.open();
        EXPECT_EQ(opened, Trouble::none);
        std::vector<Command> commands{{"BLPOP", "nothing", "0"}};
        const Link::Replies replies = co_await link.ask(std::move(commands), 50ms);
        EXPECT_EQ(replies.trouble, Trouble::timeout);
        EXPECT_FALSE(link.is_open()) << "what comes late answers nothing that is asked next";
    });
}

TEST_F(LinkTest, OpensWithinItsDeadlineOrNotAtAll) {
    Silent server;
    Options asked = options(server.path());
    asked.connect = 50ms;
    Link link(loop, asked);
    run([&]() -> Task<> {
        const Trouble opened = co_await link.open();
        EXPECT_EQ(opened, Trouble::timeout);
    });
}

TEST_F(LinkTest, IsClosedByWhatIsNoReplyAndByAnEnd) {
    for (const bool hangs_up : {false, true}) {
        Silent server;
        runtime::Loop own([](std::string_view, std::string_view what) { ADD_FAILURE() << what; });
        Link link(own, options(server.path()));
        const auto ask = [&]() -> Task<> {
            const Trouble opened = co_await link.open();
            EXPECT_EQ(opened, Trouble::none);
            std::vector<Command> commands{{"PING"}};
            const Link::Replies replies = co_await link.ask(std::move(commands), 10s);
            EXPECT_EQ(replies.trouble, hangs_up ? Trouble::closed : Trouble::protocol);
            EXPECT_FALSE(link.is_open());
            own.stop();
        };
        std::thread other([&] {
            server.say(hangs_up ? "+PONG\r\n" : "+PONG\r\nHTTP/1.1 400 Bad Request\r\n\r\n");
            if (hangs_up) server.hang_up();
        });
        own.spawn("test", ask());
        own.run();
        other.join();
    }
}

}  // namespace
}  // namespace sidecache::redis
