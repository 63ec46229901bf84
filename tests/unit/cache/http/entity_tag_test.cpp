#include "cache/http/entity_tag.hpp"

#include <gtest/gtest.h>

namespace sidecache::http {
namespace {

EntityTag tag(std::string_view text) { return parse_entity_tag(text).value(); }

// RFC 9110 §8.8.3
TEST(EntityTag, IsQuotedAndMayBeWeak) {
    EXPECT_FALSE(tag("\"a\"").is_weak);
    EXPECT_TRUE(tag("W/\"a\"").is_weak);
    EXPECT_EQ(tag("W/\"a\"").opaque, "\"a\"");
    EXPECT_EQ(tag("\"\"").opaque, "\"\"");
    EXPECT_EQ(tag("\"a\\\"").opaque, "\"a\\\"");  // a backslash is itself
    EXPECT_TRUE(parse_entity_tag("\"\xc3\xa4\""));
    for (const std::string_view text :
         {"", "a", "\"", "\"a", "a\"", "w/\"a\"", "W/a", "W/", "\"a\"b\"", "\"a b\"", "\"a\" ", "*"}) {
        EXPECT_FALSE(parse_entity_tag(text)) << text;
    }
}

struct Comparison {
    std::string_view a, b;
    bool strong, weak;
};

// RFC 9110 §8.8.3.2, its table
TEST(EntityTag, IsComparedStronglyOrWeakly) {
    constexpr Comparison cases[] = {
        {"W/\"1\"", "W/\"1\"", false, true},
        {"W/\"1\"", "W/\"2\"", false, false},
        {"W/\"1\"", "\"1\"", false, true},
        {"\"1\"", "\"1\"", true, true},
    };
    for (const Comparison& c : cases) {
        EXPECT_EQ(strong_match(tag(c.a), tag(c.b)), c.strong) << c.a << c.b;
        EXPECT_EQ(weak_match(tag(c.a), tag(c.b)), c.weak) << c.a << c.b;
    }
}

// RFC 9110 §13.1.1, §13.1.2
TEST(EntityTagList, NamesATag) {
    const EntityTag one = tag("\"1\"");
    for (const std::string_view list :
         {"*", " * ", "\"1\"", "\"0\", \"1\"", ",,\"1\" ,", "nonsense, \"1\"", "\"a,b\", \"1\"", "\"a\\\", \"1\""}) {
        EXPECT_TRUE(any_weak_match(list, one)) << list;
        EXPECT_TRUE(any_strong_match(list, one)) << list;
    }
    EXPECT_TRUE(any_weak_match("W/\"1\"", one));
    EXPECT_FALSE(any_strong_match("W/\"1\"", one));
    for (const std::string_view list : {"", ",", "1", "\"2\"", "\"2\", *", "\"x, \"1\", y\"", "\"1"}) {
        EXPECT_FALSE(any_weak_match(list, one)) << list;
    }
}

}  // namespace
}  // namespace sidecache::http
