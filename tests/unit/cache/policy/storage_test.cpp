#include "cache/policy/storage.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include <gtest/gtest.h>

namespace sidecache::policy {
namespace {

using namespace std::chrono_literals;
using testing::Fields;
using testing::make_request;
using testing::make_response;

const Time now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};

struct Exchange {
    Fields request{};
    int status = 200;
    Fields response{};
    std::string_view method = "GET";
    Rules rules{};
    Audience audience = Audience::everybody;
};

std::string_view assess(const Exchange& exchange) {
    const auto request = make_request(exchange.method, "/", exchange.request);
    const auto response = make_response(exchange.status, exchange.response);
    return name_of(assess_storage(request, assess_request(request, exchange.rules), response,
                                  http::parse_response_cache_control(exchange.response),
                                  assess_response(response, exchange.rules, now, now), exchange.rules, exchange.audience));
}

std::string_view assess_control(std::string_view cache_control, int status = 200) {
    return assess({.status = status, .response = {{"Cache-Control", cache_control}}});
}

// RFC 10008 §2.7 for QUERY
TEST(Storage, OnlyTheResponsesToGetAndQueryAreStored) {
    for (const std::string_view method : {"HEAD", "POST", "PUT", "DELETE", "OPTIONS", "query"}) {
        EXPECT_EQ(assess({.response = {{"Cache-Control", "max-age=60"}}, .method = method}), "method") << method;
    }
    EXPECT_EQ(assess_control("max-age=60"), "store");
    EXPECT_EQ(assess({.response = {{"Cache-Control", "max-age=60"}}, .method = "QUERY"}), "store");
}

TEST(Storage, ARouteMaySwitchItOff) {
    EXPECT_EQ(assess({.response = {{"Cache-Control", "max-age=60"}}, .rules = {.cache = false}}), "route-off");
}

// RFC 9111 §3
TEST(Storage, WithExplicitFreshnessAnyFinalStatusIsStored) {
    for (const int status : {200, 201, 203, 204, 301, 302, 307, 400, 403, 404, 410, 500, 503, 599}) {
        EXPECT_EQ(assess_control("max-age=60", status), "store") << status;
    }
    // 206 and 304 complete another response; RFC 6585 §3-§6 forbids the others.
    for (const int status : {100, 103, 199, 206, 304, 428, 429, 431, 511, 600}) {
        EXPECT_EQ(assess_control("public, max-age=60", status), "status") << status;
    }
}

// RFC 9111 §3, RFC 9110 §15.1
TEST(Storage, WithoutExplicitFreshnessTheStatusDecides) {
    const Fields modified{{"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"}};
    for (const int status : {200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501}) {
        EXPECT_EQ(assess({.status = status, .response = modified}), "store") << status;
    }
    for (const int status : {201, 302, 307, 400, 401, 403, 500, 502, 503, 599}) {
        EXPECT_EQ(assess({.status = status, .response = modified}), "status") << status;
    }
    EXPECT_EQ(assess({.status = 302, .response = {{"Cache-Control", "public"}, {"ETag", "\"1\""}}}), "store");
}

TEST(Storage, WhatCanOnlyBeValidatedIsStoredForThat) {
    EXPECT_EQ(assess({.response = {{"ETag", "\"1\""}}}), "store");
    EXPECT_EQ(assess({.response = {{"ETag", "\"1\""}, {"Cache-Control", "no-cache"}}}), "store");
    EXPECT_EQ(assess({.response = {{"ETag", "\"1\""}, {"Cache-Control", "max-age=0"}}}), "store");
}

TEST(Storage, WhatCanNeitherBeReusedNorValidatedIsNotStored) {
    EXPECT_EQ(assess({}), "no-freshness");
    EXPECT_EQ(assess_control("max-age=0"), "no-freshness");
    EXPECT_EQ(assess_control("max-age=60, no-cache"), "no-freshness");
    EXPECT_EQ(assess_control("max-age=0, must-revalidate, stale-while-revalidate=60"), "no-freshness");
    EXPECT_EQ(assess_control("max-age=0, stale-while-revalidate=60"), "store");
    EXPECT_EQ(assess({.response = {{"Expires", "0"}}}), "no-freshness");
}

TEST(Storage, NoStoreOfEitherSideForbidsIt) {
    EXPECT_EQ(assess_control("no-store, max-age=60"), "no-store");  // §5.2.2.5
    EXPECT_EQ(assess({.request = {{"Cache-Control", "no-store"}}, .response = {{"Cache-Control", "max-age=60"}}}),
              "request-no-store");  // §5.2.1.5
    EXPECT_EQ(assess({.response = {{"Cache-Control", "no-store"}}, .rules = {.fresh = 60s}}), "no-store");
}

// RFC 9111 §5.2.2.3
TEST(Storage, MustUnderstandLiftsNoStoreForAStatusThatIsUnderstood) {
    EXPECT_EQ(assess_control("must-understand, no-store, max-age=60", 200), "store");
    EXPECT_EQ(assess_control("must-understand, no-store, max-age=60", 404), "store");
    EXPECT_EQ(assess_control("must-understand, no-store, max-age=60", 599), "status");
    EXPECT_EQ(assess_control("must-understand, max-age=60", 299), "status");
}

// RFC 9111 §5.2.2.7
TEST(Storage, PrivateIsNotForASharedCache) {
    EXPECT_EQ(assess_control("private, max-age=60"), "private");
    EXPECT_EQ(assess_control("private=\"vary\", max-age=60"), "private");
    EXPECT_EQ(assess_control("private=\"x\", max-age=60"), "store");
    EXPECT_EQ(assess({.response = {{"Cache-Control", "private"}}, .rules = {.fresh = 60s}}), "private");
}

// RFC 9111 §3.5
TEST(Storage, AResponseToAuthorizationNeedsAWordOfTheOrigin) {
    const auto authorized = [](std::string_view cache_control, Rules rules = {}) {
        return assess(
            {.request = {{"Authorization", "Token x"}}, .response = {{"Cache-Control", cache_control}}, .rules = rules});
    };
    EXPECT_EQ(authorized("max-age=60"), "authorization");
    EXPECT_EQ(authorized("max-age=60, proxy-revalidate"), "authorization");
    EXPECT_EQ(authorized("max-age=60", {.fresh = 60s}), "authorization");
    EXPECT_EQ(authorized("max-age=60, public"), "store");
    EXPECT_EQ(authorized("max-age=60, must-revalidate"), "store");
    EXPECT_EQ(authorized("s-maxage=60"), "store");
}

TEST(Storage, SetCookieIsRefusedUnlessPublicOrShared) {
    const auto with_cookie = [](std::string_view cache_control, Rules rules = {}) {
        return assess({.response = {{"Set-Cookie", "a=1"}, {"Cache-Control", cache_control}}, .rules = rules});
    };
    EXPECT_EQ(with_cookie("max-age=60"), "set-cookie");
    EXPECT_EQ(with_cookie("max-age=60, public"), "store");
    EXPECT_EQ(with_cookie("max-age=60", {.share_set_cookie = true}), "store");
    // §5.2.2.4, §5.2.2.7: the cookie is not stored then.
    EXPECT_EQ(with_cookie("max-age=60, private=\"Set-Cookie\""), "store");
    EXPECT_EQ(with_cookie("max-age=60, no-cache=\"x, set-cookie\""), "store");
    EXPECT_EQ(with_cookie("max-age=60, no-cache=\"x\""), "set-cookie");
}

// A refusal is of one credential, whoever shares its partition.
TEST(Storage, ARefusalIsNotForAPartitionOfSeveralCredentials) {
    const auto refusal = [](int status, std::string_view control, Audience audience) {
        return assess({.status = status, .response = {{"Cache-Control", control}}, .rules = {.principal = std::uint8_t{0}}, .audience = audience});
    };
    for (const int status : {401, 403}) {
        EXPECT_EQ(refusal(status, "private, max-age=60", Audience::principal), "private") << status;
        EXPECT_EQ(refusal(status, "max-age=60", Audience::everybody), "private") << status;
        EXPECT_EQ(refusal(status, "private, max-age=60", Audience::credential), "store") << status;
        for (const std::string_view control : {"public, max-age=60", "s-maxage=60"}) {
            EXPECT_EQ(refusal(status, control, Audience::principal), "private") << status << control;
            EXPECT_EQ(refusal(status, control, Audience::everybody), "private") << status << control;
            EXPECT_EQ(refusal(status, control, Audience::credential), "store") << status << control;
        }
        EXPECT_EQ(assess_control("max-age=60", status), "store") << status;  // where the route names nobody
    }
    EXPECT_EQ(refusal(404, "private, max-age=60", Audience::principal), "store");
}

// RFC 9111 §5.2.2.4, §5.2.2.7
TEST(LeftOut, AreTheFieldsOfNoCacheAndThoseOfPrivateWhereMoreThanOneClientMayRead) {
    using Names = std::vector<std::string_view>;
    const auto names = [](std::string_view cache_control, Audience audience) {
        const Fields fields{{"Cache-Control", cache_control}};
        return left_out(http::parse_response_cache_control(fields), assess_response(make_response(200, fields), {}, now, now), audience);
    };
    constexpr std::string_view both = "private=\"a\", no-cache=\"b\"";
    EXPECT_EQ(names(both, Audience::everybody), (Names{"b", "a"}));
    EXPECT_EQ(names(both, Audience::principal), (Names{"b", "a"}));
    EXPECT_EQ(names(both, Audience::credential), Names{"b"});
    // Filed for everybody, whoever asked.
    EXPECT_EQ(names("s-maxage=60, private=\"a\"", Audience::credential), Names{"a"});
    EXPECT_EQ(names("private, no-cache", Audience::everybody), Names{});
}

// RFC 9111 §4.1
TEST(Storage, AVaryThatNamesEverythingOrNothingReadableForbidsIt) {
    const auto with_vary = [](std::string_view vary, Rules rules = {}) {
        return assess({.response = {{"Vary", vary}, {"Cache-Control", "max-age=60"}}, .rules = rules});
    };
    EXPECT_EQ(with_vary("*"), "vary-star");
    EXPECT_EQ(with_vary("Accept, *", {.fresh = 60s}), "vary-star");
    EXPECT_EQ(with_vary("Accept Encoding"), "malformed");
    EXPECT_EQ(with_vary("Accept, Cookie"), "store");
    EXPECT_EQ(with_vary(""), "store");
}

}  // namespace
}  // namespace sidecache::policy
