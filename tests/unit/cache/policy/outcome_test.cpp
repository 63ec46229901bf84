#include "cache/policy/outcome.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace sidecache::policy {
namespace {

using namespace std::chrono_literals;

std::string status_of(const Outcome& outcome) {
    char text[cache_status_max + 1];
    text[cache_status_max] = '#';
    const std::size_t size = write_cache_status(text, outcome);
    EXPECT_LE(size, cache_status_max);
    EXPECT_EQ(text[cache_status_max], '#');
    return {text, size};
}

// RFC 9211 §2.1, §2.4
TEST(CacheStatus, OfAHitTellsTheFreshnessLeft) {
    EXPECT_EQ(status_of({.served = Served::hit, .ttl = 48s}), "sidecache; hit; ttl=48");
    EXPECT_EQ(status_of({.served = Served::hit_stale, .ttl = -412s}), "sidecache; hit; ttl=-412");
    EXPECT_EQ(status_of({.served = Served::hit, .detail = "MEMORY"}), "sidecache; hit; detail=MEMORY");
}

// RFC 9211 §2.2: hit and fwd are exclusive.
TEST(CacheStatus, OfAHitHasNoReasonToForward) {
    EXPECT_EQ(status_of({.served = Served::hit, .forward = Forward::stale, .forward_status = 304, .stored = true}),
              "sidecache; hit");
}

// RFC 9211 §2.2 - §2.6
TEST(CacheStatus, OfAMissTellsWhyAndWhatCameOfIt) {
    EXPECT_EQ(
        status_of({.served = Served::miss, .forward = Forward::uri_miss, .forward_status = 200, .stored = true, .ttl = 60s}),
        "sidecache; fwd=uri-miss; fwd-status=200; stored; ttl=60");
    EXPECT_EQ(status_of({.served = Served::miss, .forward = Forward::vary_miss, .forward_status = 200, .detail = "set-cookie"}),
              "sidecache; fwd=vary-miss; fwd-status=200; detail=set-cookie");
    EXPECT_EQ(status_of({.served = Served::miss}), "sidecache; fwd=miss");
}

TEST(CacheStatus, OfAValidationIsForwardedWith304) {
    EXPECT_EQ(status_of({.served = Served::revalidated, .forward = Forward::request, .forward_status = 304, .stored = true}),
              "sidecache; fwd=request; fwd-status=304; stored");
    EXPECT_EQ(status_of({.served = Served::revalidated}), "sidecache; fwd=stale; fwd-status=304");
}

TEST(CacheStatus, OfAFollowerIsCollapsed) {
    EXPECT_EQ(status_of({.served = Served::collapsed, .forward = Forward::uri_miss, .collapsed = true}),
              "sidecache; fwd=uri-miss; collapsed");
    EXPECT_EQ(status_of({.served = Served::collapsed}), "sidecache; fwd=miss; collapsed");
    EXPECT_EQ(status_of({.served = Served::pass, .forward = Forward::uri_miss, .waited_in_vain = true}), "sidecache; fwd=uri-miss; collapsed=?0");
    EXPECT_EQ(status_of({.served = Served::collapsed, .forward = Forward::uri_miss, .collapsed = true, .waited_in_vain = true}), "sidecache; fwd=uri-miss; collapsed");
}

TEST(CacheStatus, OfWhatPassesTellsTheReason) {
    EXPECT_EQ(status_of({.served = Served::pass, .forward = Forward::method, .forward_status = 201}),
              "sidecache; fwd=method; fwd-status=201");
    EXPECT_EQ(status_of({.served = Served::pass}), "sidecache; fwd=bypass");
    EXPECT_EQ(status_of({.served = Served::own}), "sidecache");
    EXPECT_EQ(status_of({.served = Served::error, .detail = "connection_refused"}), "sidecache; detail=connection_refused");
}

// RFC 9211 §2.8, RFC 9651 §3.3.3, §3.3.4
TEST(CacheStatus, WritesTheDetailAsATokenWhereItIsOneAndElseAsAString) {
    EXPECT_EQ(status_of({.served = Served::hit, .detail = "*a:b/c"}), "sidecache; hit; detail=*a:b/c");
    EXPECT_EQ(status_of({.served = Served::hit, .detail = "2 \"a\\b\""}), "sidecache; hit; detail=\"2 \\\"a\\\\b\\\"\"");
    EXPECT_EQ(status_of({.served = Served::hit, .detail = "a\nb"}), "sidecache; hit");
    EXPECT_EQ(status_of({.served = Served::hit, .detail = "\xc3\xa4"}), "sidecache; hit");
}

TEST(CacheStatus, NeverGrowsBeyondItsRoom) {
    const std::string longest(200, 'x');
    EXPECT_EQ(status_of({.served = Served::hit, .ttl = 1s, .detail = longest}), "sidecache; hit; ttl=1");
    const Outcome most{.served = Served::miss,
                       .forward = Forward::vary_miss,
                       .forward_status = std::numeric_limits<int>::min(),
                       .stored = true,
                       .collapsed = true,
                       .ttl = std::chrono::seconds::min(),
                       .detail = "a-detail-of-ordinary-length"};
    EXPECT_TRUE(status_of(most).ends_with("; detail=a-detail-of-ordinary-length"));
}

TEST(CacheStatus, NamesEveryReasonAsTheStandardDoes) {
    constexpr std::pair<Forward, std::string_view> cases[] = {
        {Forward::none, ""},
        {Forward::bypass, "bypass"},
        {Forward::method, "method"},
        {Forward::uri_miss, "uri-miss"},
        {Forward::vary_miss, "vary-miss"},
        {Forward::miss, "miss"},
        {Forward::request, "request"},
        {Forward::stale, "stale"},
        {Forward::partial, "partial"},
    };
    for (const auto& [forward, name] : cases) EXPECT_EQ(name_of(forward), name);
}

TEST(Served, HasOneLabelEach) {
    constexpr std::string_view labels[] = {"hit", "hit_stale", "revalidated", "collapsed", "miss", "pass", "error", "own"};
    static_assert(std::size(labels) == served_count);
    for (int i = 0; i < served_count; ++i) EXPECT_EQ(name_of(static_cast<Served>(i)), labels[i]);
}

}  // namespace
}  // namespace sidecache::policy
