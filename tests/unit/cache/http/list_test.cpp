#include "cache/http/list.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sidecache::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> members_of(std::string_view text) {
    std::vector<std::string> members;
    while (const auto member = next_member(text)) members.emplace_back(*member);
    return members;
}

// RFC 9110 §5.6.1.2
TEST(List, SkipsEmptyMembersAndSurroundingWhitespace) {
    EXPECT_THAT(members_of("a, b"), ElementsAre("a", "b"));
    EXPECT_THAT(members_of(",, a\t,,  b , "), ElementsAre("a", "b"));
    EXPECT_THAT(members_of(" , ,"), IsEmpty());
    EXPECT_THAT(members_of(""), IsEmpty());
}

// RFC 9110 §5.6.4
TEST(List, DoesNotSeparateAtACommaInsideQuotes) {
    EXPECT_THAT(members_of(R"(a="x,y", b)"), ElementsAre(R"(a="x,y")", "b"));
    EXPECT_THAT(members_of(R"(a="x\",y", b)"), ElementsAre(R"(a="x\",y")", "b"));
}

TEST(List, AQuoteThatNeverEndsHidesNoMemberAfterIt) {
    EXPECT_THAT(members_of(R"(ext="x, no-store)"), ElementsAre(R"(ext="x)", "no-store"));
    EXPECT_THAT(members_of(R"(ext="x\, no-store)"), ElementsAre(R"(ext="x\)", "no-store"));
}

struct DirectiveCase {
    std::string_view text, name, value;
    bool has_value, quoted, is_malformed;
};

TEST(Directive, IsReadWithItsValue) {
    constexpr DirectiveCase cases[] = {
        {"no-store", "no-store", "", false, false, false},
        {"max-age=5", "max-age", "5", true, false, false},
        {R"(max-age="5")", "max-age", "5", true, true, false},
        {R"(no-cache="a, b")", "no-cache", "a, b", true, true, false},
        {R"(x="a\"b")", "x", R"(a\"b)", true, true, false},
        {R"(x="")", "x", "", true, true, false},
        {"max-age=", "max-age", "", true, false, true},
        {"max-age =5", "max-age ", "5", true, false, true},
        {"max-age= 5", "max-age", " 5", true, false, true},
        {R"(max-age="5)", "max-age", "5", true, true, true},
        {R"(max-age="5"6)", "max-age", "5", true, true, true},
        {R"(max-age=")", "max-age", "", true, true, true},
        {"=5", "", "5", true, false, true},
        {"two words", "two words", "", false, false, true},
    };
    for (const DirectiveCase& c : cases) {
        const Directive directive = parse_directive(c.text);
        EXPECT_EQ(directive.name, c.name) << c.text;
        EXPECT_EQ(directive.has_value, c.has_value) << c.text;
        EXPECT_EQ(directive.quoted, c.quoted) << c.text;
        EXPECT_EQ(directive.is_malformed, c.is_malformed) << c.text;
        if (!c.is_malformed) {
            EXPECT_EQ(directive.value, c.value) << c.text;
        }
    }
}

TEST(HasToken, LooksThroughAllLinesWithoutCase) {
    const testing::Fields fields{{"Connection", "keep-alive"}, {"connection", "Upgrade, X-Foo"}, {"Via", "close"}};
    EXPECT_TRUE(has_token(fields, FieldName::connection, "x-foo"));
    EXPECT_TRUE(has_token(fields, FieldName::connection, "Keep-Alive"));
    EXPECT_FALSE(has_token(fields, FieldName::connection, "close"));
}

TEST(Token, HasVisibleCharactersWithoutDelimiters) {
    EXPECT_TRUE(is_token("x-Foo_1.2!#$%&'*+^`|~"));
    for (const std::string_view text : {"", "a b", "a\"", "a,", "a;", "a/b", "a:b", "(a)", "a\x7f", "\xc3\xa4", "a\t"}) {
        EXPECT_FALSE(is_token(text)) << text;
    }
}

TEST(Trim, TakesSpacesAndTabsOnly) {
    EXPECT_EQ(trim(" \ta b\t "), "a b");
    EXPECT_EQ(trim(" \t "), "");
    EXPECT_EQ(trim("\na\r"), "\na\r");
}

TEST(AList, WithMoreQuotedPairsInAMemberThanAnybodyNeedsIsReadAsIfTheQuoteDidNotEnd) {
    const auto members = [](int pairs) {
        std::string text = "a=\"x,";
        for (int i = 0; i < pairs; ++i) text += "\\\"";
        text += "\", no-store";
        std::vector<std::string> all;
        std::string_view rest = text;
        while (const auto member = next_member(rest)) all.emplace_back(*member);
        return all;
    };
    EXPECT_EQ(members(32).size(), 2U);
    EXPECT_GT(members(33).size(), 2U);
    EXPECT_EQ(members(33).front(), "a=\"x");
}

}  // namespace
}  // namespace sidecache::http
