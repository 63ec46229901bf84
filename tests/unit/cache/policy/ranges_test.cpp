#include "cache/policy/ranges.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include "cache/policy/multipart.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidecache::policy {
namespace {

using http::ByteRange;
using http::ByteRanges;
using testing::Fields;
using testing::make_request;
using testing::make_response;

const Time received = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + std::chrono::hours{12};
constexpr std::string_view noon = "Sat, 21 Nov 2026 12:00:00 GMT";
constexpr std::string_view second_before = "Sat, 21 Nov 2026 11:59:59 GMT";
constexpr std::string_view before = "Sat, 21 Nov 2026 11:00:00 GMT";

std::string text_of(const RangeDecision& decision) {
    std::string text;
    switch (decision.answer) {
        case RangeAnswer::whole:
            text = "200";
            break;
        case RangeAnswer::single:
            text = "206";
            break;
        case RangeAnswer::multiple:
            text = "multipart";
            break;
        case RangeAnswer::unsatisfiable:
            http::append_unsatisfied_range(text, *decision.complete_length);
            return "416 " + text;
    }
    for (const ByteRange& range : decision.ranges) text += " " + std::to_string(range.first) + "-" + std::to_string(range.last);
    return text;
}

const Fields plain{{"Date", noon}, {"ETag", "\"1\""}, {"Content-Type", "text/plain"}};

std::string decide(const Fields& request, const Fields& stored = plain, std::uint64_t length = 10000,
                   std::string_view method = "GET", int status = 200) {
    const auto response = make_response(status, stored);
    const auto facts = assess_response(response, {}, received, received);
    return text_of(decide_ranges(make_request(method, "/", request), response, facts, length));
}

struct DecideCase {
    std::string_view range, decision;
};

// RFC 9110 §14.1.2, its examples, of a representation of length 10000
TEST(Ranges, AreAnsweredFromACompleteResponse) {
    constexpr DecideCase cases[] = {
        {"bytes=0-499", "206 0-499"},
        {"bytes=500-999", "206 500-999"},
        {"bytes=-500", "206 9500-9999"},
        {"bytes=9500-", "206 9500-9999"},
        {"bytes=0-0,-1", "multipart 0-0 9999-9999"},
        {"bytes= 0-999, 4500-5499, -1000", "multipart 0-999 4500-5499 9000-9999"},
        {"bytes=500-600,601-999", "206 500-999"},
        {"bytes=500-700,601-999", "206 500-999"},
        {"bytes=0-", "206 0-9999"},
        {"bytes=0-20000", "206 0-9999"},
        {"bytes=-20000", "206 0-9999"},
        {"BYTES=1-1", "206 1-1"},
    };
    for (const DecideCase& c : cases) EXPECT_EQ(decide({{"Range", c.range}}), c.decision) << c.range;
}

// RFC 9110 §14.2
TEST(Ranges, AreIgnoredWithoutAValidRangeOfBytes) {
    EXPECT_EQ(decide({}), "200");
    for (const std::string_view range :
         {"items=0-1", "bytes=5-2", "bytes=0-1,5-2", "bytes=", "bytes=-", "bytes=a-b", "bytes=0 - 1"}) {
        EXPECT_EQ(decide({{"Range", range}}), "200") << range;
    }
    EXPECT_EQ(decide({{"Range", "bytes=0-1"}, {"Range", "bytes=2-3"}}), "200");
}

// RFC 9110 §14.2: GET is the only method for which range handling is defined.
TEST(Ranges, AreIgnoredWithAnotherMethodThanGet) {
    for (const std::string_view method : {"HEAD", "POST", "OPTIONS", "QUERY"}) {
        EXPECT_EQ(decide({{"Range", "bytes=0-1"}}, plain, 10000, method), "200") << method;
        EXPECT_EQ(decide({{"Range", "bytes=20000-"}}, plain, 10000, method), "200") << method;
    }
}

// RFC 9110 §14.2: only if the answer would be a 200 without it.
TEST(Ranges, AreIgnoredWhereTheStoredStatusIsNot200) {
    for (const int status : {203, 204, 206, 301, 404, 410, 500}) {
        EXPECT_EQ(decide({{"Range", "bytes=0-1"}}, plain, 10000, "GET", status), "200") << status;
    }
}

// RFC 9110 §14.2: may be ignored; no Content-Range could describe it.
TEST(Ranges, AreIgnoredWhereTheRepresentationIsEmpty) {
    for (const std::string_view range : {"bytes=0-", "bytes=0-0", "bytes=-1", "bytes=5-"}) {
        EXPECT_EQ(decide({{"Range", range}}, plain, 0), "200") << range;
    }
}

// RFC 9110 §15.5.17
TEST(Ranges, OfWhichNoneIsSatisfiableAreRefusedWithTheCompleteLength) {
    EXPECT_EQ(decide({{"Range", "bytes=10000-"}}), "416 bytes */10000");
    EXPECT_EQ(decide({{"Range", "bytes=-0"}}), "416 bytes */10000");
    EXPECT_EQ(decide({{"Range", "bytes=10000-10001,-0,99999999999999999999-"}}), "416 bytes */10000");
    EXPECT_EQ(decide({{"Range", "bytes=10000-,5-5"}}), "206 5-5");
    EXPECT_EQ(decide({{"Range", "bytes=0-0,20000-,9000-9000"}}), "multipart 0-0 9000-9000");
}

struct IfRangeCase {
    std::string_view if_range, tag, last_modified;
    bool holds;
};

// RFC 9110 §13.1.5
TEST(IfRange, HoldsOnlyForTheVeryValidatorAndOnlyIfItIsStrong) {
    constexpr IfRangeCase cases[] = {
        {"\"1\"", "\"1\"", "", true},
        {"\"1\"", "\"1\"", before, true},
        {"\"2\"", "\"1\"", "", false},
        {"W/\"1\"", "\"1\"", "", false},
        {"\"1\"", "W/\"1\"", "", false},
        {"W/\"1\"", "W/\"1\"", "", false},
        {"\"1\"", "", before, false},
        {"\"1\", \"2\"", "\"1\"", "", false},  // one validator, no list
        {"*", "\"1\"", "", false},
        {"1", "\"1\"", "", false},
        {"", "\"1\"", before, false},
        {before, "\"1\"", before, true},
        {before, "", before, true},
        {before, "", second_before, false},                       // another date
        {noon, "", before, false},                                // later, but not the same
        {second_before, "", second_before, false},                // not strong: too near to Date (§8.8.2.2)
        {"Saturday, 21-Nov-26 11:00:00 GMT", "", before, false},  // not written the same
        {"Sat, 21 Nov 2026", "", "Sat, 21 Nov 2026", false},      // no date
    };
    for (const IfRangeCase& c : cases) {
        for (const bool with_tag : {true, false}) {
            if (with_tag == c.tag.empty()) continue;
            const Fields stored = c.tag.empty() ? Fields{{"Date", noon}, {"Last-Modified", c.last_modified}}
                                  : c.last_modified.empty()
                                      ? Fields{{"Date", noon}, {"ETag", c.tag}}
                                      : Fields{{"Date", noon}, {"ETag", c.tag}, {"Last-Modified", c.last_modified}};
            EXPECT_EQ(decide({{"Range", "bytes=0-1"}, {"If-Range", c.if_range}}, stored), c.holds ? "206 0-1" : "200")
                << c.if_range << " / " << c.tag << " / " << c.last_modified;
        }
    }
}

TEST(IfRange, HoldsNotWithTwoLinesOfItOrOfTheEntityTag) {
    EXPECT_EQ(decide({{"Range", "bytes=0-1"}, {"If-Range", "\"1\""}, {"If-Range", "\"1\""}}), "200");
    EXPECT_EQ(decide({{"Range", "bytes=0-1"}, {"If-Range", "\"1\""}}, {{"ETag", "\"1\""}, {"ETag", "\"2\""}}), "200");
}

// The tag may have been made here: what the origin said of its own tells nothing of it.
TEST(IfRange, IsComparedWithTheTagThatClientsHave) {
    const Fields sent{{"Date", noon}, {"ETag", "\"sc-1\""}};
    const ResponseFacts of_no_tag = assess_response(make_response(200, Fields{{"Date", noon}}), {}, received, received);
    const auto decide_by = [&](std::string_view validator) {
        const Fields request{{"Range", "bytes=0-1"}, {"If-Range", validator}};
        return text_of(decide_ranges(make_request("GET", "/", request), make_response(200, sent), of_no_tag, 10000));
    };
    EXPECT_EQ(decide_by("\"sc-1\""), "206 0-1");
    EXPECT_EQ(decide_by("\"sc-2\""), "200");
}

// RFC 9110 §13.1.5
TEST(IfRange, IsIgnoredWithoutRange) { EXPECT_EQ(decide({{"If-Range", "\"1\""}}), "200"); }

// RFC 9110 §13.2.2, step 5
TEST(IfRange, MakesAnUnsatisfiableRangeAWholeAnswer) {
    EXPECT_EQ(decide({{"Range", "bytes=10000-"}, {"If-Range", "\"1\""}}), "200");
    EXPECT_EQ(decide({{"Range", "bytes=10000-"}, {"If-Range", "\"2\""}}), "200");
}

// RFC 9110 §15.3.7.2
TEST(Parts, StandInTheOrderInWhichTheyWereAskedFor) {
    EXPECT_EQ(decide({{"Range", "bytes=-1,0-0,5000-5000"}}), "multipart 9999-9999 0-0 5000-5000");
    // The first and the last are one: it stands where the first of them stood.
    EXPECT_EQ(decide({{"Range", "bytes=5000-5999,0-9,8000-8000,6000-6009"}}), "multipart 5000-6009 0-9 8000-8000");
    EXPECT_EQ(decide({{"Range", "bytes=6000-6009,0-9,8000-8000,5000-5999"}}), "multipart 5000-6009 0-9 8000-8000");
}

// RFC 9110 §15.3.7.2: a part costs as much as its head.
TEST(Parts, AreJoinedAcrossAGapThatIsSmallerThanTheHeadOfOne) {
    const std::uint64_t overhead = part_overhead("text/plain", 10000);
    const auto with_gap = [](std::uint64_t gap) { return "bytes=0-99," + std::to_string(100 + gap) + "-5000"; };
    EXPECT_EQ(decide({{"Range", with_gap(overhead - 1)}}), "206 0-5000");
    EXPECT_EQ(decide({{"Range", with_gap(overhead)}}), "multipart 0-99 " + std::to_string(100 + overhead) + "-5000");
}

// RFC 9110 §15.3.7.2, §17.15
TEST(Parts, ThatCostMoreThanTheWholeAreNotMade) {
    EXPECT_EQ(decide({{"Range", "bytes=0-4800,5000-9999"}}), "200");
    // Two parts of one byte cost 236 bytes here: their heads, the closing and themselves.
    EXPECT_EQ(decide({{"Range", "bytes=0-0,-1"}}, plain, 236), "200");
    EXPECT_EQ(decide({{"Range", "bytes=0-0,-1"}}, plain, 237), "multipart 0-0 236-236");
    EXPECT_EQ(decide({{"Range", "bytes=0-0,-1"}}, plain, 100), "206 0-99");  // joined already
}

// RFC 9110 §17.15
TEST(Parts, ThatOverlapAreSentOnce) {
    std::string many = "bytes=0-";
    for (int i = 1; i < 64; ++i) many += ",0-" + std::to_string(i * 10);
    EXPECT_EQ(decide({{"Range", many}}), "206 0-9999");
    std::string nested = "bytes=7000-7000";
    for (int i = 0; i < 60; ++i) nested += "," + std::to_string(1000 - i) + "-" + std::to_string(1000 + i);
    EXPECT_EQ(decide({{"Range", nested}}), "multipart 7000-7000 941-1059");
}

TEST(Parts, BeyondTheLimitMakeTheAnswerWhole) {
    std::string value = "bytes=0-0";
    for (int i = 1; i < 64; ++i) value += "," + std::to_string(i * 1000) + "-" + std::to_string(i * 1000);
    EXPECT_TRUE(decide({{"Range", value}}, plain, 1000000).starts_with("multipart 0-0 1000-1000 ")) << value;
    EXPECT_EQ(decide({{"Range", value + ",-1"}}, plain, 1000000), "200");
    for (int i = 64; i < 1000; ++i) value += "," + std::to_string(i * 1000) + "-";
    EXPECT_EQ(decide({{"Range", value}}, plain, 1000000), "200");
}

TEST(Coalescing, IsNothingForNoneAndForOne) {
    ByteRanges none;
    coalesce(none, 100);
    EXPECT_TRUE(none.empty());
    ByteRanges one{{3, 7}};
    coalesce(one, 100);
    EXPECT_EQ(one, (ByteRanges{{3, 7}}));
    ByteRanges apart{{9, 9}, {0, 7}};
    coalesce(apart, 0);
    EXPECT_EQ(apart, (ByteRanges{{9, 9}, {0, 7}}));
    coalesce(apart, 1);
    EXPECT_EQ(apart, (ByteRanges{{9, 9}, {0, 7}}));
    coalesce(apart, 2);
    EXPECT_EQ(apart, (ByteRanges{{0, 9}}));
}

// RFC 9110 §15.3.7
TEST(HeadOf206, HasTheFieldsOfThe200ButThoseOfItsContent) {
    for (const std::string_view name :
         {"Date", "Cache-Control", "ETag", "Expires", "Content-Location", "Vary", "Last-Modified", "Content-Encoding",
          "Content-Language", "Content-Disposition", "Repr-Digest", "Digest", "Accept-Ranges", "X-Own", "Via"}) {
        for (const auto answer : {RangeAnswer::single, RangeAnswer::multiple}) {
            EXPECT_TRUE(belongs_in_206({http::field_name(name), name, "x"}, answer)) << name;
        }
    }
    for (const std::string_view name :
         {"Content-Length", "Content-Range", "Content-Digest", "content-md5", "Transfer-Encoding", "Trailer"}) {
        for (const auto answer : {RangeAnswer::single, RangeAnswer::multiple}) {
            EXPECT_FALSE(belongs_in_206({http::field_name(name), name, "x"}, answer)) << name;
        }
    }
}

// RFC 9110 §15.3.7.1, §15.3.7.2
TEST(HeadOf206, LeavesTheContentTypeToTheParts) {
    const http::Field type{http::FieldName::content_type, "Content-Type", "text/plain"};
    EXPECT_TRUE(belongs_in_206(type, RangeAnswer::single));
    EXPECT_FALSE(belongs_in_206(type, RangeAnswer::multiple));
}

// RFC 9110 §15.5.17
TEST(HeadOf416, NeitherDescribesTheRepresentationNorMakesTheRefusalCacheable) {
    for (const std::string_view name : {"Cache-Control",
                                        "CDN-Cache-Control",
                                        "Sidecache-Cache-Control",
                                        "Expires",
                                        "Age",
                                        "Date",
                                        "ETag",
                                        "Last-Modified",
                                        "Content-Type",
                                        "Content-Length",
                                        "Content-Encoding",
                                        "Content-Range",
                                        "Content-Location",
                                        "Content-Language",
                                        "content-disposition",
                                        "Repr-Digest",
                                        "Content-Digest",
                                        "Content-MD5",
                                        "Digest",
                                        "Set-Cookie",
                                        "Transfer-Encoding",
                                        "Pragma"}) {
        EXPECT_FALSE(belongs_in_416({http::field_name(name), name, "x"})) << name;
    }
    for (const std::string_view name :
         {"Vary", "Access-Control-Allow-Origin", "Strict-Transport-Security", "Via", "Accept-Ranges", "X-Own"}) {
        EXPECT_TRUE(belongs_in_416({http::field_name(name), name, "x"})) << name;
    }
}

}  // namespace
}  // namespace sidecache::policy
