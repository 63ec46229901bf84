#include "cache/http/weight.hpp"

#include <gtest/gtest.h>

namespace sidecache::http {
namespace {

// RFC 9110 §12.4.2
TEST(Weight, IsOneWhereNoneIsGiven) {
    const auto plain = parse_weighted(" de-CH ");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->name, "de-CH");
    EXPECT_EQ(plain->thousandths, 1000);
}

TEST(Weight, HasAtMostThreeDecimals) {
    constexpr std::pair<std::string_view, int> cases[] = {{"a;q=0", 0},       {"a;q=0.", 0},      {"a;q=0.5", 500}, {"a;q=0.05", 50},
                                                          {"a;q=0.005", 5},   {"a;q=0.999", 999}, {"a;q=1", 1000},  {"a;q=1.0", 1000},
                                                          {"a;q=1.000", 1000}, {"a \t;\tQ=0.1", 100}};
    for (const auto& [text, expected] : cases) {
        const auto weighted = parse_weighted(text);
        ASSERT_TRUE(weighted) << text;
        EXPECT_EQ(weighted->name, "a") << text;
        EXPECT_EQ(weighted->thousandths, expected) << text;
    }
}

TEST(Weight, IsNothingElse) {
    for (const std::string_view text : {"a;", "a;q", "a;q=", "a;q=.5", "a;q=2", "a;q=1.001", "a;q=0.0001", "a;q=-1", "a;q=0,5", "a;q=x",
                                        "a;q =1", "a;q= 1", "a;q=\"1\"", "a;level=1", "a;q=1;level=1", "a;level=1;q=1"}) {
        EXPECT_FALSE(parse_weighted(text)) << text;
    }
}

}  // namespace
}  // namespace sidecache::http
