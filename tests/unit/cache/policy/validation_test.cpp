#include "cache/policy/validation.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidecache::policy {
namespace {

using testing::Fields;
using testing::make_request;
using testing::make_response;

const Time received = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + std::chrono::hours{12};
constexpr std::string_view noon = "Sat, 21 Nov 2026 12:00:00 GMT";
constexpr std::string_view before = "Sat, 21 Nov 2026 11:59:58 GMT";
constexpr std::string_view after = "Sat, 21 Nov 2026 12:00:01 GMT";

ResponseFacts facts_of(const http::ResponseView& response) { return assess_response(response, {}, received, received); }

bool has_it(const Fields& request, const Fields& stored, int status = 200, std::string_view method = "GET") {
    const auto response = make_response(status, stored);
    return client_has_it(make_request(method, "/", request), response, facts_of(response), std::chrono::floor<seconds>(received));
}

// RFC 9110 §13.1.2
TEST(ClientHasIt, ByAnEntityTagComparedWeakly) {
    const Fields stored{{"ETag", "\"1\""}};
    EXPECT_TRUE(has_it({{"If-None-Match", "\"1\""}}, stored));
    EXPECT_TRUE(has_it({{"If-None-Match", "\"0\", W/\"1\""}}, stored));
    EXPECT_TRUE(has_it({{"If-None-Match", "\"0\""}, {"If-None-Match", "\"1\""}}, stored));
    EXPECT_TRUE(has_it({{"If-None-Match", "*"}}, stored));
    EXPECT_TRUE(has_it({{"If-None-Match", "\"1\""}}, {{"ETag", "W/\"1\""}}));
    EXPECT_FALSE(has_it({{"If-None-Match", "\"2\""}}, stored));
    EXPECT_FALSE(has_it({{"If-None-Match", ""}}, stored));
    EXPECT_FALSE(has_it({{"If-None-Match", "\"1\""}}, {}));
    EXPECT_TRUE(has_it({{"If-None-Match", "*"}}, {}));
    EXPECT_FALSE(has_it({}, stored));
}

// RFC 9110 §13.1.3
TEST(ClientHasIt, IfNoneMatchSilencesIfModifiedSince) {
    EXPECT_FALSE(
        has_it({{"If-None-Match", "\"2\""}, {"If-Modified-Since", noon}}, {{"ETag", "\"1\""}, {"Last-Modified", before}}));
}

TEST(ClientHasIt, ByLastModifiedNotAfterTheDateOfTheClient) {
    const Fields stored{{"Last-Modified", noon}, {"Date", after}};
    EXPECT_TRUE(has_it({{"If-Modified-Since", noon}}, stored));
    EXPECT_TRUE(has_it({{"If-Modified-Since", after}}, stored));
    EXPECT_FALSE(has_it({{"If-Modified-Since", before}}, stored));
    EXPECT_FALSE(has_it({{"If-Modified-Since", "noon"}}, stored));
    EXPECT_FALSE(has_it({{"If-Modified-Since", after}, {"If-Modified-Since", after}}, stored));
    EXPECT_TRUE(has_it({{"If-Modified-Since", noon}}, stored, 200, "HEAD"));
    EXPECT_TRUE(has_it({{"If-Modified-Since", noon}}, stored, 200, "QUERY"));  // RFC 10008 §2.6
    EXPECT_FALSE(has_it({{"If-Modified-Since", noon}}, stored, 200, "POST"));
}

// RFC 9111 §4.3.2, but strictly before: a write of the same second may lie between the client's copy and ours.
TEST(ClientHasIt, WithoutLastModifiedByADateBeforeThatOfTheClient) {
    EXPECT_TRUE(has_it({{"If-Modified-Since", after}}, {{"Date", noon}}));
    EXPECT_FALSE(has_it({{"If-Modified-Since", noon}}, {{"Date", noon}}));
    EXPECT_TRUE(has_it({{"If-Modified-Since", after}}, {}));
    EXPECT_FALSE(has_it({{"If-Modified-Since", noon}}, {}));
}

TEST(ClientHasIt, OnlyOfAStored200) {
    EXPECT_FALSE(has_it({{"If-None-Match", "*"}}, {{"ETag", "\"1\""}}, 404));
    EXPECT_FALSE(has_it({{"If-None-Match", "*"}}, {{"ETag", "\"1\""}}, 301));
}

// RFC 9110 §15.4.5
TEST(NotModified, CarriesNoRepresentationMetadata) {
    for (const std::string_view name : {"Cache-Control", "Content-Location", "Date", "ETag", "Expires", "Vary", "X-Request-Id",
                                        "Set-Cookie", "Content-Security-Policy", "Via"}) {
        EXPECT_TRUE(belongs_in_304({http::field_name(name), name, "x"})) << name;
    }
    for (const std::string_view name : {"Content-Length", "Content-Type", "Content-Encoding", "Content-Range", "content-language",
                                        "Last-Modified", "Repr-Digest", "Transfer-Encoding"}) {
        EXPECT_FALSE(belongs_in_304({http::field_name(name), name, "x"})) << name;
    }
}

using enum Confirmation;

struct ConfirmCase {
    std::string_view stored_tag, tag;
    Confirmation with_other_validators, only_ours;
};

// CONSISTENCY 1.1 (S5, S6), RFC 9111 §4.3.4
TEST(Confirmation, IsByAnEntityTagOrByTheValidatorsThatWereSentAlone) {
    constexpr ConfirmCase cases[] = {
        {"\"1\"", "\"1\"", strong, strong},  // named by its strong tag
        {"\"1\"", "\"2\"", none, none},
        {"W/\"1\"", "\"1\"", none, none},    // the stored one may be another representation
        {"", "\"1\"", none, none},
        {"\"1\"", "1", none, none},          // no tag at all
        {"\"1\"", "", none, strong},         // not named: the validators that were sent
        {"\"1\"", "W/\"1\"", none, strong},
        {"\"1\"", "W/\"2\"", none, none},
        {"W/\"1\"", "", none, weak},
        {"W/\"1\"", "W/\"1\"", none, weak},
        {"W/\"1\"", "W/\"2\"", none, none},
        {"", "", none, none},                // nothing was sent
        {"", "W/\"1\"", none, none},
    };
    for (const ConfirmCase& c : cases) {
        const Fields stored_fields =
            c.stored_tag.empty() ? Fields{{"Date", noon}} : Fields{{"Date", noon}, {"ETag", c.stored_tag}};
        const Fields fields = c.tag.empty() ? Fields{{"Date", after}} : Fields{{"Date", after}, {"ETag", c.tag}};
        const auto stored = make_response(200, stored_fields);
        const auto not_modified = make_response(304, fields);
        EXPECT_EQ(confirms(not_modified, stored, facts_of(stored), false), c.with_other_validators)
            << c.stored_tag << " / " << c.tag;
        EXPECT_EQ(confirms(not_modified, stored, facts_of(stored), true), c.only_ours) << c.stored_tag << " / " << c.tag;
    }
}

TEST(Confirmation, ByLastModifiedIsStrongFromTwoSecondsBeforeDateOn) {
    const Fields older{{"Date", noon}, {"Last-Modified", before}};
    const Fields same_second{{"Date", noon}, {"Last-Modified", noon}};
    const Fields empty{};
    const auto not_modified = make_response(304, empty);
    for (const auto& [fields, expected] : {std::pair{&older, strong}, {&same_second, weak}}) {
        const auto stored = make_response(200, *fields);
        EXPECT_EQ(is_strong_validator(facts_of(stored)), expected == strong);
        EXPECT_EQ(confirms(not_modified, stored, facts_of(stored), true), expected);
        EXPECT_EQ(confirms(not_modified, stored, facts_of(stored), false), none);
    }
}

// RFC 9111 §4.3.4: the validators of the 304 have to be those of the stored response.
TEST(Confirmation, IsNotWeaklyByAnotherLastModifiedOrAnUnknownTag) {
    const Fields stored_fields{{"Date", noon}, {"Last-Modified", noon}};
    const auto stored = make_response(200, stored_fields);
    const auto confirmed_by = [&stored](const Fields& fields) {
        return confirms(make_response(304, fields), stored, facts_of(stored), true);
    };
    EXPECT_EQ(confirmed_by({{"Last-Modified", noon}}), weak);
    EXPECT_EQ(confirmed_by({{"Last-Modified", after}}), none);
    EXPECT_EQ(confirmed_by({{"Last-Modified", noon}, {"ETag", "W/\"1\""}}), none);

    const Fields tagged_fields{{"Date", noon}, {"Last-Modified", noon}, {"ETag", "W/\"1\""}};
    const auto tagged = make_response(200, tagged_fields);
    const Fields later{{"Last-Modified", after}};
    const Fields later_with_tag{{"Last-Modified", after}, {"ETag", "W/\"1\""}};
    EXPECT_EQ(confirms(make_response(304, later), tagged, facts_of(tagged), true), none);
    EXPECT_EQ(confirms(make_response(304, later_with_tag), tagged, facts_of(tagged), true), weak);
}

std::string text_of(const std::vector<http::Field>& fields) {
    std::string text;
    for (const http::Field& field : fields) text += std::string(field.name) + ": " + std::string(field.value) + "\n";
    return text;
}

// RFC 9111 §3.2
TEST(Freshening, ReplacesTheFieldsThatThe304Has) {
    const Fields stored{{"Date", noon}, {"ETag", "\"1\""}, {"X-A", "1"}, {"x-a", "2"}, {"X-B", "3"}};
    const Fields not_modified{{"Date", after}, {"X-a", "4"}, {"Cache-Control", "max-age=5"}};
    EXPECT_EQ(text_of(freshen(stored, not_modified, false)),
              "ETag: \"1\"\nX-B: 3\nDate: Sat, 21 Nov 2026 12:00:01 GMT\nX-a: 4\nCache-Control: max-age=5\n");
}

TEST(Freshening, LeavesWhatFramesTheContentAndTheConnection) {
    const Fields stored{{"Content-Length", "5"}, {"X-Hop", "1"}};
    const Fields not_modified{{"Content-Length", "0"}, {"Content-Encoding", "gzip"}, {"Content-Range", "x"}, {"Connection", "x-hop"},
                              {"X-Hop", "2"},          {"Transfer-Encoding", "x"},   {"Keep-Alive", "x"}};
    EXPECT_EQ(text_of(freshen(stored, not_modified, true)), "Content-Length: 5\nX-Hop: 1\n");
}

// The content is stored as it came, so that nothing of ours depends upon its type.
TEST(Freshening, TakesANewContentType) {
    EXPECT_EQ(text_of(freshen(Fields{{"Content-Type", "a/b"}}, Fields{{"content-type", "c/d"}}, false)), "content-type: c/d\n");
}

TEST(Freshening, PutsACookieIntoWhatIsSharedOnlyWhereCookiesAre) {
    const Fields stored{{"Set-Cookie", "a=1"}, {"X", "1"}, {"Set-Cookie", "b=1"}};
    const Fields not_modified{{"Set-Cookie", "a=2"}, {"Set-Cookie", "c=2"}};
    EXPECT_EQ(text_of(freshen(stored, not_modified, false)), "Set-Cookie: a=1\nX: 1\nSet-Cookie: b=1\n");
    EXPECT_EQ(text_of(freshen(stored, not_modified, true)), "X: 1\nSet-Cookie: a=2\nSet-Cookie: c=2\n");
}

// RFC 9111 §4.2.3
TEST(Freshening, ForgetsTheAgeOfWhatWasStored) {
    EXPECT_EQ(text_of(freshen(Fields{{"Age", "500"}}, Fields{{"X", "1"}}, false)), "X: 1\n");
    EXPECT_EQ(text_of(freshen(Fields{{"Age", "500"}}, Fields{{"Age", "3"}}, false)), "Age: 3\n");
}

}  // namespace
}  // namespace sidecache::policy
