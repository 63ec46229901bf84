#include "cache/http/range.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidecache::http {
namespace {

constexpr std::size_t limit = 64;
constexpr std::string_view huge = "99999999999999999999999999999999";

std::string text_of(const std::optional<RangeSpecs>& specs) {
    if (!specs) return "ignored";
    std::string text;
    append_range(text, *specs);
    return text;
}

std::string text_of(const std::optional<ByteRange>& range) {
    return range ? std::to_string(range->first) + "-" + std::to_string(range->last) : "none";
}

struct RangeCase {
    std::string_view value, parsed;
};

// RFC 9110 §14.1.2, its examples
TEST(Range, IsReadInAllFormsOfTheSpecification) {
    constexpr RangeCase cases[] = {
        {"bytes=0-499", "bytes=0-499"},
        {"bytes=500-999", "bytes=500-999"},
        {"bytes=-500", "bytes=-500"},
        {"bytes=9500-", "bytes=9500-"},
        {"bytes=0-0,-1", "bytes=0-0,-1"},
        {"bytes= 0-999, 4500-5499, -1000", "bytes=0-999,4500-5499,-1000"},
        {"bytes=500-600,601-999", "bytes=500-600,601-999"},
        {"bytes=500-700,601-999", "bytes=500-700,601-999"},
        {"bytes=-0", "bytes=-0"},  // valid, though it can never be satisfied
        {"bytes=007-08", "bytes=7-8"},
    };
    for (const RangeCase& c : cases) EXPECT_EQ(text_of(parse_range(c.value, limit)), c.parsed) << c.value;
}

// RFC 9110 §14.1
TEST(Range, HasAUnitInAnyCase) {
    EXPECT_EQ(text_of(parse_range("Bytes=1-2", limit)), "bytes=1-2");
    EXPECT_EQ(text_of(parse_range("BYTES=1-2", limit)), "bytes=1-2");
}

// RFC 9110 §14.2
TEST(Range, IsIgnoredInAnotherUnit) {
    for (const std::string_view value : {"items=0-1", "byte=0-1", "bytess=0-1", "seconds=1-2", "none=1-2", "=0-1", "0-1", ""}) {
        EXPECT_EQ(text_of(parse_range(value, limit)), "ignored") << value;
    }
}

// RFC 9110 §5.6.1.2
TEST(Range, MayHaveEmptyMembersAndWhitespaceBetweenThem) {
    EXPECT_EQ(text_of(parse_range("bytes=,0-1,, ,\t2-3\t,,", limit)), "bytes=0-1,2-3");
    EXPECT_EQ(text_of(parse_range("bytes= ,\t-5 ", limit)), "bytes=-5");
}

TEST(Range, IsIgnoredWhenAnyOfItIsMalformed) {
    for (const std::string_view value : {"bytes",         "bytes=",
                                         "bytes=,",       "bytes= , ,",
                                         "bytes=-",       "bytes=0",
                                         "bytes=0-1-2",   "bytes=--1",
                                         "bytes=a-b",     "bytes=0-1a",
                                         "bytes=0x0-1",   "bytes=+0-1",
                                         "bytes=0-+1",    "bytes=0 -1",
                                         "bytes=0- 1",    "bytes =0-1",
                                         " bytes=0-1",    "bytes:0-1",
                                         "bytes=0-1;2-3", "bytes=0-1 2-3",
                                         "bytes=\"0-1\"", "bytes=0-1,x",
                                         "bytes=x,0-1",   "bytes=0-1,bytes=2-3",
                                         "bytes=0.5-1",   "bytes=0-1, bytes 2-3/4",
                                         "bytes=*"}) {
        EXPECT_EQ(text_of(parse_range(value, limit)), "ignored") << value;
    }
}

// RFC 9110 §14.1.1: one invalid range-spec makes the whole set invalid.
TEST(Range, IsIgnoredWhenALastPositionIsBeforeItsFirst) {
    EXPECT_EQ(text_of(parse_range("bytes=5-2", limit)), "ignored");
    EXPECT_EQ(text_of(parse_range("bytes=0-1,5-2", limit)), "ignored");
    EXPECT_EQ(text_of(parse_range("bytes=5-5", limit)), "bytes=5-5");
}

// RFC 9110 §14.1.2: no integer overflow
TEST(Range, CountsNumbersThatAreTooLargeAsTheLargest) {
    const std::string number(huge);
    const RangeSpecs expected{{0, max_position}, {max_position, std::nullopt}, {std::nullopt, max_position}};
    EXPECT_EQ(parse_range("bytes=0-" + number + "," + number + "-,-" + number, limit), expected);
    for (const std::string_view text :
         {"9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616", "18446744073709551617",
          "92233720368547758079", "100000000000000000000"}) {
        EXPECT_EQ(parse_range("bytes=" + std::string(text) + "-", limit), (RangeSpecs{{max_position, std::nullopt}})) << text;
    }
    EXPECT_EQ(parse_range("bytes=9223372036854775806-", limit), (RangeSpecs{{max_position - 1, std::nullopt}}));
    EXPECT_EQ(parse_range("bytes=0-" + std::string(100000, '9'), limit), (RangeSpecs{{0, max_position}}));
}

TEST(Range, IsIgnoredWithMoreSpecsThanTheLimit) {
    std::string value = "bytes=";
    for (int i = 0; i < 64; ++i) value += std::to_string(2 * i) + "-" + std::to_string(2 * i) + ",";
    ASSERT_TRUE(parse_range(value, limit));
    EXPECT_EQ(parse_range(value, limit)->size(), 64U);
    EXPECT_FALSE(parse_range(value + "-1", limit));
    EXPECT_TRUE(parse_range(value + ",,,", limit));
    for (int i = 64; i < 1000; ++i) value += std::to_string(2 * i) + "-,";
    EXPECT_FALSE(parse_range(value, limit));
    EXPECT_TRUE(parse_range(value, 1000));
}

struct ResolveCase {
    std::string_view value;
    std::uint64_t complete_length;
    std::string_view range;
};

// RFC 9110 §14.1.2
TEST(Range, IsResolvedAgainstTheCompleteLength) {
    constexpr ResolveCase cases[] = {
        {"bytes=0-499", 10000, "0-499"},
        {"bytes=-500", 10000, "9500-9999"},
        {"bytes=9500-", 10000, "9500-9999"},
        {"bytes=0-0", 10000, "0-0"},
        {"bytes=-1", 10000, "9999-9999"},
        {"bytes=0-9999", 10000, "0-9999"},
        {"bytes=0-10000", 10000, "0-9999"},
        {"bytes=9999-", 10000, "9999-9999"},
        {"bytes=10000-", 10000, "none"},
        {"bytes=10000-10001", 10000, "none"},
        {"bytes=-0", 10000, "none"},
        {"bytes=-10000", 10000, "0-9999"},
        {"bytes=-10001", 10000, "0-9999"},
        {"bytes=0-", 1, "0-0"},
        {"bytes=0-0", 1, "0-0"},
        {"bytes=1-", 1, "none"},
        {"bytes=0-", 0, "none"},
        {"bytes=0-0", 0, "none"},
        {"bytes=-1", 0, "none"},
        {"bytes=-99999999999999999999", 5, "0-4"},
        {"bytes=0-99999999999999999999", 5, "0-4"},
        {"bytes=99999999999999999999-", 5, "none"},
    };
    for (const ResolveCase& c : cases) {
        const auto specs = parse_range(c.value, limit);
        ASSERT_TRUE(specs) << c.value;
        EXPECT_EQ(text_of(resolve(specs->front(), c.complete_length)), c.range) << c.value << " of " << c.complete_length;
    }
}

std::string text_of(const std::optional<ContentRange>& parsed) {
    if (!parsed) return "invalid";
    std::string text;
    if (parsed->range) {
        append_content_range(text, *parsed->range, parsed->complete_length);
    } else {
        append_unsatisfied_range(text, *parsed->complete_length);
    }
    return text;
}

// RFC 9110 §14.4, its examples
TEST(ContentRange, IsReadInItsThreeForms) {
    for (const std::string_view value : {"bytes 42-1233/1234", "bytes 42-1233/*", "bytes */1234", "bytes 0-499/1234",
                                         "bytes 500-999/1234", "bytes 500-1233/1234", "bytes 734-1233/1234", "bytes 0-0/1",
                                         "bytes */0", "bytes 0-0/*", "bytes 0-9223372036854775806/9223372036854775807"}) {
        EXPECT_EQ(text_of(parse_content_range(value)), value);
    }
    EXPECT_EQ(text_of(parse_content_range("BYTES 00-09/0100")), "bytes 0-9/100");
    EXPECT_EQ(parse_content_range("bytes 42-1233/*"), (ContentRange{ByteRange{42, 1233}, std::nullopt}));
    EXPECT_EQ(parse_content_range("bytes */1234"), (ContentRange{std::nullopt, 1234}));
}

// RFC 9110 §14.4
TEST(ContentRange, IsInvalidWhenItsNumbersContradictEachOther) {
    for (const std::string_view value :
         {"bytes 5-2/10", "bytes 5-2/*", "bytes 0-10/10", "bytes 0-9/9", "bytes 0-9/0", "bytes 10-10/10"}) {
        EXPECT_EQ(text_of(parse_content_range(value)), "invalid") << value;
    }
}

TEST(ContentRange, IsInvalidInAnyOtherForm) {
    for (const std::string_view value : {"",
                                         "bytes",
                                         "bytes ",
                                         "bytes */*",
                                         "bytes *",
                                         "bytes */",
                                         "bytes 0-9",
                                         "bytes 0-9/",
                                         "bytes 0-/10",
                                         "bytes -9/10",
                                         "bytes 0-9/ 10",
                                         "bytes  0-9/10",
                                         "bytes\t0-9/10",
                                         "bytes=0-9/10",
                                         "bytes 0 - 9/10",
                                         "bytes 0-9 /10",
                                         "bytes 0-9/10 ",
                                         " bytes 0-9/10",
                                         "bytes 0-9/10,",
                                         "bytes 0-9/10, bytes 10-19/20",
                                         "bytes 0-9/10/11",
                                         "bytes 0-9/**",
                                         "bytes 0-9/-1",
                                         "bytes 0-9/1e3",
                                         "items 0-9/10",
                                         "bytess 0-9/10",
                                         "0-9/10",
                                         "bytes 0x0-9/10",
                                         "bytes -1-9/10"}) {
        EXPECT_EQ(text_of(parse_content_range(value)), "invalid") << value;
    }
}

TEST(ContentRange, IsInvalidWithANumberThatCannotBeHeld) {
    const std::string number(huge);
    for (const std::string& value :
         {"bytes 0-9/" + number, "bytes 0-" + number + "/*", "bytes " + number + "-" + number + "/*", "bytes */" + number,
          std::string("bytes 0-9/9223372036854775808"), std::string("bytes 0-9223372036854775808/*"),
          std::string("bytes 0-0/18446744073709551617")}) {
        EXPECT_EQ(text_of(parse_content_range(value)), "invalid") << value;
    }
}

}  // namespace
}  // namespace sidecache::http
