#include "cache/policy/partial.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidecache::policy {
namespace {

using testing::Fields;
using testing::make_response;

const Time received = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + std::chrono::hours{12};
constexpr std::string_view noon = "Sat, 21 Nov 2026 12:00:00 GMT";
constexpr std::string_view before = "Sat, 21 Nov 2026 11:00:00 GMT";
constexpr std::string_view earlier = "Sat, 21 Nov 2026 10:00:00 GMT";
constexpr Asked ranged{};
constexpr Asked if_ranged{true, true};

ResponseFacts facts_of(const http::ResponseView& response) { return assess_response(response, {}, received, received); }

PartAssessment assess(const Fields& fields, std::optional<std::uint64_t> content_length = std::nullopt, int status = 206,
                      Asked asked = ranged) {
    return assess_part(make_response(status, fields), content_length, asked);
}

// RFC 9111 §3.3
TEST(Part, IsStoredWithOneValidContentRange) {
    const auto assessed = assess({{"Content-Range", "bytes 21010-47021/47022"}, {"Content-Type", "image/gif"}}, 26012);
    EXPECT_EQ(assessed.storage, PartStorage::store);
    EXPECT_EQ(assessed.part, (Part{{21010, 47021}, 47022}));
    EXPECT_EQ(assess({{"Content-Range", "bytes 0-9/*"}}).part, (Part{{0, 9}, std::nullopt}));
    EXPECT_EQ(assess({{"Content-Range", "bytes 0-9/10"}}).storage, PartStorage::store);  // all of it is a part, too
}

struct RefusalCase {
    std::string_view content_range;
    PartStorage storage;
};

// RFC 9110 §14.4: what is invalid, or not of bytes, must not be combined.
TEST(Part, IsNotStoredWithoutAValidContentRangeOfBytes) {
    constexpr RefusalCase cases[] = {
        {"bytes 5-2/10", PartStorage::content_range}, {"bytes 0-9/9", PartStorage::content_range},
        {"bytes */10", PartStorage::content_range},   {"items 0-9/10", PartStorage::content_range},
        {"bytes 0-9", PartStorage::content_range},    {"", PartStorage::content_range},
    };
    for (const RefusalCase& c : cases)
        EXPECT_EQ(assess({{"Content-Range", c.content_range}}).storage, c.storage) << c.content_range;
    EXPECT_EQ(assess({}).storage, PartStorage::content_range);
    EXPECT_EQ(assess({{"Content-Range", "bytes 0-9/10"}, {"Content-Range", "bytes 0-9/10"}}).storage, PartStorage::content_range);
}

TEST(Part, IsNotStoredIfContentLengthAndContentRangeDisagree) {
    for (const std::uint64_t length : {0U, 9U, 11U, 100U}) {
        EXPECT_EQ(assess({{"Content-Range", "bytes 0-9/100"}}, length).storage, PartStorage::content_length) << length;
    }
    EXPECT_EQ(assess({{"Content-Range", "bytes 0-9/100"}}, 10).storage, PartStorage::store);
}

TEST(Part, IsNotStoredOfAMultipartAnswer) {
    for (const std::string_view type :
         {"multipart/byteranges; boundary=x", "Multipart/ByteRanges;boundary=x", "multipart/byteranges ; boundary=x"}) {
        EXPECT_EQ(assess({{"Content-Type", type}}).storage, PartStorage::multiple) << type;
        EXPECT_EQ(assess({{"Content-Type", type}, {"Content-Range", "bytes 0-9/100"}}).storage, PartStorage::multiple) << type;
    }
    EXPECT_EQ(assess({{"Content-Type", "multipart/mixed"}, {"Content-Range", "bytes 0-9/100"}}).storage, PartStorage::store);
}

TEST(Part, IsA206ThatWasAskedFor) {
    for (const int status : {200, 203, 304, 416}) {
        EXPECT_EQ(assess({{"Content-Range", "bytes 0-9/10"}}, 10, status).storage, PartStorage::not_partial) << status;
    }
    EXPECT_EQ(assess({{"Content-Range", "bytes 0-9/10"}}, 10, 206, {false, false}).storage, PartStorage::unasked);
}

// RFC 9110 §15.3.7
TEST(Part, ThatAnswersIfRangeIsNotTheFirstOfItsKind) {
    EXPECT_EQ(assess({{"Content-Range", "bytes 0-9/10"}}, 10, 206, if_ranged).storage, PartStorage::only_combined);
}

TEST(Part, IsAsLongAsWhatCame) {
    const Part announced{{100, 199}, 1000};
    EXPECT_EQ(received_part(announced, 100, true), announced);
    EXPECT_EQ(received_part(announced, 99, true), std::nullopt);  // an end that is no end
    EXPECT_EQ(received_part(announced, 101, true), std::nullopt);
    EXPECT_EQ(received_part(announced, 0, true), std::nullopt);
    EXPECT_EQ(received_part(announced, 100, false), announced);
    EXPECT_EQ(received_part(announced, 40, false), (Part{{100, 139}, 1000}));
    EXPECT_EQ(received_part(announced, 1, false), (Part{{100, 100}, 1000}));
    EXPECT_EQ(received_part(announced, 0, false), std::nullopt);
    EXPECT_EQ(received_part(announced, 101, false), std::nullopt);
}

// RFC 9110 §15.3.7.3
TEST(HeldParts, AreCompleteWhenTheyCoverTheWholeRepresentation) {
    Held held;
    EXPECT_FALSE(held.is_complete());
    EXPECT_TRUE(add(held, {{0, 4}, std::nullopt}));
    EXPECT_FALSE(held.is_complete());
    EXPECT_TRUE(add(held, {{7, 9}, 10}));
    EXPECT_EQ(held.complete_length, 10U);
    EXPECT_FALSE(held.is_complete());
    EXPECT_TRUE(add(held, {{5, 6}, std::nullopt}));
    EXPECT_TRUE(held.is_complete());

    Held unknown;
    EXPECT_TRUE(add(unknown, {{0, 9}, std::nullopt}));
    EXPECT_FALSE(unknown.is_complete());
}

TEST(HeldParts, TakeNothingThatContradictsThem) {
    Held held;
    ASSERT_TRUE(add(held, {{0, 4}, 10}));
    EXPECT_FALSE(add(held, {{5, 6}, 11}));
    EXPECT_FALSE(add(held, {{5, 10}, std::nullopt}));
    EXPECT_EQ(held.bytes.length(), 5U);
    EXPECT_EQ(held.complete_length, 10U);

    Held unknown;
    ASSERT_TRUE(add(unknown, {{0, 9}, std::nullopt}));
    EXPECT_FALSE(add(unknown, {{0, 4}, 9}));
    EXPECT_EQ(unknown.complete_length, std::nullopt);
    EXPECT_TRUE(add(unknown, {{0, 4}, 10}));
    EXPECT_TRUE(unknown.is_complete());
}

TEST(HeldParts, AreNoMorePiecesThanTheLimit) {
    Held held{IntervalSet(2)};
    EXPECT_TRUE(add(held, {{0, 0}, std::nullopt}));
    EXPECT_TRUE(add(held, {{2, 2}, std::nullopt}));
    EXPECT_FALSE(add(held, {{4, 4}, 100}));
    EXPECT_EQ(held.complete_length, std::nullopt);
    EXPECT_TRUE(add(held, {{1, 1}, 100}));
}

struct CombineCase {
    Fields stored, newer;
    Asked asked;
    bool may;
};

// RFC 9111 §3.4, CONSISTENCY 1.1
TEST(Combining, NeedsTheSameStrongValidator) {
    const CombineCase cases[] = {
        {{{"ETag", "\"1\""}}, {{"ETag", "\"1\""}}, ranged, true},
        {{{"ETag", "\"1\""}}, {{"ETag", "\"2\""}}, ranged, false},
        {{{"ETag", "\"1\""}}, {{"ETag", "W/\"1\""}}, ranged, false},
        {{{"ETag", "W/\"1\""}}, {{"ETag", "W/\"1\""}}, ranged, false},
        {{{"ETag", "W/\"1\""}}, {{"ETag", "\"1\""}}, ranged, false},
        {{{"ETag", "\"1\""}}, {}, ranged, false},
        {{{"ETag", "\"1\""}}, {}, if_ranged, false},
        {{}, {{"ETag", "\"1\""}}, ranged, false},
        {{}, {}, ranged, false},
        {{{"ETag", "\"1\""}}, {{"ETag", "\"1\""}, {"ETag", "\"1\""}}, ranged, false},
        {{{"ETag", "1"}}, {{"ETag", "1"}}, ranged, false},
        // Last-Modified, well before Date; never beside an ETag
        {{{"Date", noon}, {"Last-Modified", before}}, {{"Date", noon}, {"Last-Modified", before}}, ranged, true},
        {{{"Date", noon}, {"Last-Modified", before}}, {{"Date", noon}, {"Last-Modified", earlier}}, ranged, false},
        {{{"Date", before}, {"Last-Modified", before}}, {{"Date", noon}, {"Last-Modified", before}}, ranged, false},
        {{{"Date", noon}, {"Last-Modified", before}}, {{"Date", before}, {"Last-Modified", before}}, ranged, false},
        {{{"Date", noon}, {"Last-Modified", before}, {"ETag", "W/\"1\""}},
         {{"Date", noon}, {"Last-Modified", before}, {"ETag", "W/\"1\""}},
         ranged,
         false},
        {{{"Date", noon}, {"Last-Modified", before}},
         {{"Date", noon}, {"Last-Modified", before}, {"ETag", "\"1\""}},
         ranged,
         false},
        {{{"Date", noon}, {"Last-Modified", before}, {"ETag", "1"}},
         {{"Date", noon}, {"Last-Modified", before}, {"ETag", "1"}},
         ranged,
         false},
    };
    for (const CombineCase& c : cases) {
        const auto stored = make_response(200, c.stored);
        const auto newer = make_response(206, c.newer);
        EXPECT_EQ(may_combine(stored, facts_of(stored), newer, facts_of(newer), c.asked), c.may) << &c - cases;
    }
}

TEST(Combining, NeedsTheSameContentCoding) {
    const CombineCase cases[] = {
        {{{"ETag", "\"1\""}, {"Content-Encoding", "gzip"}}, {{"ETag", "\"1\""}, {"Content-Encoding", "GZIP"}}, ranged, true},
        {{{"ETag", "\"1\""}, {"Content-Encoding", "gzip"}}, {{"ETag", "\"1\""}, {"Content-Encoding", "br"}}, ranged, false},
        {{{"ETag", "\"1\""}, {"Content-Encoding", "gzip"}}, {{"ETag", "\"1\""}}, ranged, false},
        {{{"ETag", "\"1\""}, {"Content-Encoding", "gzip"}}, {{"ETag", "\"1\""}}, if_ranged, true},  // may be left out there
        {{{"ETag", "\"1\""}, {"Content-Encoding", "gzip"}}, {{"ETag", "\"1\""}, {"Content-Encoding", "br"}}, if_ranged, false},
        {{{"ETag", "\"1\""}}, {{"ETag", "\"1\""}, {"Content-Encoding", "gzip"}}, ranged, false},
        {{{"ETag", "\"1\""}, {"Content-Encoding", "a, b"}},
         {{"ETag", "\"1\""}, {"Content-Encoding", "a"}, {"Content-Encoding", "b"}},
         ranged,
         true},
        {{{"ETag", "\"1\""}, {"Content-Encoding", "a, b"}}, {{"ETag", "\"1\""}, {"Content-Encoding", "b, a"}}, ranged, false},
    };
    for (const CombineCase& c : cases) {
        const auto stored = make_response(200, c.stored);
        const auto newer = make_response(206, c.newer);
        EXPECT_EQ(may_combine(stored, facts_of(stored), newer, facts_of(newer), c.asked), c.may) << &c - cases;
    }
}

// RFC 9110 §13.1.5
TEST(Combining, IsAskedForUnderTheEntityTagOrElseTheDate) {
    const auto validator_of = [](const Fields& fields) {
        const auto response = make_response(200, fields);
        return std::string(strong_validator_of(response, facts_of(response)).value_or("none"));
    };
    EXPECT_EQ(validator_of({{"ETag", "\"1\""}, {"Date", noon}, {"Last-Modified", before}}), "\"1\"");
    EXPECT_EQ(validator_of({{"Date", noon}, {"Last-Modified", before}}), before);
    EXPECT_EQ(validator_of({{"ETag", "W/\"1\""}, {"Date", noon}, {"Last-Modified", before}}), "none");
    EXPECT_EQ(validator_of({{"Date", noon}, {"Last-Modified", noon}}), "none");
    EXPECT_EQ(validator_of({}), "none");
}

std::string text_of(const std::vector<http::Field>& fields) {
    std::string text;
    for (const http::Field& field : fields) text += std::string(field.name) + ": " + std::string(field.value) + "\n";
    return text;
}

// RFC 9111 §3.4, §3.2; RFC 9110 §15.3.7.3
TEST(Combining, TakesTheFieldsOfTheNewerPart) {
    const Fields stored{{"Date", before}, {"Age", "9"}, {"ETag", "\"1\""},
                        {"A", "1"},       {"B", "2"},   {"Content-Range", "bytes 0-4/10"}};
    const Fields newer{
        {"Date", noon}, {"ETag", "\"1\""}, {"a", "3"}, {"Cache-Control", "max-age=5"}, {"Content-Range", "bytes 5-9/10"}};
    EXPECT_EQ(text_of(combine_fields(stored, newer)),
              "B: 2\nDate: Sat, 21 Nov 2026 12:00:00 GMT\nETag: \"1\"\na: 3\nCache-Control: max-age=5\n");
}

TEST(Combining, KeepsNoFieldOfOneMessageAlone) {
    const Fields stored{{"Content-Length", "5"}, {"Content-Digest", "x"}, {"Repr-Digest", "r"}, {"X", "1"}};
    const Fields newer{
        {"Content-Length", "5"}, {"Content-MD5", "y"}, {"Set-Cookie", "session=1"}, {"Connection", "x"}, {"X", "2"}};
    EXPECT_EQ(text_of(combine_fields(stored, newer)), "Repr-Digest: r\nX: 1\n");
}

TEST(Combining, ReplacesTheContentTypeIfThePartHasOne) {
    EXPECT_EQ(text_of(combine_fields(Fields{{"Content-Type", "a/b"}}, Fields{{"Content-Type", "c/d"}})), "Content-Type: c/d\n");
    EXPECT_EQ(text_of(combine_fields(Fields{{"Content-Type", "a/b"}}, Fields{{"X", "1"}})), "Content-Type: a/b\nX: 1\n");
}

TEST(Combining, NeverChangesTheContentCoding) {
    EXPECT_EQ(text_of(combine_fields(Fields{{"Content-Encoding", "gzip"}}, Fields{{"Content-Encoding", "gzip"}})),
              "Content-Encoding: gzip\n");
}

}  // namespace
}  // namespace sidecache::policy
