#include "cache/fill/packed_facts.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <tuple>

namespace sidecache::fill {
namespace {

using namespace std::chrono_literals;
using policy::ResponseFacts;
using std::chrono::seconds;

ResponseFacts some() {
    ResponseFacts facts;
    facts.response_time = policy::Time(seconds(1'790'000'000) + std::chrono::nanoseconds(123'456'789));
    facts.date = http::SystemTime(seconds(1'789'999'990));
    facts.last_modified = http::SystemTime(seconds(1'700'000'000));
    facts.lifetime = 60s;
    facts.corrected_initial_age = 10s;
    facts.age_value = 9s;
    facts.while_revalidate = 30s;
    facts.if_error = 600s;
    facts.keep = 3600s;
    facts.status = 404;
    return facts;
}

ResponseFacts packed(const ResponseFacts& facts) { return PackedFacts(facts, facts.status).facts(); }

auto all_of(const ResponseFacts& facts) {
    return std::tuple(facts.response_time, facts.date, facts.last_modified, facts.lifetime, facts.corrected_initial_age, facts.age_value, facts.while_revalidate, facts.if_error,
                      facts.keep, facts.status, facts.source, facts.had_age, facts.is_shared, facts.always_validate, facts.never_stale, facts.has_strong_etag, facts.has_etag,
                      facts.has_last_modified, facts.last_modified_is_strong);
}

TEST(PackedFacts, AreTheSame) {
    ResponseFacts facts = some();
    EXPECT_EQ(all_of(packed(facts)), all_of(facts));
    facts.last_modified.reset();
    EXPECT_EQ(all_of(packed(facts)), all_of(facts));
    for (const auto source : {policy::LifetimeSource::none, policy::LifetimeSource::route, policy::LifetimeSource::s_maxage, policy::LifetimeSource::max_age,
                              policy::LifetimeSource::expires, policy::LifetimeSource::heuristic}) {
        facts.source = source;
        EXPECT_EQ(all_of(packed(facts)), all_of(facts));
    }
}

TEST(PackedFacts, KnowEachFlagFromTheOthers) {
    for (const auto flag : {&ResponseFacts::had_age, &ResponseFacts::is_shared, &ResponseFacts::always_validate, &ResponseFacts::never_stale, &ResponseFacts::has_strong_etag,
                            &ResponseFacts::has_etag, &ResponseFacts::has_last_modified, &ResponseFacts::last_modified_is_strong}) {
        ResponseFacts facts = some();
        facts.*flag = true;
        EXPECT_EQ(all_of(packed(facts)), all_of(facts));
    }
}

TEST(PackedFacts, KeepWhatDoesNotFitAsTheNextThatDoes) {
    ResponseFacts facts = some();
    facts.lifetime = facts.keep = std::chrono::years(8'000);
    facts.corrected_initial_age = -1s;
    const ResponseFacts kept = packed(facts);
    EXPECT_EQ(kept.lifetime, seconds(0xffffffff));
    EXPECT_EQ(kept.keep, seconds(0xffffffff));
    EXPECT_EQ(kept.corrected_initial_age, 0s);
    EXPECT_EQ(all_of(packed(kept)), all_of(kept));
}

// A Date of the year 1 and an Expires of 1970 are 56 years of staleness, and not none.
TEST(PackedFacts, MakeNothingLessStale) {
    ResponseFacts facts = some();
    facts.lifetime = seconds(62'135'596'800);
    facts.corrected_initial_age = seconds(63'925'596'800);
    EXPECT_GE(packed(facts).corrected_initial_age - packed(facts).lifetime, facts.corrected_initial_age - facts.lifetime);
    facts.lifetime = 60s;
    EXPECT_EQ(packed(facts).lifetime, 0s);
}

TEST(PackedFacts, KeepEachAgeThatTheStandardAsksFor) {
    ResponseFacts facts = some();
    facts.lifetime = facts.age_value = seconds(std::int64_t{1} << 31);  // RFC 9111 §1.2.2
    EXPECT_EQ(all_of(packed(facts)), all_of(facts));
}

TEST(PackedFacts, KeepDatesFarAwayAsFarAway) {
    for (const auto date : {http::SystemTime(seconds(253'402'300'799)), http::SystemTime(seconds(-62'135'596'800))}) {
        ResponseFacts facts = some();
        facts.date = date;
        EXPECT_GT(std::chrono::abs(packed(facts).date - some().date), std::chrono::years(67));
        EXPECT_EQ(packed(facts).date < some().date, date < some().date);
    }
}

// What is kept of it is compared with a client's copy: rather not at all than wrongly.
TEST(PackedFacts, KeepALastModifiedAsItIsOrNotAtAll) {
    ResponseFacts facts = some();
    const auto came = std::chrono::floor<seconds>(facts.response_time);
    for (const auto& [modified, is_kept] : {std::pair(came, true), {came + std::chrono::years(4), true}, {came + std::chrono::years(5), false}, {http::SystemTime{}, true},
                                            {came - std::chrono::years(131), true}, {came - std::chrono::years(140), false}, {http::SystemTime(seconds(253'402'300'799)), false}}) {
        facts.last_modified = modified;
        facts.has_last_modified = true;
        const ResponseFacts kept = packed(facts);
        EXPECT_TRUE(kept.has_last_modified);
        EXPECT_EQ(kept.last_modified, is_kept ? std::optional(modified) : std::nullopt) << modified.time_since_epoch().count();
    }
}

}  // namespace
}  // namespace sidecache::fill
