#include "proxy/telemetry/text.hpp"
#include "proxy/telemetry/timestamp.hpp"

#include <gtest/gtest.h>

namespace sidecache::telemetry {
namespace {

using namespace std::string_literals;

std::string json(std::string_view bytes) {
    std::string out;
    append_json(out, bytes);
    return out;
}
std::string word(std::string_view bytes) {
    std::string out;
    append_word(out, bytes);
    return out;
}

TEST(Utf8, WellFormedTextStaysAsItIs) {
    for (const std::string& text :
         {"plain"s, "\xC3\xA9"s, "\xE2\x82\xAC"s, "\xF0\x9F\x98\x80"s, "\xED\x9F\xBF"s, "\xF4\x8F\xBF\xBF"s, "tab\there"s}) {
        EXPECT_EQ(to_utf8(text), text);
    }
}

TEST(Utf8, EachByteThatIsNotUtf8IsReplaced) {
    const std::string mark = "\xEF\xBF\xBD";
    EXPECT_EQ(to_utf8("a\xFFz"), "a" + mark + "z");
    EXPECT_EQ(to_utf8("\xC0\xAF"), mark + mark) << "an overlong slash";
    EXPECT_EQ(to_utf8("\xE0\x80\xAF"), mark + mark + mark) << "a longer one";
    EXPECT_EQ(to_utf8("\xED\xA0\x80"), mark + mark + mark) << "a surrogate";
    EXPECT_EQ(to_utf8("\xF4\x90\x80\x80"), mark + mark + mark + mark) << "past U+10FFFF";
    EXPECT_EQ(to_utf8("\xE2\x82"), mark + mark) << "the end is missing";
    EXPECT_EQ(to_utf8("\xC3("), mark + "(");
}

TEST(JsonText, QuotesBackslashesAndControlCharactersAreEscaped) {
    EXPECT_EQ(json("a\"b\\c"), R"("a\"b\\c")");
    EXPECT_EQ(json("\n\r\t"), R"("\n\r\t")");
    EXPECT_EQ(json("\0\x1F\x7F"s.substr(0, 3)), "\"\\u0000\\u001f\\u007f\"");
    EXPECT_EQ(json(""), "\"\"");
}

TEST(TextWord, IsQuotedOnlyWhereItIsNotOnePlainWord) {
    EXPECT_EQ(word("127.0.0.1:8080"), "127.0.0.1:8080");
    EXPECT_EQ(word(""), "\"\"");
    EXPECT_EQ(word("two words"), "\"two words\"");
    EXPECT_EQ(word("a=b"), "\"a=b\"");
    EXPECT_EQ(word("line\nfeed\xFF"), "\"line\\x0afeed\\xff\"");
    EXPECT_EQ(word("say \"\\\""), R"("say \"\\\"")");
}

TEST(TimestampOfALine, IsRfc3339InUtcWithMilliseconds) {
    using namespace std::chrono;
    Timestamp timestamp;
    EXPECT_EQ(timestamp.of(sys_days(December / 31 / 2025) + hours(23) + minutes(59) + seconds(58) + milliseconds(7)),
              "2025-12-31T23:59:58.007Z");
    EXPECT_EQ(timestamp.of(sys_days(December / 31 / 2025) + hours(23) + minutes(59) + seconds(58) + microseconds(999'999)),
              "2025-12-31T23:59:58.999Z");
    EXPECT_EQ(timestamp.of(sys_days(January / 1 / 2026)), "2026-01-01T00:00:00.000Z");
    EXPECT_EQ(timestamp.of(sys_days(December / 31 / 2025)), "2025-12-31T00:00:00.000Z") << "workers' lines are not in order";
}

}  // namespace
}  // namespace sidecache::telemetry
