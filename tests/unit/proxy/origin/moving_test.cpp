// A name that moves to other addresses, and the connections that are kept meanwhile.
#include "tests/unit/proxy/origin/pooled.hpp"
#include "tests/unit/proxy/origin/scripted_names.hpp"

#include <gtest/gtest.h>

namespace sidecache::origin {
namespace {

using namespace std::chrono_literals;
using testing::Acquired;
using testing::endpoint_of;
using testing::ScriptedNames;
using testing::ScriptedServer;
using testing::Visitor;

class ANameThatMoves : public testing::PooledTest {
protected:
    ANameThatMoves() {
        options.servers[0].host = "app.test";
        options.resolve = 1ms;
        look_up = names_of_it.look_up();
    }

    const Endpoint old_address = endpoint_of(server);
    ScriptedServer new_server;
    const Endpoint new_address = endpoint_of(new_server);
    ScriptedNames names_of_it{{old_address}};
};

TEST_F(ANameThatMoves, ClosesAConnectionThatComesBackFromItsOldAddress) {
    make_pool();
    Acquired one;
    get(one);
    Visitor old = server.accept();
    ASSERT_TRUE(names_of_it.change({new_address}));
    EXPECT_FALSE(old.is_left_now()) << "ended in the middle of its exchange";
    put_back(one);
    EXPECT_EQ(pool->counts().open, 0);
    EXPECT_EQ(pool->counts().idle, 0);
    EXPECT_TRUE(old.is_left());
    Acquired two;
    get(two);
    EXPECT_TRUE(new_server.accept().is_there());
    discard(two);
}

TEST_F(ANameThatMoves, ReusesNoIdleConnectionToItsOldAddress) {
    make_pool();
    Acquired one;
    Acquired other;
    get(one);
    get(other);
    Visitor old = server.accept();
    Visitor other_old = server.accept();
    put_back(one);
    put_back(other);
    ASSERT_TRUE(names_of_it.change({new_address}));
    Acquired two;
    get(two);
    EXPECT_FALSE(two.connection->is_reused);
    EXPECT_TRUE(new_server.accept().is_there());
    EXPECT_TRUE(old.is_left());
    EXPECT_TRUE(other_old.is_left());
    EXPECT_EQ(pool->counts().open, 1);
    EXPECT_EQ(pool->counts().idle, 0);
    EXPECT_EQ(pool->counts().reused, 0u);
    discard(two);
}

TEST_F(ANameThatMoves, WakesWhoWaitsForAConnectionThatIsClosedInsteadOfKept) {
    options.pool_max = 1;
    make_pool();
    Acquired one;
    get(one);
    Acquired waits;
    ask(waits);
    on_loop([&] { EXPECT_EQ(pool->counts().waiting, 1); });
    ASSERT_TRUE(names_of_it.change({new_address}));
    put_back(one);
    ASSERT_TRUE(waits.ended.await(testing::patience));
    ASSERT_NE(waits.connection, nullptr);
    EXPECT_FALSE(waits.connection->is_reused);
    EXPECT_TRUE(new_server.accept().is_there());
    EXPECT_EQ(pool->counts().open, 1);
    EXPECT_EQ(pool->counts().waiting, 0);
    discard(waits);
}

TEST_F(ANameThatMoves, KeepsConnectionsToAnAddressForAsLongAsItHasIt) {
    make_pool();
    Acquired one;
    get(one);
    Visitor old = server.accept();
    ASSERT_TRUE(names_of_it.change({new_address, old_address}));
    put_back(one);
    Acquired two;
    get(two);
    EXPECT_TRUE(two.connection->is_reused);
    ASSERT_TRUE(names_of_it.change({new_address}));
    put_back(two);
    EXPECT_EQ(pool->counts().open, 0);
    EXPECT_TRUE(old.is_left());
}

TEST_F(ANameThatMoves, ClosesNothingWhereALookUpFails) {
    make_pool();
    Acquired one;
    get(one);
    ASSERT_TRUE(names_of_it.change({}));
    put_back(one);
    Acquired two;
    get(two);
    EXPECT_TRUE(two.connection->is_reused);
    EXPECT_EQ(pool->counts().opened, 1u);
    discard(two);
}

TEST_F(ANameThatMoves, ChangesNothingWhereALookUpFindsTheSame) {
    const Names looked_up(options, look_up);
    ASSERT_TRUE(names_of_it.change({old_address}));
    const auto before = looked_up.changes();
    ASSERT_TRUE(names_of_it.change({old_address}));
    EXPECT_EQ(looked_up.changes(), before);
    ASSERT_TRUE(names_of_it.change({new_address}));
    EXPECT_EQ(looked_up.changes(), before + 1);
}

}  // namespace
}  // namespace sidecache::origin
