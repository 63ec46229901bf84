#include "cache/policy/content_tag.hpp"

#include "cache/http/entity_tag.hpp"
#include "tests/unit/cache/http/fields.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <set>
#include <string>

namespace sidecache::policy {
namespace {

using testing::Fields;

std::string tag(const Fields& fields, std::initializer_list<std::string_view> pieces) {
    ContentTag made(fields);
    for (const std::string_view piece : pieces) made.add(piece);
    return made.finish();
}

const Fields json{{"Content-Type", "application/json"}};

TEST(AContentTag, IsTheFirstHalfOfTheSha256OfWhatDescribesTheContentAndOfTheContent) {
    // Counted by sha256sum: eight zero octets and "abc"; each of two texts behind its length, then the same.
    EXPECT_EQ(tag(Fields{}, {"abc"}), "\"sc-f3652e4ce938bb9965f62c3ca4d8f693\"");
    EXPECT_EQ(tag(json, {"{}"}), "\"sc-e1544a8a65bd462e239a23e681988980\"");
}

// RFC 9110 §8.8.3
TEST(AContentTag, IsAStrongEntityTag) {
    const std::string made = tag(json, {"{}"});
    const auto parsed = http::parse_entity_tag(made);
    ASSERT_TRUE(parsed);
    EXPECT_FALSE(parsed->is_weak);
    EXPECT_EQ(made.size(), 2 + 3 + 32u);
}

TEST(AContentTag, IsTheSameHoweverTheContentCame) {
    EXPECT_EQ(tag(json, {"{\"a\":", "1", "}"}), tag(json, {"{\"a\":1}"}));
    EXPECT_EQ(tag(json, {"", "x", ""}), tag(json, {"x"}));
    EXPECT_EQ(tag(json, {}), tag(json, {""}));
}

TEST(AContentTag, IsTheSameWhateverTheOtherFieldsAndTheirOrder) {
    const Fields one{{"Date", "d"}, {"Content-Language", "de"}, {"Content-Type", "text/plain"}, {"Last-Modified", "m"}, {"Cache-Control", "max-age=1"}};
    const Fields other{{"content-type", "text/plain"}, {"X-Query-Count", "3"}, {"CONTENT-LANGUAGE", "de"}};
    EXPECT_EQ(tag(one, {"x"}), tag(other, {"x"}));
    EXPECT_TRUE(is_described_alike(one, other));
}

TEST(AContentTag, DiffersByTheContentAndByWhatA304DoesNotTellOfIt) {
    const Fields several[] = {{},
                              {{"Content-Type", ""}},
                              {{"Content-Type", "application/json"}},
                              {{"Content-Type", "Application/JSON"}},
                              {{"Content-Type", "application/json"}, {"Content-Type", "application/json"}},
                              {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}},
                              {{"Content-Type", "application/json"}, {"Content-Language", "de"}},
                              {{"Content-Type", "application/json"}, {"Content-Language", "de"}, {"Content-Language", "en"}},
                              {{"Content-Type", "application/json"}, {"Content-Language", "en"}, {"Content-Language", "de"}},
                              {{"Content-Type", "application/json"}, {"Content-Disposition", "attachment"}}};
    std::set<std::string> tags;
    for (const Fields& fields : several) {
        tags.insert(tag(fields, {"{}"}));
        tags.insert(tag(fields, {"{ }"}));
        tags.insert(tag(fields, {}));
    }
    EXPECT_EQ(tags.size(), 3 * std::size(several));
    for (const Fields& a : several) {
        for (const Fields& b : several) EXPECT_EQ(is_described_alike(a, b), &a == &b);
    }
}

TEST(AContentTag, KeepsTheContentApartFromWhatDescribesIt) {
    using namespace std::string_view_literals;
    // What the description of the second would add, as content of the first.
    const auto as_content = "\x0c\0\0\0\0\0\0\0content-type\x01\0\0\0\0\0\0\0x"sv;
    EXPECT_NE(tag(Fields{}, {as_content}), tag(Fields{{"Content-Type", "x"}}, {}));
    EXPECT_NE(tag(Fields{}, {as_content, "\0\0\0\0\0\0\0\0"sv}), tag(Fields{{"Content-Type", "x"}}, {}));
}

}  // namespace
}  // namespace sidecache::policy
