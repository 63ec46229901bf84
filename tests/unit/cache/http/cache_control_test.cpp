#include "cache/http/cache_control.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include <gtest/gtest.h>

namespace sidecache::http {
namespace {

using testing::Fields;

ResponseCacheControl response(std::string_view value) { return parse_response_cache_control(Fields{{"Cache-Control", value}}); }

RequestCacheControl request(std::string_view value) { return parse_request_cache_control(Fields{{"Cache-Control", value}}); }

// RFC 9111 §1.2.2
TEST(DeltaSeconds, AreDigitsOnlyAndNeverOverflow) {
    EXPECT_EQ(parse_delta_seconds("0"), Seconds{0});
    EXPECT_EQ(parse_delta_seconds("007"), Seconds{7});
    EXPECT_EQ(parse_delta_seconds("2147483647"), Seconds{2147483647});
    EXPECT_EQ(parse_delta_seconds("2147483648"), max_delta_seconds);
    EXPECT_EQ(parse_delta_seconds("99999999999999999999999999"), max_delta_seconds);
    for (const std::string_view text : {"", "-1", "+1", "1.0", "1 ", " 1", "1s", "0x1", "1e3"}) {
        EXPECT_EQ(parse_delta_seconds(text), std::nullopt) << text;
    }
}

// RFC 9111 §4.2.1, §5.2
TEST(ResponseCacheControl, ReadsMaxAge) {
    constexpr std::pair<std::string_view, int> cases[] = {
        {"max-age=60", 60},
        {"MAX-AGE=60", 60},
        {"max-age=\"60\"", 60},  // §5.2: both forms
        {"public, max-age=60", 60},
        {"max-age=60, max-age=60", 60},
        {"max-age=60, max-age=30", 0},  // §4.2.1: said twice and differently
        {"max-age=60, max-age=x", 0},
        {"max-age", 0},
        {"max-age=", 0},
        {"max-age=-1", 0},
        {"max-age=60.0", 0},
        {"max-age=60s", 0},
        {"max-age='60'", 0},
        {"max-age= 60", 0},
        {"max-age=\"60", 0},
        {"max-age=4294967296", 2147483647},
    };
    for (const auto& [value, expected] : cases) {
        const auto max_age = response(value).max_age;
        ASSERT_TRUE(max_age) << value;
        EXPECT_EQ(std::min(max_age->count(), std::int64_t{2147483647}), expected) << value;
    }
}

TEST(ResponseCacheControl, IgnoresWhatOnlyLooksLikeMaxAge) {
    for (const std::string_view value :
         {"", "max-age =60", "xmax-age=60", "ext=\"max-age=60\"", "ext=\"a, max-age=60\"", "max-age:60"}) {
        EXPECT_FALSE(response(value).max_age) << value;
    }
}

TEST(ResponseCacheControl, ReadsEveryDirectiveOfEveryLine) {
    const auto control = parse_response_cache_control(Fields{
        {"Cache-Control", "no-store, no-cache, private, Public"},
        {"Cache-Control", "must-revalidate, proxy-revalidate, must-understand, no-transform, immutable"},
        {"cache-control", "max-age=1, s-maxage=2, stale-while-revalidate=3, stale-if-error=4"},
    });
    EXPECT_TRUE(control.no_store && control.no_cache && control.is_private && control.is_public);
    EXPECT_TRUE(control.must_revalidate && control.proxy_revalidate && control.must_understand);
    EXPECT_TRUE(control.no_transform);
    EXPECT_EQ(control.max_age, Seconds{1});
    EXPECT_EQ(control.s_maxage, Seconds{2});
    EXPECT_EQ(control.stale_while_revalidate, Seconds{3});
    EXPECT_EQ(control.stale_if_error, Seconds{4});
}

// RFC 9111 §5.2.2.4, §5.2.2.7
TEST(ResponseCacheControl, PrivateAndNoCacheWithFieldNamesLeaveTheseOut) {
    const auto control = response("private=\"x-a, X-B\", no-cache=set-cookie, max-age=60");
    EXPECT_FALSE(control.is_private);
    EXPECT_FALSE(control.no_cache);
    EXPECT_EQ(control.private_fields, (std::vector<std::string_view>{"x-a", "X-B"}));
    EXPECT_EQ(control.no_cache_fields, (std::vector<std::string_view>{"set-cookie"}));
    EXPECT_EQ(control.max_age, Seconds{60});
}

TEST(ResponseCacheControl, PrivateAndNoCacheWithoutFieldNamesAreMeantWhereBothAreSaid) {
    EXPECT_TRUE(response("private, private=\"x-a\"").is_private);
    EXPECT_TRUE(response("no-cache=\"x-a\", no-cache").no_cache);
    EXPECT_TRUE(response("private=\"x-a\", private=\"date\"").is_private);
}

// A cache may always take them for the directives without names.
TEST(ResponseCacheControl, FieldNamesThatCannotBeReadOrLeftOutCountAsNone) {
    for (const std::string_view names : {"", "\"\"", "\",\"", "\"x-a", "x-a\"", "\"x a\"", "\"x-a, x/b\"", "\"x-\\a\"", "'x-a'", "\"x-a\"x", "x-a;x-b",
                                         "\"Vary\"", "\"x-a, cache-control\"", "etag", "\"Content-Type\"", "\"content-security-policy\"",
                                         "\"Age\"", "\"Expires\"", "\"Surrogate-Key\"", "\"Cache-Groups\"", "\"Location\"", "\"Connection\"", "\"WWW-Authenticate\"",
                                         "\"CDN-Cache-Control\"", "\"Last-Modified\"", "\"Via\""}) {
        EXPECT_TRUE(response("max-age=60, private=" + std::string(names)).is_private) << names;
        EXPECT_TRUE(response("no-cache=" + std::string(names)).no_cache) << names;
    }
    std::string many = "x-0";
    for (int i = 1; i < 17; ++i) many += ", x-" + std::to_string(i);
    const std::string value = "private=\"" + many + "\"";
    EXPECT_TRUE(response(value).is_private);
    EXPECT_TRUE(response(value).private_fields.empty());
}

TEST(ResponseCacheControl, HearsNoStoreBehindAQuoteThatNeverEnds) { EXPECT_TRUE(response("ext=\"a, no-store").no_store); }

TEST(ResponseCacheControl, TakesTheSmallerOfTwoStaleTimesAndNoInvalidOne) {
    EXPECT_EQ(response("stale-if-error=9, stale-if-error=4").stale_if_error, Seconds{4});
    EXPECT_FALSE(response("stale-if-error=x").stale_if_error);
    EXPECT_FALSE(response("stale-while-revalidate").stale_while_revalidate);
}

// RFC 9213 §2.2
TEST(ResponseCacheControl, ATargetedFieldStandsForCacheControl) {
    const auto control =
        parse_response_cache_control(Fields{{"Cache-Control", "no-store"}, {"CDN-Cache-Control", "max-age=600"}});
    EXPECT_TRUE(control.is_targeted);
    EXPECT_FALSE(control.no_store);
    EXPECT_EQ(control.max_age, Seconds{600});
}

TEST(ResponseCacheControl, OurOwnTargetedFieldComesBeforeThatOfAllCdns) {
    const auto control = parse_response_cache_control(
        Fields{{"CDN-Cache-Control", "max-age=600"}, {"Sidecache-Cache-Control", "max-age=5, stale-if-error=7;x"}});
    EXPECT_EQ(control.max_age, Seconds{5});
    EXPECT_EQ(control.stale_if_error, Seconds{7});
}

// RFC 9213 §2.1
TEST(ResponseCacheControl, ATargetedFieldThatIsEmptyOrNoDictionaryIsIgnored) {
    for (const std::string_view value :
         {"", "max-age=60,", "max-age=", "Max-Age=60", "max-age 60", "a=(1 2)", "\"max-age=60\""}) {
        const auto control = parse_response_cache_control(Fields{{"Cache-Control", "max-age=1"}, {"CDN-Cache-Control", value}});
        EXPECT_FALSE(control.is_targeted) << value;
        EXPECT_EQ(control.max_age, Seconds{1}) << value;
    }
}

TEST(ResponseCacheControl, ATargetedFieldWithAnotherTypeThanAnIntegerGivesNoFreshness) {
    for (const std::string_view value : {"max-age=\"60\"", "max-age=60.0", "max-age", "max-age=-1", "max-age=sixty"}) {
        EXPECT_EQ(parse_response_cache_control(Fields{{"CDN-Cache-Control", value}}).max_age, Seconds{0}) << value;
    }
    const auto control = parse_response_cache_control(Fields{{"CDN-Cache-Control", "no-store=?0, private, no-cache=\"a, b\""}});
    EXPECT_FALSE(control.no_store);
    EXPECT_TRUE(control.is_private);
    EXPECT_TRUE(control.no_cache);
    EXPECT_TRUE(control.private_fields.empty() && control.no_cache_fields.empty());
}

TEST(RequestCacheControl, ReadsEveryDirective) {
    const auto control =
        request("no-cache, No-Store, only-if-cached, no-transform, max-age=1, max-stale=2, min-fresh=3, stale-if-error=4");
    EXPECT_TRUE(control.no_cache && control.no_store && control.only_if_cached && control.no_transform);
    EXPECT_EQ(control.max_age, Seconds{1});
    EXPECT_EQ(control.max_stale, Seconds{2});
    EXPECT_EQ(control.min_fresh, Seconds{3});
    EXPECT_EQ(control.stale_if_error, Seconds{4});
}

// RFC 9111 §5.2.1.2
TEST(RequestCacheControl, MaxStaleWithoutAValueAcceptsAnyStaleness) {
    EXPECT_EQ(request("max-stale").max_stale, max_delta_seconds);
}

TEST(RequestCacheControl, WhatCannotBeReadIsTakenInItsStrictestSense) {
    EXPECT_EQ(request("max-age=x").max_age, Seconds{0});
    EXPECT_FALSE(request("max-stale=x").max_stale);
    EXPECT_EQ(request("min-fresh=x").min_fresh, max_delta_seconds);
    EXPECT_FALSE(request("stale-if-error").stale_if_error);
    EXPECT_EQ(request("max-age=9, max-age=3").max_age, Seconds{3});
    EXPECT_EQ(request("min-fresh=9, min-fresh=3").min_fresh, Seconds{9});
}

// RFC 9111 §5.4
TEST(RequestCacheControl, PragmaCountsOnlyWithoutCacheControl) {
    EXPECT_TRUE(parse_request_cache_control(Fields{{"Pragma", "x, No-Cache"}}).no_cache);
    EXPECT_FALSE(parse_request_cache_control(Fields{{"Pragma", "no-cache"}, {"Cache-Control", "max-age=1"}}).no_cache);
    EXPECT_FALSE(parse_response_cache_control(Fields{{"Pragma", "no-cache"}}).no_cache);
}

}  // namespace
}  // namespace sidecache::http
