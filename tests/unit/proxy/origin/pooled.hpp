// A pool on a running loop, and what came of asking it for a connection.
#pragma once

#include "proxy/origin/pool.hpp"
#include "tests/unit/proxy/origin/scripted_server.hpp"
#include "tests/unit/proxy/runtime/countdown.hpp"
#include "tests/unit/proxy/runtime/loops.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <utility>

namespace sidecache::testing {

struct Acquired {
    std::unique_ptr<origin::Connection> connection;
    std::optional<http::ProxyError> error;
    bool is_there = false;
    Countdown ended{1};
};

inline runtime::Task<> acquire(origin::Pool& pool, bool must_be_new, Acquired& out) {
    auto result = co_await pool.acquire(must_be_new);
    if (result) {
        out.connection = std::move(result.value());
    } else {
        out.error = result.error();
    }
    out.is_there = true;
    out.ended.count();
}

class PooledTest : public ::testing::Test {
protected:
    ~PooledTest() override {
        if (pool) on_loop([this] { pool.reset(); });
    }
    origin::Pool& make_pool(unsigned share = 1) {
        names.emplace(options, look_up);
        pool = std::make_unique<origin::Pool>(*loop, options, *names, share);
        return *pool;
    }
    // Runs it on the loop's thread, to its end.
    template <typename Call>
    void on_loop(Call call) {
        Countdown done(1);
        loop->post([&] {
            call();
            done.count();
        });
        ASSERT_TRUE(done.await(patience));
    }
    void ask(Acquired& out, bool must_be_new = false) { loop->spawn("acquire", acquire(*pool, must_be_new, out)); }
    // Asks and waits for the answer.
    void get(Acquired& out, bool must_be_new = false) {
        ask(out, must_be_new);
        ASSERT_TRUE(out.ended.await(patience)) << "no connection and no error";
    }
    void put_back(Acquired& from) {
        on_loop([&] { pool->put_back(std::move(from.connection)); });
    }
    void discard(Acquired& from) {
        on_loop([&] { pool->discard(std::move(from.connection)); });
    }

    ScriptedServer server;
    origin::Options options = [this] {
        origin::Options made;
        made.servers = {server.server()};
        made.pool_wait = patience;
        made.pool_idle = patience;
        return made;
    }();
    origin::LookUp look_up = origin::ask_the_system;
    RunningLoop loop;
    std::optional<origin::Names> names;
    std::unique_ptr<origin::Pool> pool;
};

}  // namespace sidecache::testing
