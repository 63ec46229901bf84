#include "config/units.hpp"

#include <gtest/gtest.h>

namespace sidecache::config {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

TEST(Durations, AreOneWholeNumberWithItsUnit) {
    const std::vector<std::pair<std::string, milliseconds>> table{{"0", 0ms},   {"0s", 0ms},  {"1ms", 1ms}, {"1500ms", 1500ms},
                                                                  {"30s", 30s}, {"5m", 5min}, {"1h", 1h},   {"365d", 365 * 24h}};
    for (const auto& [text, expected] : table) {
        EXPECT_EQ(parse_duration(text).value, expected) << text;
    }
}

TEST(Durations, WithoutUnitOrWithAForeignOneAreRefused) {
    for (const std::string text : {"30", "1 s", "5min", "1S", "2w", "1s2", "30sec", "1.5s", "1h30m"}) {
        const auto parsed = parse_duration(text);
        EXPECT_FALSE(parsed.value) << text;
        EXPECT_EQ(parsed.what, "expected a duration such as 30s, got '" + text + "'");
        EXPECT_EQ(parsed.hint, "units: ms s m h d") << text;
    }
}

TEST(Durations, ThatAreNoNumberAreRefused) {
    for (const std::string text : {"", "soon", "s", "-1s", "+1s", " 1s", "0x1s", ".5s"}) {
        EXPECT_EQ(parse_duration(text).what, "expected a duration such as 30s, got '" + text + "'");
        EXPECT_FALSE(parse_duration(text).value) << text;
    }
}

TEST(Durations, TooLargeForTheTypeFailTheRangeAndDoNotWrapAround) {
    const auto form = duration(1ms, 1h);
    for (const std::string text :
         {"2h", "61m", "9223372036854775807ms", "18446744073709551615d", "99999999999999999999999s", "0"}) {
        EXPECT_EQ(form.parse(text).what, "expected 1ms to 1h, got '" + text + "'");
    }
    EXPECT_EQ(form.parse("1h").value, milliseconds(1h));
    EXPECT_EQ(form.parse("1ms").value, 1ms);
}

TEST(Durations, OfWholeSecondsRefuseAFraction) {
    EXPECT_EQ(whole_seconds(0s, 60s).parse("2000ms").value, 2s);
    EXPECT_EQ(whole_seconds(0s, 60s).parse("1500ms").what, "expected whole seconds, got '1500ms'");
}

TEST(Durations, AreToldInTheLargestUnitThatFits) {
    const std::vector<std::pair<milliseconds, std::string>> table{{0ms, "0"},   {1ms, "1ms"}, {1500ms, "1500ms"}, {90s, "90s"},
                                                                  {120s, "2m"}, {1h, "1h"},   {24h, "1d"},        {25h, "25h"}};
    for (const auto& [value, text] : table) EXPECT_EQ(to_text(value), text);
}

TEST(Sizes, AreOneWholeNumberWithItsBinaryUnit) {
    const std::vector<std::pair<std::string, std::size_t>> table{
        {"0", 0}, {"100B", 100}, {"8KiB", 8192}, {"256MiB", std::size_t{256} << 20}, {"1GiB", std::size_t{1} << 30}};
    for (const auto& [text, expected] : table) EXPECT_EQ(parse_size(text).value, expected) << text;
}

TEST(Sizes, WithoutUnitOrWithADecimalOneAreRefused) {
    for (const std::string text : {"1000", "8KB", "8K", "1.5GiB", "1gib", "1TiB"}) {
        EXPECT_FALSE(parse_size(text).value) << text;
        EXPECT_EQ(parse_size(text).what, "expected a size such as 64KiB, got '" + text + "'");
        EXPECT_EQ(parse_size(text).hint, "units: B KiB MiB GiB") << text;
    }
}

TEST(Sizes, OutOfRangeAreToldWithTheRange) {
    const auto form = size(1024, std::size_t{1} << 30);
    for (const std::string text : {"1023B", "2GiB", "99999999999999999999GiB", "0"}) {
        EXPECT_EQ(form.parse(text).what, "expected 1KiB to 1GiB, got '" + text + "'");
    }
}

TEST(Numbers, AreWholeAndInRange) {
    const auto form = number(1, 1024);
    EXPECT_EQ(form.parse("1024").value, 1024u);
    for (const std::string text : {"0", "1025", "-1", "1e3", "3 ", "", "four", "99999999999999999999"}) {
        EXPECT_EQ(form.parse(text).what, "expected a whole number from 1 to 1024, got '" + text + "'");
    }
}

TEST(Booleans, AreWrittenInAnyOfYamlsWays) {
    for (const std::string text : {"true", "yes", "on"}) EXPECT_EQ(boolean().parse(text).value, true) << text;
    for (const std::string text : {"false", "no", "off"}) EXPECT_EQ(boolean().parse(text).value, false) << text;
    EXPECT_EQ(boolean().parse("1").what, "expected true or false, got '1'");
}

}  // namespace
}  // namespace sidecache::config
