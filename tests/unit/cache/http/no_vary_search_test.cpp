#include "cache/http/no_vary_search.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidecache::http {
namespace {

using testing::Fields;

// "params a|b", "except x", or "default".
std::string text_of(const Fields& fields) {
    const auto spec = parse_no_vary_search(fields);
    if (!spec) return "default";
    std::string text = spec->matter ? "except " : "params ";
    for (const std::string& name : spec->names) text += (&name == &spec->names.front() ? "" : "|") + name;
    return text;
}
std::string text_of(std::string_view value) { return text_of(Fields{{"No-Vary-Search", value}}); }

// draft-ietf-httpbis-no-vary-search §1, §5.2.1
TEST(NoVarySearch, IsReadAsTheDraftsExamplesSay) {
    EXPECT_EQ(text_of(R"(params=("a"))"), "params a");
    EXPECT_EQ(text_of(R"(except=("x"))"), "except x");
    EXPECT_EQ(text_of("except=()"), "except ");
    EXPECT_EQ(text_of(R"(params=("utm_source" "utm_medium" "utm_campaign"))"), "params utm_campaign|utm_medium|utm_source");
    EXPECT_EQ(text_of(R"(except=("productId"))"), "except productId");
    // Keys are sorted in any case; what is left is that the parameters are read as a form's.
    EXPECT_EQ(text_of("key-order"), "params ");
    EXPECT_EQ(text_of("key-order=?1"), "params ");
    EXPECT_EQ(text_of(R"(except=("x"), key-order)"), "except x");
    EXPECT_EQ(text_of(R"(key-order=?0, params=("a"))"), "params a");
}

TEST(NoVarySearch, SaysNothingWhereItIsInvalidOrTheDefault) {
    for (const std::string_view value :
         {R"(key-order="not a boolean")", R"(params="not an inner list")", "params=(not-a-string)", "params=?0", "params=?1", R"(params=?1, except=("x"))",
          R"(params=("a"), except=("x"))", "params=(), except=()", R"(except="not an inner list")", "except=(not-a-string)", "except=?1",  // the draft's
          "params=()", "key-order=?0", "params", "except", "", "other", R"(other=("a"))", "key-order=1", R"(key-order=(), params=("a"))", R"(params=("a")",
          R"(params=("a" 1))", R"(params=("a"),)", R"(Params=("a"))", R"(params=("a") except)"}) {
        EXPECT_EQ(text_of(value), "default") << value;
    }
    EXPECT_EQ(text_of(Fields{{"Vary", "params"}}), "default");
}

// §5.3
TEST(NoVarySearch, HasItsNamesDecoded) {
    EXPECT_EQ(text_of(R"(params=("%C3%A9+%E6%B0%97"))"), "params \xC3\xA9 \xE6\xB0\x97");
    EXPECT_EQ(text_of(R"(params=("a" "%61" "b%2" "%zz"))"), "params %zz|a|b%2");
    for (const std::string_view value : {R"(params=("%ff"))", R"(except=("%f6"))", R"(except=("%c0%80"))", R"(except=("a" "%e6%b0"))", R"(except=("%ed%a0%80"))"}) {
        EXPECT_EQ(text_of(value), "default") << value;
    }
}

// RFC 9651 §4.2, §4.2.2
TEST(NoVarySearch, OfSeveralLinesIsOneDictionaryInWhichTheLastOfAKeyCounts) {
    EXPECT_EQ(text_of(Fields{{"no-vary-search", "key-order"}, {"Vary", "Accept"}, {"NO-VARY-SEARCH", R"(params=("a"))"}}), "params a");
    EXPECT_EQ(text_of(R"(params=("a"), params=("b"))"), "params b");
    EXPECT_EQ(text_of(R"(params=?1, params=("b"))"), "params b");
    EXPECT_EQ(text_of(R"(future=("x" y), params=("b");q=1)"), "params b");
    EXPECT_EQ(text_of(Fields{{"No-Vary-Search", R"(params=("a"))"}, {"No-Vary-Search", R"(except=("b"))"}}), "default");
}

TEST(NoVarySearch, OfMoreThanAKibibyteSaysNothing) {
    const auto field = [](std::size_t size) { return "params=(\"" + std::string(size - 11, 'a') + "\")"; };
    EXPECT_NE(text_of(std::string_view(field(1024))), "default");
    EXPECT_EQ(text_of(std::string_view(field(1025))), "default");
}

}  // namespace
}  // namespace sidecache::http
