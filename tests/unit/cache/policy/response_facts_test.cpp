#include "cache/policy/response_facts.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include <gtest/gtest.h>

namespace sidecache::policy {
namespace {

using namespace std::chrono_literals;
using testing::Fields;
using testing::make_response;

// Sat, 21 Nov 2026 12:00:00 GMT
const Time noon = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + 12h;
constexpr std::string_view noon_text = "Sat, 21 Nov 2026 12:00:00 GMT";

ResponseFacts assess(const Fields& fields, int status = 200, const Rules& rules = {}, std::chrono::milliseconds delay = 0ms) {
    return assess_response(make_response(status, fields), rules, noon - delay, noon);
}

void expect_lifetime(const ResponseFacts& facts, LifetimeSource source, seconds lifetime) {
    EXPECT_EQ(name_of(facts.source), name_of(source));
    EXPECT_EQ(facts.lifetime, lifetime);
}

// RFC 9111 §4.2.1
TEST(Freshness, SMaxageWinsOverMaxAgeInASharedCache) {
    expect_lifetime(assess({{"Cache-Control", "max-age=60, s-maxage=10"}, {"Expires", noon_text}}), LifetimeSource::s_maxage,
                    10s);
}

TEST(Freshness, MaxAgeWinsOverExpires) {
    expect_lifetime(assess({{"Cache-Control", "max-age=60"}, {"Expires", "Sat, 21 Nov 2026 13:00:00 GMT"}, {"Date", noon_text}}),
                    LifetimeSource::max_age, 60s);
}

TEST(Freshness, AnInvalidSMaxageIsStaleAndDoesNotFallBack) {
    expect_lifetime(assess({{"Cache-Control", "max-age=60, s-maxage=x"}}), LifetimeSource::s_maxage, 0s);
    expect_lifetime(assess({{"Cache-Control", "max-age=x"}, {"Expires", "Sat, 21 Nov 2026 13:00:00 GMT"}}),
                    LifetimeSource::max_age, 0s);
}

TEST(Freshness, ByExpiresIsCountedFromDate) {
    expect_lifetime(assess({{"Date", "Sat, 21 Nov 2026 11:59:00 GMT"}, {"Expires", "Sat, 21 Nov 2026 12:01:00 GMT"}}),
                    LifetimeSource::expires, 120s);
}

// RFC 9110 §6.6.1
TEST(Freshness, WithoutDateTheTimeOfReceiptStandsForIt) {
    expect_lifetime(assess({{"Expires", "Sat, 21 Nov 2026 12:01:00 GMT"}}), LifetimeSource::expires, 60s);
    expect_lifetime(assess({{"Expires", "Sat, 21 Nov 2026 12:01:00 GMT"}, {"Date", "yesterday"}}), LifetimeSource::expires, 60s);
}

// RFC 9111 §5.3, §4.2.1
TEST(Freshness, AnExpiresThatIsInvalidPastOrRepeatedIsAlreadyExpired) {
    for (const std::string_view value :
         {"0", "-1", "", "tomorrow", "Sat, 21 Nov 2026 11:00:00 GMT", "Sat, 21 Nov 2026 13:00:00 UTC"}) {
        expect_lifetime(assess({{"Expires", value}, {"Date", noon_text}, {"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"}}),
                        LifetimeSource::expires, 0s);
    }
    constexpr std::string_view later = "Sat, 21 Nov 2026 13:00:00 GMT";
    expect_lifetime(assess({{"Expires", later}, {"Expires", later}, {"Date", noon_text}}), LifetimeSource::expires, 0s);
}

// RFC 9111 §4.2.2
TEST(Freshness, ByHeuristicIsATenthOfTheTimeSinceLastModifiedAndAtMostADay) {
    expect_lifetime(assess({{"Date", noon_text}, {"Last-Modified", "Sat, 21 Nov 2026 11:50:00 GMT"}}), LifetimeSource::heuristic,
                    60s);
    expect_lifetime(assess({{"Date", noon_text}, {"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"}}), LifetimeSource::heuristic,
                    24h);
    expect_lifetime(assess({{"Date", noon_text}, {"Last-Modified", "Sat, 21 Nov 2026 12:00:01 GMT"}}), LifetimeSource::none, 0s);
    expect_lifetime(assess({{"Date", noon_text}, {"Last-Modified", "a while ago"}}), LifetimeSource::none, 0s);
}

// RFC 9110 §15.1
TEST(Freshness, ByHeuristicIsForStatusesCacheableByDefaultOrPublicResponses) {
    const Fields fields{{"Date", noon_text}, {"Last-Modified", "Sat, 21 Nov 2026 11:50:00 GMT"}};
    for (const int status : {200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501}) {
        EXPECT_EQ(assess(fields, status).source, LifetimeSource::heuristic) << status;
    }
    for (const int status : {201, 202, 302, 303, 307, 400, 401, 403, 429, 500, 502, 503, 504, 599}) {
        EXPECT_EQ(assess(fields, status).source, LifetimeSource::none) << status;
    }
    const Fields marked{{"Date", noon_text}, {"Last-Modified", "Sat, 21 Nov 2026 11:50:00 GMT"}, {"Cache-Control", "public"}};
    EXPECT_EQ(assess(marked, 302).source, LifetimeSource::heuristic);
}

TEST(Freshness, OfTheRouteReplacesThatOfTheOrigin) {
    Rules rules;
    rules.fresh = 300s;
    expect_lifetime(assess({{"Cache-Control", "s-maxage=1, max-age=0"}}, 200, rules), LifetimeSource::route, 300s);
    expect_lifetime(assess({}, 404, rules), LifetimeSource::route, 300s);
    EXPECT_TRUE(assess({{"Cache-Control", "no-cache"}}, 200, rules).always_validate);
}

TEST(Freshness, OfTheRouteIsNotForStatusesThatNeedTheOriginsWord) {
    Rules rules;
    rules.fresh = 300s;
    expect_lifetime(assess({}, 500, rules), LifetimeSource::none, 0s);
    expect_lifetime(assess({{"Cache-Control", "max-age=5"}}, 503, rules), LifetimeSource::max_age, 5s);
}

// RFC 9213 §2.2
TEST(Freshness, ATargetedFieldSilencesExpires) {
    expect_lifetime(assess({{"CDN-Cache-Control", "none"}, {"Expires", "Sat, 21 Nov 2026 13:00:00 GMT"}}), LifetimeSource::none,
                    0s);
    expect_lifetime(assess({{"CDN-Cache-Control", "max-age=600"}, {"Cache-Control", "no-cache"}}), LifetimeSource::max_age, 600s);
}

// RFC 9111 §4.2.3
TEST(Age, IsTheGreaterOfApparentAgeAndCorrectedAgeValue) {
    EXPECT_EQ(assess({{"Date", noon_text}}).corrected_initial_age, 0s);
    EXPECT_EQ(assess({{"Date", "Sat, 21 Nov 2026 11:59:50 GMT"}}).corrected_initial_age, 10s);
    EXPECT_EQ(assess({{"Date", "Sat, 21 Nov 2026 12:00:50 GMT"}}).corrected_initial_age, 0s);
    EXPECT_EQ(assess({{"Date", noon_text}, {"Age", "30"}}).corrected_initial_age, 30s);
    EXPECT_EQ(assess({{"Date", "Sat, 21 Nov 2026 11:59:00 GMT"}, {"Age", "30"}}).corrected_initial_age, 60s);
    EXPECT_EQ(assess({{"Age", "30"}}, 200, {}, 3500ms).corrected_initial_age, 33s);
    EXPECT_EQ(assess({}, 200, {}, 900ms).corrected_initial_age, 0s);
}

struct AgeCase {
    std::string_view value;
    seconds age;
};

// RFC 9111 §5.1
TEST(Age, IsTheFirstMemberAndIgnoredIfInvalid) {
    constexpr AgeCase cases[] = {
        {"0", 0s},    {"60", 60s}, {"60, 5", 60s}, {"60,x", 60s}, {"-60", 0s},
        {"60.0", 0s}, {"60s", 0s}, {"", 0s},       {"x, 60", 0s}, {"99999999999999999999", http::max_delta_seconds},
    };
    for (const AgeCase& c : cases) {
        const ResponseFacts facts = assess({{"Age", c.value}});
        EXPECT_EQ(facts.age_value, c.age) << c.value;
        EXPECT_TRUE(facts.had_age) << c.value;  // someone before us is a cache, whatever the number
    }
    EXPECT_EQ(assess({{"Age", "7"}, {"Age", "60"}}).age_value, 7s);
    EXPECT_FALSE(assess({}).had_age);
}

TEST(Age, GrowsWithResidentTimeAndNeverShrinks) {
    const ResponseFacts facts = assess({{"Age", "30"}});
    EXPECT_EQ(current_age(facts, noon), 30s);
    EXPECT_EQ(current_age(facts, noon + 12500ms), 42s);
    EXPECT_EQ(current_age(facts, noon - 1h), 30s);
}

TEST(Staleness, IsForbiddenByDirectivesOfTheResponse) {
    EXPECT_TRUE(assess({{"Cache-Control", "must-revalidate"}}).never_stale);
    EXPECT_TRUE(assess({{"Cache-Control", "proxy-revalidate"}}).never_stale);
    EXPECT_TRUE(assess({{"Cache-Control", "s-maxage=9"}}).never_stale);  // §5.2.2.10
    EXPECT_FALSE(assess({{"Cache-Control", "max-age=9"}}).never_stale);
}

// RFC 5861 §3, §4
TEST(Staleness, OfTheResponseWinsOverThatOfTheRoute) {
    Rules rules;
    rules.stale = {30s, 60s};
    const ResponseFacts own = assess({{"Cache-Control", "max-age=9, stale-while-revalidate=0, stale-if-error=5"}}, 200, rules);
    EXPECT_EQ(own.while_revalidate, 0s);
    EXPECT_EQ(own.if_error, 5s);
    const ResponseFacts route = assess({{"Cache-Control", "max-age=9"}}, 200, rules);
    EXPECT_EQ(route.while_revalidate, 30s);
    EXPECT_EQ(route.if_error, 60s);
}

TEST(Staleness, OfTheRouteDoesNotMakeReusableWhatIsStoredForValidationOnly) {
    Rules rules;
    rules.stale = {30s, 60s};
    const ResponseFacts facts = assess({{"ETag", "\"1\""}}, 200, rules);
    EXPECT_EQ(facts.while_revalidate, 0s);
    EXPECT_EQ(facts.if_error, 60s);
}

// RFC 9110 §8.8.2.2, §8.8.3
TEST(Validators, AreStrongOrWeak) {
    EXPECT_TRUE(assess({{"ETag", "\"1\""}}).has_strong_etag);
    EXPECT_FALSE(assess({{"ETag", "W/\"1\""}}).has_strong_etag);
    EXPECT_TRUE(assess({{"ETag", "W/\"1\""}}).has_etag);
    EXPECT_FALSE(assess({{"ETag", "1"}}).has_etag);
    EXPECT_FALSE(assess({{"ETag", "\"1\""}, {"ETag", "\"2\""}}).has_etag);
    const auto modified = [](std::string_view text) { return assess({{"Date", noon_text}, {"Last-Modified", text}}); };
    EXPECT_TRUE(modified("Sat, 21 Nov 2026 11:59:58 GMT").last_modified_is_strong);
    EXPECT_FALSE(modified("Sat, 21 Nov 2026 11:59:59 GMT").last_modified_is_strong);
    EXPECT_TRUE(modified("Sat, 21 Nov 2026 11:59:59 GMT").has_last_modified);
    EXPECT_FALSE(modified("yesterday").has_last_modified);
    EXPECT_FALSE(assess({{"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"}}).last_modified_is_strong);
}

TEST(KeptUntil, FreshnessGraceAndKeepFollowOneAnother) {
    Rules rules;
    rules.stale = {.while_revalidate = 5s, .if_error = 20s, .keep = 100s};
    const auto left = [&rules](const Fields& fields) { return std::chrono::duration_cast<seconds>(kept_until(assess(fields, 200, rules)) - noon); };
    EXPECT_EQ(left({{"Cache-Control", "max-age=60"}}), 180s);
    EXPECT_EQ(left({{"Cache-Control", "max-age=60"}, {"Age", "50"}}), 130s);
    EXPECT_EQ(left({{"Cache-Control", "max-age=60, stale-while-revalidate=30, stale-if-error=0"}}), 190s);
    EXPECT_EQ(left({{"Cache-Control", "max-age=60, must-revalidate"}}), 160s);
    EXPECT_EQ(left({{"Cache-Control", "max-age=60"}, {"Age", "75"}}), 105s);
    EXPECT_EQ(left({{"Cache-Control", "max-age=60"}, {"Age", "7500"}}), 100s);  // since it came
    EXPECT_EQ(left({{"ETag", "\"1\""}}), 120s);
    rules.stale = {.keep = 0s};
    EXPECT_EQ(left({{"Cache-Control", "max-age=60"}}), 60s);
    rules = {};
    EXPECT_EQ(left({{"Cache-Control", "max-age=60"}}), 60s + 1h);
}

// Times that no clock has are no reason to keep something for ever, or to have it overflow into the past.
TEST(KeptUntil, StaysWithinACentury) {
    EXPECT_EQ(kept_until(assess({{"Date", noon_text}, {"Expires", "Fri, 31 Dec 9999 23:59:59 GMT"}})), noon + std::chrono::years{100});
    EXPECT_EQ(kept_until(assess({{"Date", "Mon, 01 Jan 0001 00:00:00 GMT"}, {"Cache-Control", "max-age=60"}})), noon + 1h);
    EXPECT_GT(kept_until(assess({{"Cache-Control", "max-age=99999999999, stale-if-error=99999999999"}})), noon + std::chrono::years{99});
}

}  // namespace
}  // namespace sidecache::policy
