// Reads through the pipeline: one fill for all, unless a write came between (CONSISTENCY 1.1 share, T2).
#include "tests/unit/proxy/pipeline/served.hpp"

#include <gtest/gtest.h>

#include <array>

namespace sidecache::pipeline {
namespace {

using namespace std::chrono_literals;
using http::ProxyError;
using testing::Served;
using testing::Visitor;

constexpr std::string_view read_it = "GET /api/patients/5/";
constexpr std::string_view path = "/api/patients/5/";

std::string answer(std::string_view content, std::string_view fields = "Cache-Control: max-age=60\r\n") {
    return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "Content-Length: " + std::to_string(content.size()) + "\r\n\r\n" + std::string(content);
}

class ARead : public testing::ServedTest {
protected:
    ARead() { make_pipeline(); }
    // The group `own` of this path, as a write of it would.
    void tick(std::string_view written = path) {
        policy::Groups groups;
        const testing::Fields none{};
        groups_of_write(groups, group_space(snapshot), testing::make_request("PUT", written, none), nullptr);
        shared.epochs.tick(std::span(groups.data(), groups.size()));
    }
    void get_fill_under_way(Served& out, std::string_view fields = {}) {
        start(out, read_it, fields);
        visitor = server.accept();
        visitor.expect();
    }
    // Until so many wait on the fill that is under way: they are done with what they do before they wait.
    void settle() {
        for (int i = 0; i < 10; ++i) on_loop([] {});
    }
    // The next request, on the first connection again or on another one, which is `second` then.
    Visitor& await_next(Visitor& second) {
        const auto until = testing::in(testing::patience);
        while (std::chrono::steady_clock::now() < until) {
            if (visitor.has_spoken()) break;
            if (!server.has_visitor()) continue;
            second = server.accept();
            second.expect();
            return second;
        }
        visitor.expect();
        return visitor;
    }
    Visitor visitor{-1};
};

TEST_F(ARead, IsFetchedOnceAndReusedThen) {
    Served first;
    get_fill_under_way(first);
    visitor.send(answer("v1"));
    finish(first);
    EXPECT_EQ(first.content, "v1");
    EXPECT_EQ(first.outcome.served, policy::Served::miss);
    EXPECT_TRUE(first.outcome.stored);
    await_on_loop([&] { return shared.store.stats().entries == 1; });
    Served second;
    start(second, read_it);
    finish(second);
    EXPECT_EQ(second.content, "v1");
    EXPECT_EQ(second.outcome.served, policy::Served::hit);
}

TEST_F(ARead, IsSharedByAllWhoAskMeanwhile) {
    Served first;
    get_fill_under_way(first);
    std::array<Served, 20> others;
    for (Served& each : others) start(each, read_it);
    settle();
    visitor.send(answer("v1"));
    finish(first);
    for (Served& each : others) {
        finish(each);
        EXPECT_EQ(each.content, "v1");
        EXPECT_EQ(each.outcome.served, policy::Served::collapsed);
    }
    EXPECT_EQ(pool->counts().opened, 1u);
}

TEST_F(ARead, ThatBeganBeforeAWriteIsNotSharedByWhoAskedAfterIt) {
    Served before;
    get_fill_under_way(before);
    tick();
    Served after;
    start(after, read_it);
    Visitor second = server.accept();
    second.expect();
    visitor.send(answer("old"));
    second.send(answer("new"));
    finish(before);
    finish(after);
    EXPECT_EQ(before.content, "old");
    EXPECT_EQ(after.content, "new");
    // And nobody reuses the old one, whichever came last.
    await_on_loop([&] { return loop->tasks() == 0; });
    Served later;
    start(later, read_it);
    finish(later);
    EXPECT_EQ(later.content, "new");
    EXPECT_EQ(later.outcome.served, policy::Served::hit);
}

TEST_F(ARead, IsNotSharedWhereTheHeadNamesAGroupThatWasWrittenMeanwhile) {
    Served before;
    get_fill_under_way(before);
    const policy::Group ward = policy::named_group(group_space(snapshot), "ward-9");
    shared.epochs.tick({&ward, 1});
    Served after;
    start(after, read_it);
    settle();  // it waits on the fill: nothing that is known of it so far was written
    EXPECT_FALSE(server.has_visitor());
    visitor.send(answer("old", "Cache-Control: max-age=60\r\nSurrogate-Key: ward-9\r\n"));
    Visitor second{-1};
    await_next(second).send(answer("new", "Cache-Control: max-age=60\r\nSurrogate-Key: ward-9\r\n"));
    finish(before);
    finish(after);
    EXPECT_EQ(before.content, "old");
    EXPECT_EQ(after.content, "new");
}

TEST_F(ARead, ThatSaysNoCacheSharesNoFillThatBeganBeforeIt) {
    Served before;
    get_fill_under_way(before);
    Served after;
    start(after, read_it, "Cache-Control: no-cache\r\n");
    Visitor second = server.accept();
    EXPECT_TRUE(second.is_there());
    second.expect();
    second.send(answer("second"));
    visitor.send(answer("first"));
    finish(before);
    finish(after);
    EXPECT_EQ(after.content, "second");
}

TEST_F(ARead, ThatFailsFailsForAllWhoShareIt) {
    Served first;
    get_fill_under_way(first);
    std::array<Served, 5> others;
    for (Served& each : others) start(each, read_it);
    settle();
    visitor.send("HTTP/1.1 banana\r\n\r\n");
    finish(first);
    EXPECT_EQ(first.status, 502);
    for (Served& each : others) {
        finish(each);
        EXPECT_EQ(each.status, 502);
    }
}

TEST_F(ARead, ThatBreaksOffBreaksForAllWhoShareItAndIsNotStored) {
    Served first;
    get_fill_under_way(first);
    std::array<Served, 5> others;
    for (Served& each : others) start(each, read_it);
    settle();
    visitor.send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 10\r\n\r\nhalf");
    for (Served& each : others) await_on_loop([&] { return each.status != 0; });
    visitor.close();
    finish(first);
    EXPECT_EQ(first.error, ProxyError::http_response_incomplete);
    for (Served& each : others) {
        finish(each);
        EXPECT_EQ(each.error, ProxyError::http_response_incomplete);
    }
    EXPECT_EQ(shared.store.stats().entries, 0u);
}

TEST_F(ARead, OfOneClientAloneIsFetchedByEachForHimself) {
    Served first;
    get_fill_under_way(first);
    Served other;
    start(other, read_it);
    settle();
    visitor.send(answer("his", "Cache-Control: private\r\n"));
    finish(first);
    Visitor second{-1};
    await_next(second).send(answer("hers", "Cache-Control: private\r\n"));
    finish(other);
    EXPECT_EQ(first.content, "his");
    EXPECT_EQ(other.content, "hers");
    EXPECT_EQ(shared.store.stats().entries, 0u);
}

TEST_F(ARead, GoesOnForTheOthersWhenTheFirstClientLeaves) {
    Served first;
    start(first, read_it, {}, 0);  // reads nothing of the content
    visitor = server.accept();
    visitor.expect();
    Served other;
    start(other, read_it);
    settle();
    visitor.send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 10\r\n\r\nfirst");
    finish(first);
    visitor.send("after");
    finish(other);
    EXPECT_EQ(other.content, "firstafter");
}

// Whether the others may have the answer is not known yet.
TEST_F(ARead, TellsInterimResponsesToNobodyElse) {
    Served first;
    get_fill_under_way(first);
    Served other;
    start(other, read_it);
    settle();
    visitor.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer("v1"));
    finish(first);
    finish(other);
    EXPECT_EQ(first.interim.size(), 1u);
    EXPECT_EQ(other.interim.size(), 0u);
}

TEST_F(ARead, IsSentOnceMoreWhereAReusedConnectionHadJustBeenClosed) {
    Served first;
    get_fill_under_way(first);
    visitor.send(answer("v1", "Cache-Control: no-store\r\n"));
    finish(first);
    await_on_loop([&] { return pool->counts().idle == 1; });
    Served second;
    start(second, "GET /api/doctors/");
    visitor.expect();
    visitor.close();  // it had the request, and closes without a word
    Visitor again = server.accept();
    again.expect();
    again.send(answer("v2"));
    finish(second);
    EXPECT_EQ(second.content, "v2");
    EXPECT_EQ(shared.counts.retries.load(), 1u);
}

}  // namespace
}  // namespace sidecache::pipeline
