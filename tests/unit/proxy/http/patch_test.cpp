#include "proxy/http/patch.hpp"

#include "proxy/http/request_id.hpp"
#include "tests/unit/proxy/http/hits.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sidecache::door {
namespace {

using namespace std::chrono_literals;
using testing::ParsedRequest;

class APatch : public ::testing::Test {
protected:
    std::string made(int minor_version = 1, bool keep_alive = true) const {
        http1::RequestHead request;
        request.minor_version = minor_version;
        std::string out;
        append_patch(out, patch, outcome, request, keep_alive, options);
        return out;
    }
    APatch() { options.cache_status = false; }
    Patch patch;
    policy::Outcome outcome;
    Options options;
};

TEST_F(APatch, OfNothingIsTheEmptyLine) { EXPECT_EQ(made(), "\r\n"); }

TEST_F(APatch, TellsTheLengthOfTheContent) {
    patch.content_length = 0;
    EXPECT_EQ(made(), "Content-Length: 0\r\n\r\n");
    patch.content_length = 18'446'744'073'709'551'615U;
    EXPECT_EQ(made(), "Content-Length: 18446744073709551615\r\n\r\n");
}

TEST_F(APatch, TellsThatTheContentIsChunked) {
    patch.is_chunked = true;
    EXPECT_EQ(made(), "Transfer-Encoding: chunked\r\n\r\n");
}

TEST_F(APatch, TellsAnAgeThatIsNeverNegative) {
    patch.age = 7s;
    EXPECT_EQ(made(), "Age: 7\r\n\r\n");
    patch.age = -7s;
    EXPECT_EQ(made(), "Age: 0\r\n\r\n");
}

TEST_F(APatch, TellsTheConnectionWhatTheClientDoesNotExpect) {
    EXPECT_EQ(made(1, true), "\r\n");
    EXPECT_EQ(made(1, false), "Connection: close\r\n\r\n");
    EXPECT_EQ(made(0, true), "Connection: keep-alive\r\n\r\n");
    EXPECT_EQ(made(0, false), "Connection: close\r\n\r\n");
}

TEST_F(APatch, TellsTheCacheStatusIfConfigured) {
    options.cache_status = true;
    outcome.served = policy::Served::hit;
    EXPECT_EQ(made(), "Cache-Status: sidecache; hit\r\n\r\n");
}

TEST_F(APatch, TellsTheKeyInTheCacheStatusAlone) {
    patch.key = "GET api api.example /a?q=\"x\"";
    EXPECT_EQ(made(), "\r\n");
    options.cache_status = true;
    outcome.served = policy::Served::hit;
    outcome.ttl = 5s;
    EXPECT_EQ(made(), "Cache-Status: sidecache; hit; ttl=5; key=\"GET api api.example /a?q=\\\"x\\\"\"\r\n\r\n");
}

TEST_F(APatch, TellsXCacheIfConfigured) {
    options.x_cache = true;
    for (const auto served : {policy::Served::hit, policy::Served::hit_stale, policy::Served::revalidated, policy::Served::collapsed}) {
        outcome.served = served;
        EXPECT_EQ(made(), "X-Cache: HIT\r\n\r\n");
    }
    for (const auto served : {policy::Served::miss, policy::Served::pass, policy::Served::error}) {
        outcome.served = served;
        EXPECT_EQ(made(), "X-Cache: MISS\r\n\r\n");
    }
}

TEST_F(APatch, TellsHowLongTheOriginTookIfItWasAsked) {
    patch.origin_time = 12'345us;
    EXPECT_EQ(made(), "Server-Timing: sidecache-origin;dur=12.3\r\n\r\n");
    patch.origin_time = 0us;
    EXPECT_EQ(made(), "\r\n");
    patch.origin_time = 12'345us;
    options.server_timing = false;
    EXPECT_EQ(made(), "\r\n");
}

TEST_F(APatch, FitsIntoTheRoomThatItPromises) {
    options.cache_status = options.x_cache = true;
    patch = {.age = 2'147'483'648s, .content_length = 18'446'744'073'709'551'615U, .is_chunked = false, .origin_time = 1h};
    outcome.served = policy::Served::miss;
    outcome.forward = policy::Forward::uri_miss;
    outcome.forward_status = 200;
    outcome.stored = outcome.collapsed = true;
    outcome.ttl = -2'147'483'648s;
    outcome.detail = "a-detail-that-is-long";
    EXPECT_LE(made(0, false).size(), 400u);
    const std::string key(1'000, '"');
    patch.key = key;
    EXPECT_LE(made(0, false).size(), 610u);
}

TEST(ARequestsId, IsTheClientsOwnIfItIsNotTooLong) {
    const ParsedRequest request("GET / HTTP/1.1\r\nHost: a\r\nx-request-id: theirs\r\n\r\n");
    EXPECT_EQ(RequestId(request.head.view, "X-Request-ID", 1).text(), "theirs");
    EXPECT_NE(RequestId(request.head.view, "X-Correlation-ID", 1).text(), "theirs");
    const std::string text = "GET / HTTP/1.1\r\nHost: a\r\nX-Request-ID: " + std::string(129, 'x') + "\r\n\r\n";
    const ParsedRequest too_long(text);
    EXPECT_EQ(RequestId(too_long.head.view, "X-Request-ID", 1).text().size(), 32u);
}

TEST(ARequestsId, IsMadeWhereThereIsNoneAndNeverTwice) {
    const ParsedRequest request("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    std::set<std::string> seen;
    for (std::uint64_t count = 0; count < 1'000; ++count) {
        const RequestId id(request.head.view, "X-Request-ID", count);
        EXPECT_EQ(id.text().size(), 32u);
        EXPECT_EQ(id.text().find_first_not_of("0123456789abcdef"), std::string_view::npos);
        seen.emplace(id.text());
    }
    EXPECT_EQ(seen.size(), 1'000u);
}

TEST(ARequestsId, IsNoneWhereNoneIsConfigured) {
    const ParsedRequest request("GET / HTTP/1.1\r\nHost: a\r\nX-Request-ID: theirs\r\n\r\n");
    EXPECT_EQ(RequestId(request.head.view, "", 1).text(), "");
}

}  // namespace
}  // namespace sidecache::door
