#include "cache/policy/reuse.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include <gtest/gtest.h>

namespace sidecache::policy {
namespace {

using testing::Fields;
using testing::make_request;
using testing::make_response;

const Time received = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};

ResponseFacts stored_with(std::string_view cache_control, const Rules& rules = {}) {
    const Fields fields{{"Cache-Control", cache_control}, {"ETag", "\"1\""}};
    return assess_response(make_response(200, fields), rules, received, received);
}

RequestFacts request_with(const Fields& fields, const Rules& rules = {}) { return assess_request(make_request("GET", "/", fields), rules); }

RequestFacts request_control(std::string_view cache_control) {
    return cache_control.empty() ? RequestFacts{} : request_with(Fields{{"Cache-Control", cache_control}});
}

struct ReuseCase {
    std::string_view stored, request;
    int age;
    Reuse reuse;
    Forward forward = Forward::none;
};

std::ostream& operator<<(std::ostream& out, const ReuseCase& c) {
    return out << "stored '" << c.stored << "', request '" << c.request << "', age " << c.age;
}

void expect_all(std::span<const ReuseCase> cases) {
    for (const ReuseCase& c : cases) {
        const auto decision = decide_reuse(request_control(c.request), stored_with(c.stored), true, received + seconds{c.age});
        EXPECT_EQ(static_cast<int>(decision.reuse), static_cast<int>(c.reuse)) << c;
        EXPECT_EQ(name_of(decision.forward), name_of(c.forward)) << c;
        EXPECT_EQ(decision.age, seconds{c.age}) << c;
    }
}

// RFC 9111 §4.2: fresh while freshness_lifetime > current_age.
TEST(Reuse, AFreshResponseIsReusedAndAStaleOneValidated) {
    expect_all(std::array<ReuseCase, 6>{{
        {"max-age=60", "", 0, Reuse::fresh},
        {"max-age=60", "", 59, Reuse::fresh},
        {"max-age=60", "", 60, Reuse::validate, Forward::stale},
        {"max-age=60", "", 61, Reuse::validate, Forward::stale},
        {"max-age=0", "", 0, Reuse::validate, Forward::stale},
        {"", "", 0, Reuse::validate, Forward::stale},
    }});
}

TEST(Reuse, TellsTheFreshnessThatIsLeft) {
    EXPECT_EQ(decide_reuse({}, stored_with("max-age=60"), true, received + seconds{12}).ttl, seconds{48});
    EXPECT_EQ(decide_reuse({}, stored_with("max-age=60"), true, received + seconds{72}).ttl, seconds{-12});
}

// RFC 9111 §5.2.2.4
TEST(Reuse, NoCacheOfTheOriginValidatesAlways) {
    expect_all(std::array<ReuseCase, 4>{{
        {"max-age=60, no-cache", "", 0, Reuse::validate, Forward::stale},
        {"max-age=60, no-cache=\"vary\"", "", 0, Reuse::validate, Forward::stale},
        {"max-age=60, no-cache=\"x\"", "", 0, Reuse::fresh},  // stored without that field
        {"max-age=60, no-cache", "max-stale", 90, Reuse::validate, Forward::stale},
    }});
}

// RFC 9111 §5.2.1: request directives are advisory.
TEST(Reuse, OfARouteThatIgnoresReloadsIsNotUpToTheRequest) {
    const Rules rules{.ignore_reload = true};
    const ReuseCase cases[] = {
        {"max-age=60", "no-cache", 0, Reuse::fresh},
        {"max-age=60", "max-age=0", 0, Reuse::fresh},
        {"max-age=60", "min-fresh=50", 20, Reuse::fresh},
        {"max-age=60", "no-cache, no-store", 0, Reuse::fresh},
        {"max-age=60", "no-cache", 60, Reuse::validate, Forward::stale},
        {"max-age=60", "max-age=0, max-stale=10", 70, Reuse::stale},
        {"max-age=60", "max-stale=10", 71, Reuse::validate, Forward::stale},
        {"max-age=60", "only-if-cached, no-cache", 0, Reuse::fresh},
        {"max-age=60", "only-if-cached", 60, Reuse::unsatisfiable, Forward::stale},
        {"max-age=60, stale-while-revalidate=30", "max-age=0", 70, Reuse::stale_while_revalidate},
        {"max-age=60, no-cache", "", 0, Reuse::validate, Forward::stale},  // the origin's own word
    };
    for (const ReuseCase& c : cases) {
        const Fields fields{{"Cache-Control", c.request}};
        const auto decision = decide_reuse(request_with(fields, rules), stored_with(c.stored), true, received + seconds{c.age});
        EXPECT_EQ(static_cast<int>(decision.reuse), static_cast<int>(c.reuse)) << c;
        EXPECT_EQ(name_of(decision.forward), name_of(c.forward)) << c;
    }
    const Fields pragma{{"Pragma", "no-cache"}};
    EXPECT_EQ(decide_reuse(request_with(pragma, rules), stored_with("max-age=60"), true, received).reuse, Reuse::fresh);
    EXPECT_EQ(decide_reuse(request_with(pragma), stored_with("max-age=60"), true, received).reuse, Reuse::validate);
    // What a write has ended stays ended.
    EXPECT_EQ(decide_reuse(request_with(pragma, rules), stored_with("max-age=60"), false, received).reuse, Reuse::validate);
    EXPECT_TRUE(request_with(Fields{{"Cache-Control", "no-store"}}, rules).cache_control.no_store);
}

TEST(Reuse, TheRequestMayAskForMore) {
    expect_all(std::array<ReuseCase, 14>{{
        {"max-age=60", "no-cache", 0, Reuse::validate, Forward::request},  // §5.2.1.4
        {"max-age=60", "max-age=10", 10, Reuse::fresh},                    // §5.2.1.1
        {"max-age=60", "max-age=10", 11, Reuse::validate, Forward::request},
        {"max-age=60", "max-age=0", 0, Reuse::validate, Forward::request},
        {"max-age=60", "max-age=99", 60, Reuse::validate, Forward::stale},
        {"max-age=60", "max-age=10, max-stale", 20, Reuse::validate, Forward::request},
        {"max-age=60", "min-fresh=20", 40, Reuse::fresh},  // §5.2.1.3
        {"max-age=60", "min-fresh=20", 41, Reuse::validate, Forward::request},
        {"max-age=60", "min-fresh=20", 70, Reuse::validate, Forward::stale},
        {"max-age=60", "max-stale=10", 70, Reuse::stale},  // §5.2.1.2
        {"max-age=60", "max-stale=10", 71, Reuse::validate, Forward::stale},
        {"max-age=60", "max-stale", 100'000, Reuse::stale},
        {"max-age=60", "max-stale=0", 60, Reuse::stale},
        {"max-age=60", "no-store", 0, Reuse::fresh},  // §5.2.1.5: concerns storing only
    }});
}

// RFC 9111 §4.2.4
TEST(Reuse, NeverGivesAStaleResponseThatTheOriginForbids) {
    for (const std::string_view stored :
         {"max-age=60, must-revalidate, stale-while-revalidate=99", "max-age=60, proxy-revalidate, stale-while-revalidate=99",
          "s-maxage=60, stale-while-revalidate=99"}) {
        for (const std::string_view request : {"", "max-stale"}) {
            expect_all(std::array<ReuseCase, 2>{{
                {stored, request, 59, Reuse::fresh},
                {stored, request, 61, Reuse::validate, Forward::stale},
            }});
        }
    }
}

// RFC 5861 §3
TEST(Reuse, StaleWhileRevalidateHoldsForItsWindow) {
    expect_all(std::array<ReuseCase, 5>{{
        {"max-age=60, stale-while-revalidate=30", "", 59, Reuse::fresh},
        {"max-age=60, stale-while-revalidate=30", "", 60, Reuse::stale_while_revalidate},
        {"max-age=60, stale-while-revalidate=30", "", 90, Reuse::stale_while_revalidate},
        {"max-age=60, stale-while-revalidate=30", "", 91, Reuse::validate, Forward::stale},
        // RFC 9111 §5.2.1.1: who sends max-age does not wish for a stale response.
        {"max-age=60, stale-while-revalidate=30", "max-age=300", 61, Reuse::validate, Forward::stale},
    }});
}

// RFC 9111 §5.2.1.7
TEST(Reuse, OnlyIfCachedNeverAsksTheOrigin) {
    expect_all(std::array<ReuseCase, 6>{{
        {"max-age=60", "only-if-cached", 0, Reuse::fresh},
        {"max-age=60", "only-if-cached", 60, Reuse::unsatisfiable, Forward::stale},
        {"max-age=60", "only-if-cached, max-stale", 61, Reuse::stale},
        {"max-age=60", "only-if-cached, no-cache", 0, Reuse::unsatisfiable, Forward::request},
        {"max-age=60, no-cache", "only-if-cached", 0, Reuse::unsatisfiable, Forward::stale},
        {"max-age=60, stale-while-revalidate=9", "only-if-cached", 61, Reuse::stale_while_revalidate},
    }});
}

// CONSISTENCY 1.1, S4: what fails the consistency checks is a validator and nothing else.
TEST(Reuse, WhatIsNotTrustedIsValidatedInEveryCase) {
    for (const std::string_view stored :
         {"max-age=60", "max-age=0, stale-while-revalidate=99", "public, immutable, max-age=60"}) {
        for (const std::string_view request : {"", "max-stale", "no-store", "max-age=99", "min-fresh=1"}) {
            const auto decision = decide_reuse(request_control(request), stored_with(stored), false, received);
            EXPECT_EQ(decision.reuse, Reuse::validate) << stored << " / " << request;
            EXPECT_EQ(decision.forward, Forward::stale);
        }
        EXPECT_EQ(decide_reuse(request_control("only-if-cached, max-stale"), stored_with(stored), false, received).reuse,
                  Reuse::unsatisfiable);
    }
}

// RFC 9111 §4.3.2: preconditions for the origin.
TEST(Reuse, APreconditionGoesPastTheStore) {
    const ResponseFacts stored = stored_with("max-age=60");
    for (const auto& [name, value] : {std::pair{"If-Match", "\"1\""},
                                      {"If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}}) {
        const auto decision = decide_reuse(request_with(Fields{{name, value}}), stored, true, received);
        EXPECT_EQ(decision.reuse, Reuse::bypass) << name;
        EXPECT_EQ(decision.forward, Forward::request) << name;
        const Fields cached_only{{name, value}, {"Cache-Control", "only-if-cached"}};
        EXPECT_EQ(decide_reuse(request_with(cached_only), stored, true, received).reuse, Reuse::unsatisfiable) << name;
    }
    EXPECT_EQ(decide_reuse(request_with(Fields{{"If-None-Match", "\"1\""}}), stored, true, received).reuse, Reuse::fresh);
    EXPECT_EQ(decide_reuse(request_with(Fields{{"Range", "bytes=0-1"}, {"If-Range", "\"1\""}}), stored, true, received).reuse, Reuse::fresh);
}

struct ErrorCase {
    std::string_view stored, request;
    int age;
    bool may_serve;
};

// RFC 5861 §4, RFC 9111 §4.2.4
TEST(ServeOnError, WithinTheWindowThatTheOriginOrTheClientAllows) {
    constexpr ErrorCase cases[] = {
        {"max-age=60, stale-if-error=30", "", 90, true},
        {"max-age=60, stale-if-error=30", "", 91, false},
        {"max-age=60", "", 60, false},
        {"max-age=60", "stale-if-error=30", 90, true},
        {"max-age=60", "stale-if-error=30", 91, false},
        {"max-age=60", "max-stale=30", 90, true},
        {"max-age=60", "max-age=5", 30, true},  // fresh, though older than the client wished
        {"max-age=60, stale-if-error=30", "no-cache", 61, false},
        {"max-age=60, no-cache, stale-if-error=30", "", 61, false},
        {"max-age=60, must-revalidate, stale-if-error=30", "", 61, false},
        {"s-maxage=60, stale-if-error=30", "stale-if-error=30", 61, false},
        {"max-age=60, stale-if-error=0", "", 60, false},
    };
    for (const ErrorCase& c : cases) {
        const auto now = received + seconds{c.age};
        EXPECT_EQ(may_serve_on_error(request_control(c.request), stored_with(c.stored), true, now), c.may_serve)
            << c.stored << " / " << c.request;
        EXPECT_FALSE(may_serve_on_error(request_control(c.request), stored_with(c.stored), false, now)) << c.stored;
    }
}

TEST(ServeOnError, NotForAPrecondition) {
    const ResponseFacts stored = stored_with("max-age=60, stale-if-error=30");
    EXPECT_TRUE(may_serve_on_error(request_with(Fields{{"Range", "bytes=0-1"}}), stored, true, received + seconds{70}));
    EXPECT_FALSE(may_serve_on_error(request_with(Fields{{"If-Match", "\"1\""}}), stored, true, received + seconds{70}));
}

TEST(RequestFacts, TellWhatTheFieldsAsk) {
    const RequestFacts facts =
        request_with(Fields{{"Authorization", "Bearer x"}, {"If-Modified-Since", "x"}, {"Pragma", "no-cache"}});
    EXPECT_TRUE(facts.has_authorization && facts.cache_control.no_cache);
    EXPECT_FALSE(facts.has_range || facts.is_precondition);
    const RequestFacts none = request_with(Fields{{"Host", "a"}});
    EXPECT_FALSE(none.has_authorization || none.cache_control.no_cache || none.has_range ||
                 none.is_precondition);
}

// RFC 9110 §14.2: for GET alone; §13.1.5: If-Range without it means nothing.
TEST(RequestFacts, KnowARangeOfAGetAlone) {
    const Fields both{{"Range", "bytes=0-1"}, {"If-Range", "\"1\""}};
    EXPECT_TRUE(assess_request(testing::make_request("GET", "/", both), {}).has_range);
    EXPECT_FALSE(assess_request(testing::make_request("HEAD", "/", both), {}).has_range);
    EXPECT_FALSE(assess_request(testing::make_request("QUERY", "/", both), {}).has_range);
    EXPECT_TRUE(assess_request(testing::make_request("QUERY", "/", both), {}).is_precondition);  // left to the origin
    EXPECT_FALSE(request_with(Fields{{"If-Range", "\"1\""}}).has_range);
}

TEST(Reuse, TellsWhichRuleDecided) {
    struct Case {
        std::string_view stored, request;
        int age;
        bool may_trust;
        ReuseRule rule;
    };
    for (const Case& c : std::array<Case, 14>{{
             {"max-age=60", "", 0, true, ReuseRule::fresh},
             {"max-age=60", "", 0, false, ReuseRule::untrusted},
             {"max-age=60", "no-cache", 0, true, ReuseRule::request_no_cache},
             {"max-age=60, no-cache", "", 0, true, ReuseRule::response_no_cache},
             {"max-age=60", "max-age=10", 11, true, ReuseRule::request_max_age},
             {"max-age=60", "min-fresh=50", 11, true, ReuseRule::request_min_fresh},
             {"max-age=60", "", 61, true, ReuseRule::stale},
             {"max-age=60", "max-stale=5", 65, true, ReuseRule::max_stale},
             {"max-age=60", "max-stale=5", 66, true, ReuseRule::stale},
             {"max-age=60, must-revalidate", "max-stale", 61, true, ReuseRule::never_stale},
             {"max-age=60, stale-while-revalidate=5", "", 65, true, ReuseRule::while_revalidate},
             {"max-age=60, stale-while-revalidate=5", "", 66, true, ReuseRule::stale},
             {"max-age=60, stale-while-revalidate=5", "max-age=70", 65, true, ReuseRule::stale},
             {"max-age=60", "max-age=70", 71, true, ReuseRule::request_max_age},
         }}) {
        const auto decision = decide_reuse(request_control(c.request), stored_with(c.stored), c.may_trust, received + seconds{c.age});
        EXPECT_EQ(static_cast<int>(decision.rule), static_cast<int>(c.rule)) << "stored '" << c.stored << "', request '" << c.request << "', age " << c.age;
    }
    EXPECT_EQ(decide_reuse(request_with(Fields{{"If-Match", "*"}}), stored_with("max-age=60"), true, received).rule, ReuseRule::precondition);
}

// A soft invalidation: stale since then, however long it would have been fresh.
TEST(Softened, IsStaleByTheTimeSinceAndNothingElse) {
    ResponseFacts stored;
    stored.response_time = Time(seconds{1000});
    stored.date = std::chrono::floor<seconds>(stored.response_time);
    stored.lifetime = seconds{600};
    stored.source = LifetimeSource::max_age;
    const Time now = stored.response_time + seconds{10};
    const auto decide = [&](std::optional<seconds> softened_for) { return decide_reuse({}, stored, true, now, softened_for); };
    EXPECT_EQ(decide(std::nullopt).reuse, Reuse::fresh);
    EXPECT_EQ(decide(seconds{0}).reuse, Reuse::validate);
    EXPECT_EQ(decide(seconds{3}).ttl, seconds{-3});
    stored.while_revalidate = seconds{5};
    EXPECT_EQ(decide(seconds{5}).reuse, Reuse::stale_while_revalidate);
    EXPECT_EQ(decide(seconds{6}).reuse, Reuse::validate);
    stored.if_error = seconds{5};
    EXPECT_TRUE(may_serve_on_error({}, stored, true, now, seconds{5}));
    EXPECT_FALSE(may_serve_on_error({}, stored, true, now, seconds{6}));
    EXPECT_FALSE(may_serve_on_error({}, stored, false, now, seconds{0}));
    stored.never_stale = true;
    EXPECT_EQ(decide(seconds{0}).reuse, Reuse::validate);
}

}  // namespace
}  // namespace sidecache::policy
