#include "cache/http/date.hpp"

#include <gtest/gtest.h>

namespace sidecache::http {
namespace {

using namespace std::chrono;

constexpr SystemTime now = sys_days{2026y / November / 21} + 2h;
constexpr SystemTime example = sys_days{1994y / November / 6} + 8h + 49min + 37s;

// RFC 9110 §5.6.7
TEST(HttpDate, IsReadInAllThreeFormats) {
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", now), example);
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", now), example);
    EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994", now), example);
    EXPECT_EQ(parse_http_date("Wed Nov 16 08:49:37 1994", now), example + days{10});
}

// RFC 9111 §4.2
TEST(HttpDate, IsReadInAnyCase) {
    for (const std::string_view text :
         {"sun, 06 Nov 1994 08:49:37 GMT", "SUN, 06 NOV 1994 08:49:37 GMT", "Sun, 06 nOV 1994 08:49:37 gMT",
          "SUNDAY, 06-nov-94 08:49:37 gmt", "sunday, 06-NOV-94 08:49:37 Gmt", "sUN nOv  6 08:49:37 1994"}) {
        EXPECT_EQ(parse_http_date(text, now), example) << text;
    }
}

TEST(HttpDate, OfTwoDigitsMoreThanFiftyYearsAheadIsInThePast) {
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-76 08:49:37 GMT", now), sys_days{2076y / November / 6} + 8h + 49min + 37s);
    EXPECT_EQ(parse_http_date("Sunday, 22-Nov-76 08:49:37 GMT", now), sys_days{1976y / November / 22} + 8h + 49min + 37s);
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-77 08:49:37 GMT", now), sys_days{1977y / November / 6} + 8h + 49min + 37s);
}

TEST(HttpDate, AllowsALeapSecondAndAFarFuture) {
    EXPECT_EQ(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", now), sys_days{2017y / January / 1});
    EXPECT_EQ(parse_http_date("Fri, 31 Dec 9999 23:59:59 GMT", now), sys_days{9999y / December / 31} + 23h + 59min + 59s);
    EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 00:00:00 GMT", now), sys_days{2024y / February / 29});
}

TEST(HttpDate, IsNothingElse) {
    constexpr std::string_view cases[] = {
        "",
        "0",
        "-1",
        "Sun",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06  Nov 1994 08:49:37 GMT",
        "Sun 06 Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 08.49.37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Wed, 29 Feb 2023 00:00:00 GMT",
        "Sun, 06 Nov -994 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sunday, 31-Feb-94 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov  6 08:49:37 94",
        "1994-11-06T08:49:37Z",
    };
    for (const std::string_view text : cases) EXPECT_EQ(parse_http_date(text, now), std::nullopt) << text;
}

TEST(HttpDate, IsWrittenAsImfFixdate) {
    EXPECT_EQ(format_http_date(example), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(format_http_date(SystemTime{}), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(HttpDate, ReadsWhatItWrites) {
    for (SystemTime time{}; time < SystemTime{days{80'000}}; time += days{17} + 3h + 7min + 11s) {
        EXPECT_EQ(parse_http_date(format_http_date(time), now), time);
    }
}

}  // namespace
}  // namespace sidecache::http
