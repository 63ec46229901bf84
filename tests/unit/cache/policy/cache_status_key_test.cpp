#include "cache/policy/cache_status_key.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidecache::policy {
namespace {

// What stands between the quotes.
std::string shown(std::string_view key) {
    char text[cache_status_key_max + 1];
    text[cache_status_key_max] = '#';
    const std::size_t size = write_cache_status_key(text, key);
    EXPECT_LE(size, cache_status_key_max);
    EXPECT_EQ(text[cache_status_key_max], '#');
    const std::string written(text, size);
    EXPECT_TRUE(written.starts_with("; key=\"") && written.ends_with('"')) << written;
    return written.substr(7, size - 8);
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    while (times-- > 0) out += text;
    return out;
}

// RFC 9211 §2.7
TEST(CacheStatusKey, IsAStringOfTheKey) {
    EXPECT_EQ(shown("GET api api.example /doctors/?page=2&q=x"), "GET api api.example /doctors/?page=2&q=x");
    EXPECT_EQ(shown(""), "");
}

// RFC 9651 §3.3.3
TEST(CacheStatusKey, EscapesQuotesAndBackslashes) { EXPECT_EQ(shown("/a?q=\"b\\c\""), "/a?q=\\\"b\\\\c\\\""); }

TEST(CacheStatusKey, EncodesWhatIsNoPrintableAscii) {
    EXPECT_EQ(shown("/a\r\nSet-Cookie: b"), "/a%0D%0ASet-Cookie: b");
    EXPECT_EQ(shown(std::string_view("\0\x1F\x20\x7E\x7F\x80\xFF", 7)), "%00%1F ~%7F%80%FF");
    EXPECT_EQ(shown("/a?q=%C3%A4\xC3\xA4"), "/a?q=%C3%A4%C3%A4");
}

TEST(CacheStatusKey, OfItsLargestSizeIsWholeAndOfOneMoreIsCutWithASign) {
    const std::string whole(shown_key_max, 'x');
    EXPECT_EQ(shown(whole), whole);
    EXPECT_EQ(shown(whole + "x"), std::string(shown_key_max - 3, 'x') + "...");
    EXPECT_EQ(shown(repeated("x", 100'000)), std::string(shown_key_max - 3, 'x') + "...");
}

TEST(CacheStatusKey, IsCutBetweenTwoCharactersNeverInAnEscape) {
    for (const auto& [text, escaped] : {std::pair<std::string_view, std::string_view>{"\"", "\\\""}, {"\\", "\\\\"}, {"\n", "%0A"}}) {
        for (std::size_t before = 0; before < 7; ++before) {
            const std::string key = shown(std::string(before, 'x') + repeated(text, 200));
            EXPECT_TRUE(key.ends_with("...")) << key;
            const std::string_view rest = std::string_view(key).substr(before, key.size() - before - 3);
            EXPECT_EQ(rest, repeated(escaped, rest.size() / escaped.size()));
            EXPECT_GT(key.size() + escaped.size(), shown_key_max);  // as much as there is room for
        }
    }
}

TEST(CacheStatusKey, ThatFitsExactlyWithItsLastEscapeIsNotCut) {
    EXPECT_EQ(shown(std::string(shown_key_max - 2, 'x') + "\""), std::string(shown_key_max - 2, 'x') + "\\\"");
    EXPECT_EQ(shown(std::string(shown_key_max - 1, 'x') + "\""), std::string(shown_key_max - 3, 'x') + "...");
    EXPECT_EQ(shown(std::string(shown_key_max - 3, 'x') + "\n"), std::string(shown_key_max - 3, 'x') + "%0A");
}

}  // namespace
}  // namespace sidecache::policy
