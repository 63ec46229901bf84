// What is said where a server cannot be reached, and which one is asked instead.
#include "tests/unit/proxy/origin/pooled.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <set>
#include <thread>

namespace sidecache::origin {
namespace {

using namespace std::chrono_literals;
using http::ProxyError;
using testing::Acquired;
using testing::ScriptedServer;

using Reaching = testing::PooledTest;

TEST_F(Reaching, AServerThatRefusesIsConnectionRefused) {
    const ScriptedServer closed(false);
    options.servers = {closed.server()};
    make_pool();
    Acquired one;
    get(one);
    EXPECT_EQ(one.error, ProxyError::connection_refused);
    EXPECT_EQ(pool->counts().open, 0);
}

TEST_F(Reaching, AUnixSocketThatIsNotThereIsDestinationUnavailable) {
    ServerAddress address;
    address.text = "unix:/nowhere/at/all.sock";
    address.unix_path = "/nowhere/at/all.sock";
    options.servers = {address};
    make_pool();
    Acquired one;
    get(one);
    EXPECT_EQ(one.error, ProxyError::destination_unavailable);
}

TEST_F(Reaching, AServerThatDoesNotAnswerIsConnectionTimeout) {
    // A full queue of connections that nobody accepts: the next ones are not answered.
    const ScriptedServer deaf(true, 0);
    std::array<int, 4> crowd;
    for (int& each : crowd) {
        each = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        const sockaddr_in at = deaf.address();
        ::connect(each, reinterpret_cast<const sockaddr*>(&at), sizeof at);
    }
    options.servers = {deaf.server()};
    options.connect = 60ms;
    make_pool();
    const auto begun = std::chrono::steady_clock::now();
    Acquired one;
    get(one);
    EXPECT_EQ(one.error, ProxyError::connection_timeout);
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 60ms);
    EXPECT_EQ(pool->counts().open, 0);
    for (const int each : crowd) ::close(each);
}

TEST_F(Reaching, PassesOverAServerThatRefuses) {
    const ScriptedServer closed(false);
    options.servers = {closed.server(), server.server()};
    make_pool();
    std::array<Acquired, 4> all;
    for (Acquired& each : all) {
        get(each);
        EXPECT_NE(each.connection, nullptr);
    }
    for (Acquired& each : all) discard(each);
}

// It waits for it, as long as for a connection.
TEST_F(Reaching, ANameThatIsNotLookedUpYet) {
    ServerAddress named = server.server();
    named.host = "localhost";
    options.servers = {named};
    make_pool();
    Acquired first;
    get(first);
    EXPECT_NE(first.connection, nullptr);
    discard(first);
}

TEST_F(Reaching, AsksTheServersInTurn) {
    ScriptedServer second;
    options.servers = {server.server(), second.server()};
    make_pool();
    std::array<Acquired, 4> all;
    for (Acquired& each : all) get(each);
    std::multiset<std::size_t> asked;
    for (Acquired& each : all) asked.insert(each.connection->server());
    EXPECT_EQ(asked, (std::multiset<std::size_t>{0, 0, 1, 1}));
    for (Acquired& each : all) discard(each);
}

TEST_F(Reaching, TellsTheErrorOfTheLastOneWhereAllFail) {
    const ScriptedServer closed(false);
    ServerAddress missing;
    missing.unix_path = "/nowhere/at/all.sock";
    options.servers = {closed.server(), missing};
    make_pool();
    Acquired one;
    get(one);
    EXPECT_EQ(one.error, ProxyError::destination_unavailable);
    Acquired two;
    get(two);  // in turn: the other is the last one now
    EXPECT_EQ(two.error, ProxyError::connection_refused);
}

TEST_F(Reaching, WaitsForAServerThatIsOnlyBusyWhereAnotherRefuses) {
    const ScriptedServer closed(false);
    options.servers = {server.server(), closed.server()};
    options.pool_max = 1;
    make_pool();
    Acquired one;
    get(one);
    Acquired two;
    ask(two);
    bool is_settled = false;  // waits, or was told that it is refused
    while (!is_settled) on_loop([&] { is_settled = two.is_there || pool->counts().waiting == 1; });
    put_back(one);
    ASSERT_TRUE(two.ended.await(testing::patience));
    EXPECT_NE(two.connection, nullptr) << "refused by one, though the other was only busy";
    if (two.connection) discard(two);
}

TEST_F(Reaching, WakesWhoWaitsWhereAConnectionCouldNotBeOpened) {
    // One may connect at a time; each fails, and the next must get its turn.
    const ScriptedServer closed(false);
    options.servers = {closed.server()};
    options.pool_max = 1;
    make_pool();
    std::array<Acquired, 5> all;
    on_loop([&] {
        for (Acquired& each : all) ask(each);
    });
    for (Acquired& each : all) {
        ASSERT_TRUE(each.ended.await(testing::patience));
        EXPECT_EQ(each.error, ProxyError::connection_refused);
    }
}

TEST(NamesOfTheOrigin, AreThereAtOnceForLiteralAddresses) {
    Options options;
    ServerAddress v4;
    v4.host = "192.0.2.7";
    v4.port = 8000;
    ServerAddress v6;
    v6.host = "2001:db8::1";
    ServerAddress path;
    path.unix_path = "/run/app.sock";
    options.servers = {v4, v6, path};
    const Names names(options);
    ASSERT_EQ(names.of(0)->endpoints.size(), 1u);
    EXPECT_EQ(names.of(0)->endpoints[0].protocol().family(), AF_INET);
    EXPECT_EQ(names.of(1)->endpoints[0].protocol().family(), AF_INET6);
    EXPECT_EQ(names.of(2)->endpoints[0].protocol().family(), AF_UNIX);
    EXPECT_FALSE(names.of(0)->error);
}

TEST(NamesOfTheOrigin, AreLookedUpByAThreadOfTheirOwn) {
    Options options;
    ServerAddress local;
    local.host = "localhost";
    local.port = 8000;
    options.servers = {local};
    const Names names(options);
    const auto until = testing::in(testing::patience);
    for (auto found = names.of(0); found->endpoints.empty(); found = names.of(0)) {
        EXPECT_TRUE(found->error);  // never without a word
        ASSERT_LT(std::chrono::steady_clock::now(), until);
        std::this_thread::yield();
    }
    EXPECT_FALSE(names.of(0)->error);
}

}  // namespace
}  // namespace sidecache::origin
