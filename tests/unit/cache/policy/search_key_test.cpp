#include "cache/policy/search_key.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace sidecache::policy {
namespace {

using http::NoVarySearch;
using testing::Fields;

ExactKey exact_key(std::string_view target, std::string_view content = {}, const KeyRules& rules = {}) {
    static const Fields none{};
    KeyScratch scratch;
    std::string text;
    EXPECT_TRUE(append_key(text, "records", testing::make_request("GET", target, none), rules, scratch));
    const std::size_t end = text.size();
    text.append(content);
    const std::size_t shared_end = text.size();
    return split_key(text.append("\nwho\n5"), end, shared_end);
}

std::optional<std::string> key_under(const NoVarySearch& spec, std::string_view target, std::string_view content = {}, const KeyRules& rules = {}) {
    KeyScratch scratch;
    std::string key;
    if (!append_search_key(key, exact_key(target, content, rules), spec, scratch)) return std::nullopt;
    return key;
}

const NoVarySearch key_order{};
const NoVarySearch without_a{false, {"a"}};
const NoVarySearch only_x{true, {"x"}};

bool are_same(const NoVarySearch& spec, std::string_view one, std::string_view other) {
    const auto key = key_under(spec, one);
    EXPECT_TRUE(key) << one;
    return key == key_under(spec, other);
}

TEST(ExactKey, KnowsItsParts) {
    const ExactKey key = exact_key("/d/?b=1&a=2", "\ncontent\n?1");
    EXPECT_EQ(key.path(), "GET\nrecords\napi.example\n/d/");
    EXPECT_EQ(key.query(), "?a=2&b=1");
    EXPECT_EQ(key.content(), "\ncontent\n?1");
    EXPECT_EQ(key.partition(), "\nwho\n5");
    EXPECT_EQ(key.shared(), "GET\nrecords\napi.example\n/d/?a=2&b=1\ncontent\n?1");
    EXPECT_EQ(exact_key("/d/", "\ncontent\n?1").query(), "");
    EXPECT_EQ(exact_key("/d/", "\ncontent\n?1").path(), "GET\nrecords\napi.example\n/d/");
}

TEST(SearchKey, HasThePathTheSpecAndWhatMatters) {
    EXPECT_EQ(key_under(without_a, "/d/?c=3&a=1&b=2"), "GET\nrecords\napi.example\n/d/\nsearch params a\n&b=2&c=3");
    EXPECT_EQ(key_under(only_x, "/d/?c=3&x=1&x=2"), "GET\nrecords\napi.example\n/d/\nsearch except x\n&x=1&x=2");
    EXPECT_EQ(key_under(NoVarySearch{false, {"", "a b", "\xC3\xA9"}}, "/d/"), "GET\nrecords\napi.example\n/d/\nsearch params  a%20b %C3%A9\n");
    EXPECT_EQ(key_under(without_a, "/d/?a=1&b=2", "\ncontent\n1"), "GET\nrecords\napi.example\n/d/\nsearch params a\n&b=2\ncontent\n1");
}

// draft-ietf-httpbis-no-vary-search §6
TEST(SearchKey, IsTheSameForQueriesThatDifferInWhatDoesNotMatter) {
    EXPECT_TRUE(are_same(without_a, "/d/?b=1", "/d/?b=1&a=2"));
    EXPECT_TRUE(are_same(without_a, "/d/?a=1", "/d/?a=2&a=3"));
    EXPECT_TRUE(are_same(without_a, "/d/?b=1", "/d/?%61=1&b=1"));
    EXPECT_TRUE(are_same(only_x, "/d/?x=1", "/d/?a=2&x=1&y"));
    EXPECT_TRUE(are_same(NoVarySearch{true, {}}, "/d/", "/d/?a=2&x=1&y"));
    EXPECT_TRUE(are_same(without_a, "/d/?b=1&c=2", "/d/?c=2&b=1"));  // sorted as all keys are
    const NoVarySearch of_words{false, {"\xC3\xA9 \xE6\xB0\x97"}};     // §5.3.1
    EXPECT_TRUE(are_same(of_words, "/d/?%C3%A9%20%E6%B0%97=3", "/d/?%c3%a9+%E6%B0%97=4"));
}

TEST(SearchKey, DiffersInWhatMatters) {
    EXPECT_FALSE(are_same(without_a, "/d/?b=1", "/d/?b=2"));
    EXPECT_FALSE(are_same(without_a, "/d/?b=1", "/d/"));
    EXPECT_FALSE(are_same(without_a, "/d/?A=1", "/d/?A=2"));
    EXPECT_FALSE(are_same(without_a, "/d/?aa=1", "/d/?aa=2"));
    EXPECT_FALSE(are_same(without_a, "/d/?b=1&b=2", "/d/?b=2&b=1"));
    EXPECT_FALSE(are_same(only_x, "/d/?x=1", "/d/?x=1&x=1"));
    EXPECT_FALSE(are_same(only_x, "/d/?x=1", "/e/?x=1"));
    EXPECT_FALSE(are_same(key_order, "/d/?a=1%26b=2", "/d/?a=1&b=2"));
    EXPECT_FALSE(are_same(key_order, "/d/?a=1%3Db", "/d/?a%3D1=b"));
    EXPECT_FALSE(are_same(key_order, "/d/?a=+", "/d/?a=%2B"));
}

// The draft's table in §6.1, but for what is no UTF-8.
TEST(SearchKey, HasParametersAsAFormIsRead) {
    EXPECT_TRUE(are_same(key_order, "/d/", "/d/?"));
    EXPECT_TRUE(are_same(key_order, "/d/?a=x", "/d/?%61=%78"));
    EXPECT_TRUE(are_same(key_order, "/d/?a=x&&&&", "/d/?a=x"));
    EXPECT_TRUE(are_same(key_order, "/d/?a=", "/d/?a"));
    EXPECT_TRUE(are_same(key_order, "/d/?a=%20", "/d/?a=+&"));
    EXPECT_FALSE(are_same(key_order, "/d/?=", "/d/?"));
}

// Both octets would be read as U+FFFD: one that the spec does not mean might be left out.
TEST(SearchKey, IsNoneWhereTheQueryIsNoUtf8) {
    EXPECT_EQ(key_under(without_a, "/d/?b=%f6"), std::nullopt);
    EXPECT_EQ(key_under(only_x, "/d/?%f6=1"), std::nullopt);
    EXPECT_TRUE(key_under(without_a, "/d/?a=%f6"));  // left out, whatever it is
}

TEST(SearchKey, OfOneSpecIsNeverThatOfAnother) {
    EXPECT_NE(key_under(without_a, "/d/?c=1"), key_under(NoVarySearch{false, {"b"}}, "/d/?c=1"));
    EXPECT_NE(key_under(only_x, "/d/?x=1"), key_under(NoVarySearch{false, {"x"}}, "/d/?x=1"));
    EXPECT_NE(key_under(NoVarySearch{false, {"a", "b"}}, "/d/"), key_under(NoVarySearch{false, {"a b"}}, "/d/"));
}

TEST(SearchKey, HasWhatTheKeyRulesLeave) {
    const KeyRules rules{.drop = {"utm_*"}, .defaults = {{"page", "1"}}, .clamp = {{"size", 100}}};
    EXPECT_EQ(key_under(without_a, "/d/?utm_source=x&page=1&size=500", {}, rules), key_under(without_a, "/d/?size=100&a=1", {}, rules));
}

TEST(SearchMarkKey, IsOfThePathAndNoKeyOfARequest) {
    std::string mark;
    append_search_mark_key(mark, exact_key("/d/?a=1"));
    EXPECT_EQ(mark, "GET\nrecords\napi.example\n/d/\nsearch");
}

}  // namespace
}  // namespace sidecache::policy
