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

struct ConfirmCase {
    std::string_view stored_tag, tag;
    bool with_other_validators, only_ours;
};

// CONSISTENCY 1.1 (S5, S6), RFC 9111 §4.3.4
TEST(Confirmation, IsByAStrongEntityTagOrByStrongValidatorsThatWereSentAlone) {
    constexpr ConfirmCase cases[] = {
        {"\"1\"", "\"1\"", true, true},                                         // named by its strong tag
        {"\"1\"", "\"2\"", false, false},  {"W/\"1\"", "\"1\"", false, false},  // the stored one may be another representation
        {"\"1\"", "", false, true},                                             // not named: the validators that were sent
        {"W/\"1\"", "", false, false},     {"", "", false, false},
        {"\"1\"", "W/\"1\"", false, true}, {"\"1\"", "W/\"2\"", false, false},
        {"", "\"1\"", false, false},       {"\"1\"", "1", false, false},
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

TEST(Confirmation, ByLastModifiedNeedsTwoSecondsToDate) {
    const Fields older{{"Date", noon}, {"Last-Modified", before}};
    const Fields same_second{{"Date", noon}, {"Last-Modified", noon}};
    const Fields empty{};
    const auto not_modified = make_response(304, empty);
    for (const auto& [fields, is_strong] : {std::pair{&older, true}, {&same_second, false}}) {
        const auto stored = make_response(200, *fields);
        EXPECT_EQ(is_strong_validator(facts_of(stored)), is_strong);
        EXPECT_EQ(confirms(not_modified, stored, facts_of(stored), true), is_strong);
        EXPECT_FALSE(confirms(not_modified, stored, facts_of(stored), false));
    }
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
    EXPECT_EQ(text_of(freshen(stored, not_modified)),
              "ETag: \"1\"\nX-B: 3\nDate: Sat, 21 Nov 2026 12:00:01 GMT\nX-a: 4\nCache-Control: max-age=5\n");
}

TEST(Freshening, LeavesWhatDescribesTheContentAndTheConnection) {
    const Fields stored{{"Content-Length", "5"}, {"Content-Type", "a/b"}, {"X-Hop", "1"}};
    const Fields not_modified{{"Content-Length", "0"},      {"Content-Type", "text/html"},
                              {"Content-Encoding", "gzip"}, {"Content-Range", "x"},
                              {"Connection", "x-hop"},      {"X-Hop", "2"},
                              {"Transfer-Encoding", "x"},   {"Keep-Alive", "x"}};
    EXPECT_EQ(text_of(freshen(stored, not_modified)), "Content-Length: 5\nContent-Type: a/b\nX-Hop: 1\n");
}

TEST(Freshening, NeverPutsACookieIntoWhatIsShared) {
    EXPECT_EQ(text_of(freshen(Fields{{"X", "1"}}, Fields{{"Set-Cookie", "session=1"}})), "X: 1\n");
}

// RFC 9111 §4.2.3
TEST(Freshening, ForgetsTheAgeOfWhatWasStored) {
    EXPECT_EQ(text_of(freshen(Fields{{"Age", "500"}}, Fields{{"X", "1"}})), "X: 1\n");
    EXPECT_EQ(text_of(freshen(Fields{{"Age", "500"}}, Fields{{"Age", "3"}})), "Age: 3\n");
}

}  // namespace
}  // namespace sidecache::policy
