#include "tests/unit/proxy/origin/pooled.hpp"

#include <gtest/gtest.h>

namespace sidecache::origin {
namespace {

using namespace std::chrono_literals;
using http::ProxyError;
using testing::Acquired;
using testing::ScriptedServer;
using testing::Visitor;

using APool = testing::PooledTest;

TEST_F(APool, OpensAConnectionWhereNoneIsIdle) {
    make_pool();
    Acquired one;
    get(one);
    ASSERT_NE(one.connection, nullptr);
    EXPECT_FALSE(one.connection->is_reused);
    EXPECT_TRUE(server.accept().is_there());
    EXPECT_EQ(pool->counts().opened, 1u);
    EXPECT_EQ(pool->counts().open, 1);
    discard(one);
    EXPECT_EQ(pool->counts().open, 0);
}

TEST_F(APool, ReusesAConnectionThatCameBack) {
    make_pool();
    Acquired one;
    get(one);
    const Connection* const same = one.connection.get();
    put_back(one);
    EXPECT_EQ(pool->counts().idle, 1);
    Acquired two;
    get(two);
    EXPECT_EQ(two.connection.get(), same);
    EXPECT_TRUE(two.connection->is_reused);
    EXPECT_EQ(pool->counts().opened, 1u);
    EXPECT_EQ(pool->counts().reused, 1u);
    EXPECT_EQ(pool->counts().idle, 0);
    discard(two);
}

TEST_F(APool, OpensANewOneWhereItMustBeNew) {
    make_pool();
    Acquired one;
    get(one);
    put_back(one);
    Acquired two;
    get(two, true);
    EXPECT_FALSE(two.connection->is_reused);
    EXPECT_EQ(pool->counts().opened, 2u);
    discard(two);
}

TEST_F(APool, MakesRoomForANewOneByClosingAnIdleOne) {
    options.pool_max = 1;
    make_pool();
    Acquired one;
    get(one);
    Visitor first = server.accept();
    put_back(one);
    Acquired two;
    get(two, true);
    EXPECT_FALSE(two.connection->is_reused);
    EXPECT_TRUE(first.is_left());
    EXPECT_EQ(pool->counts().open, 1);
    discard(two);
}

TEST_F(APool, DoesNotReuseAConnectionThatTheServerClosed) {
    make_pool();
    Acquired one;
    get(one);
    Visitor visitor = server.accept();
    put_back(one);
    visitor.close();
    Acquired two;
    get(two);
    ASSERT_NE(two.connection, nullptr);
    EXPECT_FALSE(two.connection->is_reused);
    EXPECT_EQ(pool->counts().open, 1);
    EXPECT_EQ(pool->counts().idle, 0);
    discard(two);
}

TEST_F(APool, DoesNotReuseAConnectionOnWhichTheServerSpokeUnasked) {
    make_pool();
    Acquired one;
    get(one);
    Visitor visitor = server.accept();
    put_back(one);
    visitor.send("HTTP/1.1 408 Request Timeout\r\n\r\n");
    Acquired two;
    get(two);
    EXPECT_FALSE(two.connection->is_reused);
    EXPECT_TRUE(visitor.is_left());
    discard(two);
}

TEST_F(APool, ClosesAConnectionThatIsIdleForTooLong) {
    options.pool_idle = 40ms;
    make_pool();
    Acquired one;
    get(one);
    Visitor visitor = server.accept();
    put_back(one);
    EXPECT_TRUE(visitor.is_left());
    on_loop([this] {
        EXPECT_EQ(pool->counts().open, 0);
        EXPECT_EQ(pool->counts().idle, 0);
    });
}

TEST_F(APool, ClosesEachIdleConnectionInItsOwnTime) {
    options.pool_idle = 60ms;
    make_pool();
    Acquired one;
    Acquired two;
    get(one);
    get(two);
    Visitor first = server.accept();
    Visitor second = server.accept();
    put_back(one);
    EXPECT_TRUE(first.is_left());
    EXPECT_FALSE(second.is_left_now());
    put_back(two);
    EXPECT_TRUE(second.is_left());
}

TEST_F(APool, TellsThatItIsAtItsLimitAfterTheWait) {
    options.pool_max = 1;
    options.pool_wait = 30ms;
    make_pool();
    Acquired one;
    get(one);
    Acquired two;
    get(two);
    EXPECT_EQ(two.error, ProxyError::connection_limit_reached);
    EXPECT_EQ(pool->counts().waiting, 0);
    EXPECT_EQ(pool->counts().opened, 1u);
    discard(one);
}

TEST_F(APool, LetsARequestWaitUntilAConnectionComesBack) {
    options.pool_max = 1;
    make_pool();
    Acquired one;
    get(one);
    Acquired two;
    ask(two);
    on_loop([&] {
        EXPECT_FALSE(two.is_there);
        EXPECT_EQ(pool->counts().waiting, 1);
    });
    put_back(one);
    ASSERT_TRUE(two.ended.await(testing::patience));
    EXPECT_TRUE(two.connection->is_reused);
    discard(two);
}

TEST_F(APool, LetsARequestWaitUntilAConnectionEnds) {
    options.pool_max = 1;
    make_pool();
    Acquired one;
    get(one);
    Acquired two;
    ask(two);
    discard(one);
    ASSERT_TRUE(two.ended.await(testing::patience));
    ASSERT_NE(two.connection, nullptr);
    EXPECT_FALSE(two.connection->is_reused);
    discard(two);
}

TEST_F(APool, ServesThoseWhoWaitInTheirOrder) {
    options.pool_max = 1;
    make_pool();
    Acquired one;
    get(one);
    std::array<Acquired, 5> waiting;
    for (Acquired& each : waiting) {
        ask(each);
        on_loop([] {});
    }
    put_back(one);
    for (std::size_t i = 0; i < waiting.size(); ++i) {
        ASSERT_TRUE(waiting[i].ended.await(testing::patience));
        for (std::size_t later = i + 1; later < waiting.size(); ++later) {
            on_loop([&] { EXPECT_FALSE(waiting[later].is_there); });
        }
        if (i % 2 == 0) put_back(waiting[i]);
        else discard(waiting[i]);
    }
}

TEST_F(APool, LetsNoNewcomerPassThoseWhoWait) {
    options.pool_max = 1;
    make_pool();
    Acquired one;
    get(one);
    Acquired waits;
    ask(waits);
    Acquired newcomer;
    on_loop([&] {
        pool->put_back(std::move(one.connection));
        ask(newcomer);  // before the one who waits has heard of it
    });
    ASSERT_TRUE(waits.ended.await(testing::patience));
    on_loop([&] { EXPECT_FALSE(newcomer.is_there); });
    put_back(waits);
    ASSERT_TRUE(newcomer.ended.await(testing::patience));
    discard(newcomer);
}

TEST_F(APool, GivesAtOnceWhatIdlesAndNothingElse) {
    options.pool_max = 1;
    make_pool();
    on_loop([&] { EXPECT_EQ(pool->take_now(), nullptr); });  // none is open
    Acquired one;
    get(one);
    on_loop([&] { EXPECT_EQ(pool->take_now(), nullptr); });  // none idles
    const Connection* const same = one.connection.get();
    put_back(one);
    Acquired again;
    on_loop([&] { again.connection = pool->take_now(); });
    EXPECT_EQ(again.connection.get(), same);
    EXPECT_EQ(pool->counts().reused, 1u);
    discard(again);
}

TEST_F(APool, GivesNothingAtOnceWhereSomebodyWaits) {
    options.pool_max = 1;
    make_pool();
    Acquired one;
    get(one);
    Acquired waits;
    ask(waits);
    on_loop([&] {
        pool->put_back(std::move(one.connection));
        EXPECT_EQ(pool->take_now(), nullptr);  // before the one who waits has heard of it
    });
    ASSERT_TRUE(waits.ended.await(testing::patience));
    discard(waits);
}

TEST_F(APool, GivesNothingAtOnceThatTheServerClosed) {
    make_pool();
    Acquired one;
    get(one);
    Visitor visitor = server.accept();
    put_back(one);
    visitor.close();
    on_loop([&] { EXPECT_EQ(pool->take_now(), nullptr); });
    EXPECT_EQ(pool->counts().open, 0);
}

TEST_F(APool, ServesWhoCameWhileAnotherWasWokenWhereThereIsOneForEach) {
    options.pool_max = 2;
    options.pool_wait = 2s;
    make_pool();
    Acquired one;
    Acquired two;
    get(one);
    get(two);
    Acquired waits;
    ask(waits);
    Acquired newcomer;
    on_loop([&] {
        pool->put_back(std::move(one.connection));
        pool->put_back(std::move(two.connection));
        ask(newcomer);
    });
    ASSERT_TRUE(waits.ended.await(testing::patience));
    ASSERT_TRUE(newcomer.ended.await(testing::patience));
    EXPECT_NE(waits.connection, nullptr);
    EXPECT_NE(newcomer.connection, nullptr) << "waited in vain beside an idle connection";
    discard(waits);
    if (newcomer.connection) discard(newcomer);
}

TEST_F(APool, ForgetsWhoWaitedTooLong) {
    options.pool_max = 1;
    options.pool_wait = 30ms;
    make_pool();
    Acquired one;
    get(one);
    Acquired gave_up;
    get(gave_up);
    ASSERT_EQ(gave_up.error, ProxyError::connection_limit_reached);
    put_back(one);
    Acquired two;
    get(two);
    EXPECT_NE(two.connection, nullptr);
    discard(two);
}

TEST_F(APool, SharesTheLimitWithTheOtherWorkers) {
    options.pool_max = 4;
    options.pool_wait = 20ms;
    make_pool(2);
    std::array<Acquired, 3> all;
    for (Acquired& each : all) get(each);
    EXPECT_NE(all[1].connection, nullptr);
    EXPECT_EQ(all[2].error, ProxyError::connection_limit_reached);
    discard(all[0]);
    discard(all[1]);
}

TEST_F(APool, MayOpenOneConnectionHoweverManyWorkersThereAre) {
    options.pool_max = 2;
    make_pool(8);
    Acquired one;
    get(one);
    EXPECT_NE(one.connection, nullptr);
    discard(one);
}

TEST_F(APool, CountsConnectionsThatAreStillConnectingToo) {
    options.pool_max = 2;
    make_pool();
    std::array<Acquired, 6> burst;
    on_loop([&] {
        for (Acquired& each : burst) ask(each);
    });
    on_loop([&] { EXPECT_LE(pool->counts().open, 2); });
    for (Acquired& each : burst) {
        ASSERT_TRUE(each.ended.await(testing::patience));
        put_back(each);
    }
    EXPECT_EQ(pool->counts().opened, 2u);
}

TEST_F(APool, ClosesAllThatIsIdleWhenItIsTold) {
    make_pool();
    Acquired one;
    get(one);
    Visitor visitor = server.accept();
    put_back(one);
    on_loop([this] { pool->close_idle(); });
    EXPECT_TRUE(visitor.is_left());
    EXPECT_EQ(pool->counts().open, 0);
}

}  // namespace
}  // namespace sidecache::origin
