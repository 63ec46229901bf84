#include "cache/forms/facts_form.hpp"
#include "cache/forms/stored_form.hpp"

#include "tests/unit/cache/fill/responses.hpp"
#include "tests/unit/cache/forms/described.hpp"
#include "tests/unit/cache/forms/generated.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace sidecache::forms {
namespace {

using namespace std::chrono_literals;
using epochs::BootTime;
using fill::Content;
using fill::ContentPtr;
using fill::StoredResponse;
using testing::described;
using testing::Fields;
using testing::Generated;
using testing::make_stored;
using testing::moment;
using testing::StoredAs;

constexpr FormLimits exact{.clock_error = 0ns};
constexpr Compression never{.above = std::numeric_limits<std::size_t>::max()};

std::string form_of(const StoredResponse& response, const Compression& compression = {}) {
    std::string form;
    EXPECT_TRUE(append_form(form, response, moment(), compression));
    return form;
}

bool is_storable(const StoredResponse& response) {
    std::string form = "before";
    const bool is = append_form(form, response, moment());
    EXPECT_EQ(form == "before", !is);
    return is;
}

TEST(AStoredForm, GivesBackAllThatCanBeAskedOfAResponse) {
    Generated generated(20261130);
    std::size_t compressed = 0;
    for (int round = 0; round < 1'000; ++round) {
        const auto response = generated.response();
        for (const Compression& compression : {never, Compression{.above = 100, .level = 1}}) {
            const std::string form = form_of(*response, compression);
            const auto decoded = decode_response(form, response->key(), moment(), exact);
            ASSERT_TRUE(decoded.has_value()) << name_of(decoded.error());
            ASSERT_EQ(described(**decoded), described(*response));
            ASSERT_EQ((*decoded)->bytes_from(0).size(), response->content_size()) << "in one piece";
            ASSERT_EQ(form_of(**decoded, compression), form);
            compressed += (form[6] & is_compressed) != 0 ? 1 : 0;
        }
    }
    EXPECT_GT(compressed, 50u);
}

TEST(AStoredForm, MayStandBehindOtherOctets) {
    const auto response = Generated(1).response();
    std::string out = "before";
    ASSERT_TRUE(append_form(out, *response, moment()));
    EXPECT_EQ(out, "before" + form_of(*response));
}

TEST(AStoredForm, OfAResponseMadeOfADecodedOneIsThatOfOneMadeOfTheOriginal) {
    StoredAs as;
    as.clients.withheld = http::FieldSet::of(http::FieldName::cache_control);
    as.clients.cache_control = "private, no-cache";
    as.response_time = moment().wall;
    const auto response = make_stored(Content::make_complete("x"), Fields{{"Cache-Control", "public"}, {"Date", "d"}}, as);
    const auto decoded = decode_response(form_of(*response), response->key(), moment(), exact).value();
    as.clients.etag = "\"sc-1\"";
    EXPECT_EQ(described(*decoded->with(as.clients)), described(*response->with(as.clients)));
}

TEST(AStoredForm, TakesLittleMoreThanWhatItIsMadeOf) {
    StoredAs as;
    as.response_time = moment().wall - 5ms;
    for (std::uint64_t group = 1; group <= 20; ++group) as.groups.push_back(group * 0x9E3779B97F4A7C15);
    const auto response = make_stored(Content::make_complete(std::string(1024, 'x')), Fields{{"Content-Type", "application/json"}, {"Date", "Mon, 30 Nov 2026 02:00:00 GMT"}}, as);
    const std::size_t made_of = response->key().size() + response->head().size() + 1024 + 20 * sizeof(policy::Group);
    EXPECT_LT(form_of(*response, never).size(), made_of + 80);
}

TEST(AStoredForm, IsNotMadeOfWhatCannotBeReadAgain) {
    EXPECT_TRUE(is_storable(*make_stored(Content::make_complete("x"), {}, {})));
    const ContentPtr filling(new Content({100, 100}, std::nullopt, true));
    EXPECT_FALSE(is_storable(*make_stored(filling, {}, {})));
    const ContentPtr failed(new Content({100, 100}, std::nullopt, true));
    failed->fail(http::ProxyError::connection_terminated);
    EXPECT_FALSE(is_storable(*make_stored(failed, {}, {})));
    const ContentPtr passing(new Content({100, 100}, std::nullopt, false, 1));
    passing->complete({});
    EXPECT_FALSE(is_storable(*make_stored(passing, {}, {})));
    EXPECT_FALSE(is_storable(*make_stored(Content::make_complete("x"), Fields{{"Content-Length", "1"}}, {})));
    for (const auto lifetime : {std::chrono::seconds{-1}, std::chrono::seconds{std::int64_t{1} << 41}}) {
        policy::ResponseFacts facts;
        facts.status = 200;
        EXPECT_TRUE(are_storable(facts));
        facts.lifetime = lifetime;
        EXPECT_FALSE(are_storable(facts));
    }
    StoredResponse::Parts parts;
    parts.status = parts.facts.status = 200;
    parts.content = Content::make_complete("x");
    parts.head = "HTTP/1.1 404 OK\r\n";
    EXPECT_FALSE(is_storable(*StoredResponse::make({}, "key", parts, {})));
    parts.head = "HTTP/1.1 101 OK\r\n";
    parts.status = 101;
    EXPECT_FALSE(is_storable(*StoredResponse::make({}, "key", parts, {})));
    std::string form;
    EXPECT_FALSE(append_form(form, *make_stored(Content::make_complete("x"), {}, {}), {memory::Time(-1ns), {}}));
}

// --- compression ---

std::size_t stored_size(const Fields& fields, const std::string& content) {
    return form_of(*make_stored(Content::make_complete(content), fields, {}), {.above = 1000, .level = 1}).size();
}

TEST(AStoredContent, IsCompressedOnlyWhereItIsLargeEnough) {
    EXPECT_GT(stored_size({}, std::string(1000, 'x')), 1000u);
    EXPECT_LT(stored_size({}, std::string(1001, 'x')), 300u);
}

TEST(AStoredContent, IsNotCompressedWhereItIsAlready) {
    const std::string content(2000, 'x');
    EXPECT_LT(stored_size(Fields{{"Content-Type", "application/json; charset=utf-8"}}, content), 300u);
    EXPECT_LT(stored_size(Fields{{"Content-Type", "image/svg+xml"}}, content), 300u);
    EXPECT_GT(stored_size(Fields{{"Content-Encoding", "gzip"}}, content), 2000u);
    for (const std::string_view type : {"image/png", "IMAGE/PNG ; q=1", "video/mp4", "audio/ogg", "application/zip", "font/woff2"})
        EXPECT_GT(stored_size(Fields{{"Content-Type", type}}, content), 2000u) << type;
}

TEST(AStoredContent, IsCompressedOnlyIfThatSavesAnEighth) {
    std::mt19937_64 random(1);
    std::string noise;
    while (noise.size() < 7600) noise += static_cast<char>(random());
    EXPECT_GT(stored_size({}, noise + std::string(400, 'x')), 8000u);
    EXPECT_LT(stored_size({}, noise.substr(0, 6400) + std::string(1600, 'x')), 7000u);
}

// --- times ---

boost::intrusive_ptr<StoredResponse> timed(BootTime begun, BootTime recheck_at, memory::Time response_time = moment().wall - 10s) {
    StoredResponse::Parts parts;
    parts.status = parts.facts.status = 200;
    parts.head = "HTTP/1.1 200 OK\r\n";
    parts.facts.response_time = response_time;
    parts.begun = begun;
    parts.recheck_at = recheck_at;
    parts.content = Content::make_complete("x");
    return StoredResponse::make({}, "key", parts, {});
}

// Written at moment(), of which the writer's boot clock shows what it likes.
boost::intrusive_ptr<StoredResponse> read_at(const StoredResponse& response, std::chrono::nanoseconds after, BootTime boot, std::chrono::nanoseconds clock_error = 0ns) {
    return decode_response(form_of(response), "key", {moment().wall + after, boot}, {.clock_error = clock_error}).value();
}

constexpr BootTime elsewhere{std::chrono::hours{5}};

TEST(ATimeOfTheBootClock, KeepsItsDistanceOnAnotherMachine) {
    const auto response = timed(moment().boot - 20s, moment().boot + 30s);
    EXPECT_EQ(read_at(*response, 0s, elsewhere)->begun(), elsewhere - 20s);
    EXPECT_EQ(read_at(*response, 0s, elsewhere)->recheck_at(), elsewhere + 30s);
    EXPECT_EQ(read_at(*response, 5s, elsewhere)->begun(), elsewhere - 25s);
    EXPECT_EQ(read_at(*response, 5s, elsewhere)->recheck_at(), elsewhere + 25s);
    EXPECT_EQ(read_at(*response, std::chrono::hours{6}, elsewhere)->begun(), elsewhere - 20s - std::chrono::hours{6});  // before that machine began
}

TEST(ATimeOfTheBootClock, IsEarlierByWhatTheClocksMayDifferBy) {
    const auto response = timed(moment().boot - 20s, moment().boot + 30s);
    EXPECT_EQ(read_at(*response, 5s, elsewhere, 2s)->begun(), elsewhere - 27s);
    EXPECT_EQ(read_at(*response, 5s, elsewhere, 2s)->recheck_at(), elsewhere + 23s);
    EXPECT_EQ(read_at(*response, -2s, elsewhere, 2s)->begun(), elsewhere - 22s);
}

TEST(ATimeOfTheBootClock, IsAsEarlyAsCanBeInWhatWasWrittenInTheFuture) {
    const auto response = timed(moment().boot - 20s, moment().boot + 30s);
    EXPECT_EQ(read_at(*response, -2001ms, elsewhere, 2s)->begun(), BootTime::min());
    EXPECT_EQ(read_at(*response, -2001ms, elsewhere, 2s)->recheck_at(), elsewhere);
    EXPECT_EQ(read_at(*timed(moment().boot, moment().boot - 3s), -5s, elsewhere)->recheck_at(), elsewhere - 3s);
}

TEST(ATimeOfTheBootClock, ThatIsUnknownStaysSoAndOneThatNeverComesToo) {
    const auto response = read_at(*timed(BootTime::min(), BootTime::max()), 5s, elsewhere, 1s);
    EXPECT_EQ(response->begun(), BootTime::min());
    EXPECT_EQ(response->recheck_at(), BootTime::max());
}

TEST(ATimeOfTheBootClock, OfAnyValueIsReadAsNoYoungerOne) {
    for (const BootTime begun : {BootTime::min(), BootTime(-1ns), BootTime(), moment().boot + 5s, BootTime::max()})
        EXPECT_LE(read_at(*timed(begun, BootTime::max()), 0s, moment().boot)->begun(), begun);
    for (const BootTime recheck_at : {BootTime(), moment().boot, BootTime::max() - 1ns})
        EXPECT_LE(read_at(*timed(moment().boot, recheck_at), 0s, moment().boot)->recheck_at(), recheck_at);
    EXPECT_LE(read_at(*timed(moment().boot, BootTime::min()), 0s, moment().boot)->recheck_at(), moment().boot);
}

TEST(AResponse, IsAtLeastAsOldForAClockThatIsBehindAsItWasForTheWriter) {
    const auto response = timed(moment().boot, BootTime::max(), moment().wall - 10s);
    for (const auto after : {-std::chrono::nanoseconds(30s), std::chrono::nanoseconds(-1s), std::chrono::nanoseconds(0s), std::chrono::nanoseconds(30s)}) {
        const auto decoded = read_at(*response, after, elsewhere, 1s);
        EXPECT_EQ(moment().wall + after - decoded->facts().response_time, 10s + std::max(after, 0ns));
    }
}

}  // namespace
}  // namespace sidecache::forms
