#include "cache/http/structured_field.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace sidecache::http {
namespace {

using ::testing::ElementsAre;

// nullopt where the line does not parse.
std::optional<std::vector<std::string>> strings_of(std::string_view line) {
    std::vector<std::string> members;
    StringListReader reader(line);
    while (const auto member = reader.next()) members.emplace_back(*member);
    if (reader.failed()) return std::nullopt;
    return members;
}

// RFC 9651 §3.1, §3.3.3
TEST(StringList, IsReadMemberByMember) {
    EXPECT_THAT(strings_of(R"("a", "b")"), ::testing::Optional(ElementsAre("a", "b")));
    EXPECT_THAT(strings_of("  \"a\"\t,\t\"b\"  "), ::testing::Optional(ElementsAre("a", "b")));
    EXPECT_THAT(strings_of(R"("")"), ::testing::Optional(ElementsAre("")));
    EXPECT_THAT(strings_of(R"("a,b")"), ::testing::Optional(ElementsAre("a,b")));
    EXPECT_THAT(strings_of(R"("a\"b", "c\\d", "e")"), ::testing::Optional(ElementsAre("a\"b", "c\\d", "e")));
    EXPECT_THAT(strings_of(""), ::testing::Optional(ElementsAre()));
    EXPECT_THAT(strings_of("   "), ::testing::Optional(ElementsAre()));
}

// RFC 9651 §4.2.3.2
TEST(StringList, ParametersAreCheckedAndIgnored) {
    for (const std::string_view line :
         {R"("a";x)", R"("a"; x=1;y)", R"("a";x="q;\"")", R"("a";x=tok/en:*)", R"("a";x=?0)", R"("a";x=-1.5)", R"("a";x=:aGk=:)",
          R"("a";x=@1659578233)", R"("a";x=%"f%c3%bc")", R"("a";*-._1=2)"}) {
        EXPECT_THAT(strings_of(line), ::testing::Optional(ElementsAre("a"))) << line;
    }
    for (const std::string_view line :
         {R"("a";)", R"("a";X)", R"("a";1)", R"("a";x=)", R"("a";x=?2)", R"("a";x="q)", R"("a";x=1.)", R"("a";x=1.2345)",
          R"("a";x=1234567890123456)", R"("a";x=:a)", R"("a";x=@1.5)", R"("a";x=%"%C3")", R"("a";x=(1))", R"("a" ;x)"}) {
        EXPECT_EQ(strings_of(line), std::nullopt) << line;
    }
}

// RFC 9651 §4.2: what does not parse in full says nothing.
TEST(StringList, FailsAsAWhole) {
    for (const std::string_view line :
         {R"("a",)", R"(,"a")", R"("a",,"b")", R"("a" "b")", R"("a)", R"(a)", R"('a')", R"("a", b)", R"("a", 1)", R"(("a"))",
          R"("a\n")", "\"a\tb\"", "\"\xc3\xa4\"", R"("a";x "b")", "\t\"a\""}) {
        EXPECT_EQ(strings_of(line), std::nullopt) << line;
    }
}

std::optional<std::vector<std::string>> dictionary_of(std::string_view line) {
    std::vector<std::string> members;
    DictionaryReader reader(line);
    while (const auto member = reader.next()) members.push_back(std::string(member->key) + (member->is_inner_list ? "|list|" : "|") + std::string(member->value));
    if (reader.failed()) return std::nullopt;
    return members;
}

// RFC 9651 §3.2
TEST(Dictionary, IsReadMemberByMember) {
    EXPECT_THAT(dictionary_of(R"(max-age=60, no-store;x=1, a="b,c", d=?1)"),
                ::testing::Optional(ElementsAre("max-age|60", "no-store|", "a|\"b,c\"", "d|?1")));
    for (const std::string_view line : {"A", "a=", "a,", "a b", "a=1 2", ",a", "a;", "1=a"}) {
        EXPECT_EQ(dictionary_of(line), std::nullopt) << line;
    }
}

// RFC 9651 §3.1.1, §4.2.1.2
TEST(Dictionary, MayHaveInnerLists) {
    EXPECT_THAT(dictionary_of(R"-(a=(), b=("x" 1;q "y)" );p=1, c)-"), ::testing::Optional(ElementsAre("a|list|()", R"-(b|list|("x" 1;q "y)" ))-", "c|")));
    for (const std::string_view line : {"a=(", "a=(1", "a=(1 2", R"(a=("x""y"))", R"(a=("x","y"))", "a=((1))", "a=(1\t2)", "a=)", "a=() b", "a=(x=1)"}) {
        EXPECT_EQ(dictionary_of(line), std::nullopt) << line;
    }
}

TEST(InnerList, OfStringsIsReadWithItsEscapesResolved) {
    EXPECT_THAT(parse_inner_strings(R"(("a" "b c";x=1   "d\"e\\"))"), ::testing::Optional(ElementsAre("a", "b c", R"(d"e\)")));
    EXPECT_THAT(parse_inner_strings("( )"), ::testing::Optional(ElementsAre()));
    for (const std::string_view text : {"", "a", R"("a")", R"(("a")", R"(("a" b))", "(1)", R"(("a")x)"}) {
        EXPECT_EQ(parse_inner_strings(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace sidecache::http
