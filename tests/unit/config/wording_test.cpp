#include "config/wording.hpp"

#include <gtest/gtest.h>

namespace sidecache::config {
namespace {

const std::vector<std::string> keys{"limits", "timeouts", "headers", "listen", "log", "max_object", "warning", "size"};

TEST(DidYouMean, NamesTheNearestKey) {
    const std::vector<std::pair<std::string, std::string>> table{
        {"timeout", "timeouts"}, {"tiemouts", "timeouts"},          {"Limits", "limits"}, {"listens", "listen"}, {"lgo", "log"},
        {"warn", "warning"},     {"max_object_size", "max_object"}, {"sizes", "size"},    {"haeders", "headers"}};
    for (const auto& [written, meant] : table) EXPECT_EQ(nearest(written, keys), meant) << written;
}

TEST(DidYouMean, SaysNothingWhereNoKeyIsNear) {
    for (const std::string written : {"", "x", "cache", "origins", "zzzzzzzz"})
        EXPECT_EQ(did_you_mean(written, keys), "") << written;
    EXPECT_EQ(did_you_mean(std::string(100'000, 'l'), keys), "");
}

TEST(Quotes, KeepAMessageOnOneShortLine) {
    EXPECT_EQ(in_quotes("a\nb\x7f\t"), "'a?b?\?'");
    EXPECT_EQ(in_quotes("Jürgen"), "'Jürgen'");
    EXPECT_EQ(in_quotes(std::string(81, 'x')), "'" + std::string(80, 'x') + "...'");
}

TEST(Lists, AreReadAsASentence) {
    EXPECT_EQ(any_of({"a"}), "a");
    EXPECT_EQ(any_of({"a", "b"}), "a or b");
    EXPECT_EQ(any_of({"a", "b", "c"}), "a, b or c");
    EXPECT_EQ(joined({"a", "b", "c"}), "a, b, c");
}

}  // namespace
}  // namespace sidecache::config
