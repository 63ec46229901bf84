// Writes through the pipeline: what is invalidated and held when the origin's answer comes whole, breaks off, or does not come at all.
#include "tests/unit/proxy/pipeline/served.hpp"

#include <gtest/gtest.h>

namespace sidecache::pipeline {
namespace {

using namespace std::chrono_literals;
using http::ProxyError;
using testing::Served;
using testing::Visitor;

const std::string_view patch = "PATCH /api/patients/5/";
const std::string_view patient = "/api/patients/5/";

class AWrite : public testing::ServedTest {
protected:
    // The origin has the request and answers with these bytes.
    void run_until(std::string_view answer, int pieces = testing::all_pieces, std::string_view fields = {}) {
        start(out, patch, fields, pieces);
        visitor = server.accept();
        visitor.expect();
        visitor.send(answer);
    }
    Visitor visitor{-1};
    Served out;
};

TEST_F(AWrite, ThatIsAnsweredWholeIsInvalidatedAndNotHeld) {
    make_pipeline();
    run_until("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    finish(out);
    EXPECT_EQ(out.status, 200);
    EXPECT_EQ(out.content, "ok");
    EXPECT_GE(ticks(), 1u);
    EXPECT_FALSE(is_held(patient));
}

TEST_F(AWrite, IsInvalidatedBeforeItsAnswerIsThere) {
    make_pipeline();
    run_until("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst");
    // As soon as there is a reply that a client could hear of, the clock has moved.
    await_on_loop([&] { return out.status != 0; });
    EXPECT_GE(ticks(), 1u);
    finish(out);
}

TEST_F(AWrite, WhoseAnswerComesInPartsIsInvalidatedAgainAtItsEnd) {
    make_pipeline();
    run_until("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
    await_on_loop([&] { return out.status != 0; });
    EXPECT_EQ(ticks(), 1u);
    visitor.send("after");
    finish(out);
    EXPECT_EQ(out.content, "firstafter");
    EXPECT_EQ(ticks(), 2u);
    EXPECT_FALSE(is_held(patient));
}

TEST_F(AWrite, WhoseAnswerTheOriginCutsOffIsHeld) {
    make_pipeline();
    run_until("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    await_on_loop([&] { return out.status != 0; });
    visitor.close();
    finish(out);
    EXPECT_EQ(out.error, ProxyError::http_response_incomplete);
    EXPECT_TRUE(is_held(patient));
}

// CONSISTENCY 1.1 write, 1: a client that leaves cancels nothing.
TEST_F(AWrite, WhoseClientLeavesWhileItIsAnsweredIsHeardToItsEnd) {
    make_pipeline();
    run_until("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", 0);
    finish(out);
    EXPECT_EQ(out.status, 200);
    EXPECT_EQ(ticks(), 1u);
    visitor.send("second");
    await_on_loop([&] { return ticks() == 2; });
    EXPECT_FALSE(is_held(patient));
}

TEST_F(AWrite, WhoseClientLeavesAndWhoseAnswerIsThenCutOffIsHeld) {
    make_pipeline();
    run_until("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", 0);
    finish(out);
    visitor.close();
    await_on_loop([&] { return ticks() == 2; });
    EXPECT_TRUE(is_held(patient));
}

TEST_F(AWrite, WhoseClientLeavesIsNotHeardForLongerThanItMayTakeToSettle) {
    snapshot.options.settle = 0ms;
    make_pipeline();
    run_until("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", 0);
    finish(out);
    visitor.send("more");
    await_on_loop([&] { return ticks() == 2; });
}

TEST_F(AWrite, ThatWasRefusedIsNotHeldThoughItsAnswerIsCutOff) {
    make_pipeline();
    run_until("HTTP/1.1 400 Bad Request\r\nContent-Length: 10\r\n\r\nhalf");
    await_on_loop([&] { return out.status != 0; });
    visitor.close();
    finish(out);
    EXPECT_FALSE(is_held(patient));
    EXPECT_EQ(ticks(), 0u);
}

TEST_F(AWrite, WithoutAnAnswerIsInvalidatedAndHeld) {
    make_pipeline();
    start(out, patch);
    visitor = server.accept();
    visitor.expect();
    visitor.close();
    finish(out);
    EXPECT_EQ(out.status, 502);
    EXPECT_GE(ticks(), 1u);
    EXPECT_TRUE(is_held(patient));
    EXPECT_FALSE(server.has_visitor());  // never sent again once a byte has left
}

TEST_F(AWrite, ThatNeverLeftChangesNothing) {
    const testing::ScriptedServer closed(false);
    options.servers = {closed.server()};
    make_pipeline();
    start(out, patch);
    finish(out);
    EXPECT_EQ(out.status, 502);
    EXPECT_EQ(ticks(), 0u);
    EXPECT_FALSE(is_held(patient));
}

TEST_F(AWrite, WithoutAnAnswerInTimeIsHeldAndInvalidatedAgainByALateOne) {
    options.first_byte = 40ms;
    make_pipeline();
    start(out, patch);
    visitor = server.accept();
    visitor.expect();
    finish(out);
    EXPECT_EQ(out.status, 504);
    EXPECT_TRUE(is_held(patient));
    const std::uint64_t before = ticks();
    EXPECT_GE(before, 1u);
    visitor.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    await_on_loop([&] { return ticks() > before; });
}

TEST_F(AWrite, IsRefusedUnsentWhileTheProxyDrains) {
    make_pipeline();
    shared.is_draining = true;
    start(out, patch);
    finish(out);
    EXPECT_EQ(out.status, 503);
    EXPECT_FALSE(server.has_visitor());
    EXPECT_EQ(ticks(), 0u);
}

}  // namespace
}  // namespace sidecache::pipeline
