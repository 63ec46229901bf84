#include "cache/keyspace/glob.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sidecache::keyspace {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

struct Row {
    std::string_view pattern;
    std::vector<std::string_view> matched{};
    std::vector<std::string_view> others{};
};

void expect(const std::vector<Row>& table) {
    for (const Row& row : table) {
        for (const std::string_view text : row.matched) EXPECT_TRUE(matches_glob(row.pattern, text)) << row.pattern << " and " << text;
        for (const std::string_view text : row.others) EXPECT_FALSE(matches_glob(row.pattern, text)) << row.pattern << " and " << text;
    }
}

TEST(AGlob, IsOfTheWholeText) {
    expect({{"", {""}, {"a"}}, {"abc", {"abc"}, {"", "ab", "abcd", "xabc", "ABC"}}, {"a\0b"sv, {"a\0b"sv}, {"a", "ab"}}});
}

TEST(AGlob, HasAQuestionMarkForOneOctet) {
    expect({{"?", {"a", "?", "\0"sv, "\xff"}, {"", "ab"}}, {"a?c", {"abc", "a?c"}, {"ac", "abbc"}}, {"???", {"abc"}, {"ab", "abcd"}}});
}

TEST(AGlob, HasAStarForAnyNumberOfOctets) {
    expect({{"*", {"", "a", "abc", "\0\n"sv}},
            {"**", {"a", "abc"}},
            {"a*", {"a", "abc"}, {"", "ba"}},
            {"*a", {"a", "bca", "aaa"}, {"", "ab"}},
            {"a*b", {"ab", "acb", "abab"}, {"a", "b", "abc", "ba"}},
            {"*a*b*", {"ab", "xaxbx", "bab"}, {"ba", "a", "b"}},
            {"a*a", {"aa", "aba"}, {"a"}},
            {"h*llo", {"hllo", "heeeello"}, {"hell"}},
            {"*?", {"a", "ab"}, {""}},
            {"?*?", {"ab", "abc"}, {"a"}},
            {":1:views.*.cache", {":1:views.decorators.cache", ":1:views..cache"}, {":1:views.cache"}},
            {"*abc*abd", {"abcabcabd", "abcabd"}, {"abdabc", "abcab"}}});
}

TEST(AGlob, HasClassesOfOctets) {
    expect({{"[abc]", {"a", "b", "c"}, {"", "d", "ab", "[abc]"}},
            {"h[ae]llo", {"hello", "hallo"}, {"hillo", "hllo"}},
            {"[a-c]x", {"ax", "bx", "cx"}, {"dx", "-x"}},
            {"[c-a]", {"a", "b", "c"}, {"d", "-"}},
            {"[a-cx-z]", {"b", "y"}, {"d", "-"}},
            {"[a-]", {"a", "]", "^"}, {"-", "b"}},
            {"[-a]", {"a", "-"}, {"b"}},
            {"[*?]", {"*", "?"}, {"a", ""}},
            {"[\x80-\xff]", {"\x80", "\xc3", "\xff"}, {"a", "\x7f"}},
            {"[]", {}, {"", "a", "]"}},
            {"[]a]", {}, {"a]", "]", "a"}}});
}

TEST(AGlob, HasClassesOfAllOtherOctets) {
    expect({{"[^a]", {"b", "^"}, {"a", "", "bb"}},
            {"[^a-c]*", {"d", "dabc"}, {"a", "b", "c", ""}},
            {"h[^e]llo", {"hallo"}, {"hello"}},
            {"[a^]", {"a", "^"}, {"b"}},
            {"[^]", {"a", "]"}, {"", "ab"}},
            {"[!a]", {"!", "a"}, {"b"}}});
}

TEST(AGlob, TakesWhatIsBehindABackslashForItself) {
    expect({{R"(\*)", {"*"}, {"a", "", "\\*"}},
            {R"(\?\[\])", {"?[]"}, {"a[]"}},
            {R"(a\bc)", {"abc"}, {"a\\bc"}},
            {R"(\\)", {"\\"}, {"", "\\\\"}},
            {R"(a\)", {"a\\"}, {"a", "ab"}},
            {R"([\]])", {"]"}, {"\\", "a"}},
            {R"([\^a])", {"^", "a"}, {"\\"}},
            {R"([a\-c])", {"a", "-", "c"}, {"b"}},
            {R"([\\])", {"\\"}, {"a"}}});
}

TEST(AGlob, EndsAClassThatIsNotClosedAtItsOwnEnd) {
    expect({{"[abc", {"a", "c"}, {"", "[", "ab", "d"}},
            {"[^abc", {"d"}, {"a", ""}},
            {"[a-", {"a", "-"}, {"b"}},
            {"[a-c", {"b"}, {"d"}},
            {"[", {}, {"", "[", "a"}},
            {"[^", {"a", "^"}, {"", "ab"}},
            {R"([a\)", {"a", "\\"}, {"b"}},
            {"x*[ab", {"xa", "xxb"}, {"x", "xc"}}});
}

TEST(AGlob, EndsSoonHoweverManyStarsItHas) {
    std::string pattern;
    for (int i = 0; i < 1'000; ++i) pattern += "a*";
    const std::string text(10'000, 'a');
    EXPECT_TRUE(matches_glob(pattern, text));
    EXPECT_FALSE(matches_glob(pattern + "b", text));
    EXPECT_FALSE(matches_glob(pattern + "[b-d]*?", text));
    EXPECT_FALSE(matches_glob(std::string(10'000, '*') + "b", text));
    EXPECT_TRUE(matches_glob(std::string(10'000, '*'), text));
    EXPECT_FALSE(matches_glob(std::string(10'000, '?') + "?", text));
}

}  // namespace
}  // namespace sidecache::keyspace
