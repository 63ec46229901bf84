#include "cache/http/left_out.hpp"

#include <gtest/gtest.h>

namespace sidecache::http {
namespace {

using Names = std::vector<std::string_view>;

TEST(LeftOut, AreNamesInAnyCase) {
    EXPECT_TRUE(is_left_out("X-Own", {"set-cookie", "x-OWN"}));
    EXPECT_FALSE(is_left_out("X-Owner", {"x-own"}));
    EXPECT_FALSE(is_left_out("X-Own", {}));
}

TEST(LeftOut, AreAddedAllOrNone) {
    Names names{"x-before"};
    EXPECT_FALSE(add_left_out(names, parse_directive("private=\"x-a, vary\"")));
    EXPECT_EQ(names, Names{"x-before"});
    EXPECT_TRUE(add_left_out(names, parse_directive("private=\"x-a,, server-timing ,\"")));
    EXPECT_EQ(names, (Names{"x-before", "x-a", "server-timing"}));
    EXPECT_FALSE(add_left_out(names, parse_directive("private")));
}

TEST(LeftOut, GoFromLinesWhole) {
    constexpr std::string_view lines = "X-Own: 1\r\nx-a: x-own: 2\r\nX-OWN:\r\nX-B: 3\r\n";
    EXPECT_EQ(without_left_out(lines, {"x-own"}), "x-a: x-own: 2\r\nX-B: 3\r\n");
    EXPECT_EQ(without_left_out(lines, {}), lines);
    EXPECT_EQ(without_left_out("", {"x-own"}), "");
}

}  // namespace
}  // namespace sidecache::http
