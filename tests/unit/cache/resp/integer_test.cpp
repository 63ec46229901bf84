#include "cache/resp/integer.hpp"

#include <gtest/gtest.h>

namespace sidecache::resp {
namespace {

using namespace std::string_view_literals;

TEST(AnInteger, IsReadFromTheSmallestToTheLargest) {
    EXPECT_EQ(integer_of("0"), 0);
    EXPECT_EQ(integer_of("7"), 7);
    EXPECT_EQ(integer_of("-7"), -7);
    EXPECT_EQ(integer_of("10"), 10);
    EXPECT_EQ(integer_of("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(integer_of("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
}

TEST(AnInteger, IsNothingElse) {
    for (const std::string_view text : {""sv, "-"sv, "+1"sv, "--1"sv, " 1"sv, "1 "sv, "1\n"sv, "1\0"sv, "\0"sv, "1.0"sv, "1e3"sv, "0x1"sv, "a"sv, "1a"sv, "-0"sv, "00"sv, "01"sv, "-01"sv,
                                        "9223372036854775808"sv, "-9223372036854775809"sv, "18446744073709551616"sv, "99999999999999999999999999"sv}) {
        EXPECT_EQ(integer_of(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace sidecache::resp
