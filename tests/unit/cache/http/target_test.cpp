#include "cache/http/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <random>

namespace sidecache::http {
namespace {

std::optional<std::string> key_path(std::string_view path) {
    std::string out = "before";
    if (!append_key_path(out, path)) {
        EXPECT_EQ(out, "before") << path;  // nothing appended
        return std::nullopt;
    }
    EXPECT_TRUE(out.starts_with("before"));
    return out.substr(6);
}

std::optional<std::string> group_path(std::string_view path) {
    std::string out = "before";
    if (!append_group_path(out, path)) {
        EXPECT_EQ(out, "before") << path;
        return std::nullopt;
    }
    return out.substr(6);
}

struct PathCase {
    std::string_view path, normal;
};

// RFC 3986 §6.2.2
TEST(KeyPath, IsNormalisedAsFarAsTheOriginMustAgree) {
    constexpr PathCase cases[] = {
        {"/", "/"},
        {"/api/doctors/5/", "/api/doctors/5/"},
        {"/a.b/c..d/.e/..f/g.", "/a.b/c..d/.e/..f/g."},
        {"/%64octors/%7Ejoe", "/doctors/~joe"},  // §6.2.2.2: escapes of unreserved characters
        {"/a%2fb", "/a%2Fb"},                    // §6.2.2.1: upper case; never a slash
        {"/%3b%C3%a4", "/%3B%C3%A4"},
        {"/%2541", "/%2541"},  // decoded once
        {"/a/./b", "/a/b"},    // §6.2.2.3
        {"/a/../b", "/b"},
        {"/a/b/..", "/a/"},
        {"/a/b/.", "/a/b/"},
        {"/a/%2e%2E/b", "/b"},
        {"/a/b/../../c", "/c"},
        {"/a/..", "/"},
        {"/.", "/"},
        {"//a//b/", "//a//b/"},  // never merged
        {"/a//../b", "/a/b"},
        {"/a;v=1/b", "/a;v=1/b"},
        {"/a.json", "/a.json"},
    };
    for (const PathCase& c : cases) EXPECT_EQ(key_path(c.path), c.normal) << c.path;
}

TEST(KeyPath, IsNoneForABrokenEscapeOrAPathAboveTheRoot) {
    for (const std::string_view path :
         {"", "*", "a", "/%", "/%4", "/%4g", "/%g4", "/a%2", "/..", "/../a", "/a/../../b", "/%2e%2e/a"}) {
        EXPECT_EQ(key_path(path), std::nullopt) << path;
    }
}

// CONSISTENCY 1.2, S12
TEST(GroupPath, IsOneForAllSpellingsThatAnOriginMayTakeForTheSame) {
    for (const std::string_view path :
         {"/doctors/5", "/doctors/5/", "//doctors//5//", "/doctors/5.json", "/doctors/5.JSON", "/doctors/5.json/", "/%64octors/5",
          "/doctors%2F5", "/doctors%2f5%2F", "/./doctors/x/../5", "/doctors;a=1/5;b", "/doctors/5.json.api", "/doctors/5/.json",
          "/doctors/5%2Ejson", "/../doctors/5", "/doctors/%2e/5", "/doctors/5.Csv", "/doctors/5;x=1.json", "/doctors/5%3Bx"}) {
        EXPECT_EQ(group_path(path), "/doctors/5") << path;
    }
    for (const std::string_view path : {"/", "//", "/.", "/..", "/a/..", "/;x", "/.json", "/%2F"})
        EXPECT_EQ(group_path(path), "/") << path;
}

TEST(GroupPath, KeepsWhatNamesSomethingElse) {
    constexpr PathCase cases[] = {
        {"/Doctors/5", "/Doctors/5"}, {"/a.json/b", "/a.json/b"}, {"/a.pdf", "/a.pdf"}, {"/a.jsonx", "/a.jsonx"},
        {"/json", "/json"},           {"/a%20b", "/a b"},         {"/%2541", "/%41"},   {"/caf%C3%A9", "/caf\xc3\xa9"},
    };
    for (const PathCase& c : cases) EXPECT_EQ(group_path(c.path), c.normal) << c.path;
}

TEST(GroupPath, IsNoneForWhatCannotBeParsed) {
    for (const std::string_view path : {"", "*", "a/b", "/%", "/a%4", "/%zz", "/%00"})
        EXPECT_EQ(group_path(path), std::nullopt) << path;
    EXPECT_EQ(group_path(std::string_view("/a\0b", 4)), std::nullopt);
}

std::string random_path(std::mt19937& random) {
    constexpr std::string_view pieces[] = {"/",   "/",   "/",      "a",  "b.json", ".", "..",  "%2e",
                                           "%2F", "%41", "%c3%a4", ";x", "~",      "5", "%25", "//"};
    std::string path = "/";
    for (auto left = random() % 12; left > 0; --left) path += pieces[random() % std::size(pieces)];
    return path;
}

TEST(KeyPath, OfAKeyPathIsItself) {
    std::mt19937 random(1);
    for (int i = 0; i < 20'000; ++i) {
        const auto once = key_path(random_path(random));
        if (once) {
            EXPECT_EQ(key_path(*once), once);
        }
    }
}

// Whoever is answered with what another request of the same key stored relies on the groups of that request.
TEST(GroupPath, IsThatOfTheKeyPath) {
    std::mt19937 random(2);
    int compared = 0;
    for (int i = 0; i < 20'000; ++i) {
        const std::string path = random_path(random);
        const auto key = key_path(path);
        const auto group = group_path(path);
        if (!key || !group) continue;
        EXPECT_EQ(group_path(*key), group) << path;
        ++compared;
    }
    EXPECT_GT(compared, 10'000);
}

TEST(GroupPath, IsNoneWhereTheOriginMayReadOneOfTwo) {
    for (const std::string_view path : {"/a//../b", "/x%2Fy/../b", "/x%2fy/%2e%2e/b"})
        EXPECT_EQ(group_path(path), std::nullopt) << path;
}

TEST(GroupPath, IsTheSameForAnyEscapedSpelling) {
    std::mt19937 random(3);
    for (int i = 0; i < 20'000; ++i) {
        const std::string path = random_path(random);
        std::string spelled = "/";
        for (std::size_t at = 1; at < path.size(); ++at) {
            const auto octet = static_cast<unsigned char>(path[at]);
            if (octet == '%') {  // an escape stays one, in either case
                spelled += path.substr(at, 3);
                at += 2;
            } else if (random() % 2 == 0) {
                static constexpr char digits[] = "0123456789abcdefABCDEF";
                const auto digit = [&random](unsigned value) {
                    return digits[value >= 10 && random() % 2 == 0 ? value + 6 : value];
                };
                spelled += '%';
                spelled += digit(octet >> 4);
                spelled += digit(octet & 15u);
            } else {
                spelled += path[at];
            }
        }
        const auto group = group_path(path);
        const auto group_as_spelled = group_path(spelled);
        if (group && group_as_spelled) {  // none is a write's `*`, which no spelling escapes
            EXPECT_EQ(group_as_spelled, group) << path << " as " << spelled;
        }
    }
}

TEST(GroupPath, HasNoEmptySegmentAndNoEndSlash) {
    std::mt19937 random(4);
    for (int i = 0; i < 20'000; ++i) {
        const std::string path = random_path(random);
        const auto group = group_path(path);
        if (!group) continue;
        EXPECT_TRUE(group->starts_with('/')) << path;
        EXPECT_EQ(group->find("//"), std::string::npos) << path;
        if (*group != "/") {
            EXPECT_FALSE(group->ends_with('/')) << path;
        }
    }
}

std::vector<std::string> parameters_of(std::string_view query) {
    std::vector<Parameter> parameters{{"left", "over", true}};
    split_query(query, parameters);
    std::vector<std::string> texts;
    for (const Parameter& p : parameters) texts.push_back(std::string(p.name) + (p.has_value ? "=" : "") + std::string(p.value));
    return texts;
}

TEST(Query, IsSplitAtAmpersandsInTheOrderReceived) {
    using ::testing::ElementsAre;
    EXPECT_THAT(parameters_of("b=2&a=1"), ElementsAre("b=2", "a=1"));
    EXPECT_THAT(parameters_of("a&b=&=c"), ElementsAre("a", "b=", "=c"));
    EXPECT_THAT(parameters_of("a=b=c;d"), ElementsAre("a=b=c;d"));
    EXPECT_THAT(parameters_of("a&&b&"), ElementsAre("a", "", "b", ""));
    EXPECT_THAT(parameters_of(""), ElementsAre());
}

}  // namespace
}  // namespace sidecache::http
