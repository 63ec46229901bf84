#include "cache/policy/languages.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include <gtest/gtest.h>

namespace sidecache::policy {
namespace {

using testing::Fields;

const Languages german_and_english{.tags = {"de", "en"}};
constexpr std::string_view unclear = "unclear";
constexpr std::string_view none = "";

std::string_view asked_for(std::string_view value, const Languages& languages = german_and_english) {
    return find_language(Fields{{"Accept-Language", value}}, languages).value_or(unclear);
}

// RFC 4647 §2.3, §3.4; RFC 9110 §12.5.4
TEST(Language, IsTheFirstOfTheHeaviestRangesThatTheApplicationHas) {
    constexpr std::pair<std::string_view, std::string_view> cases[] = {
        {"de", "de"},
        {"DE", "de"},
        {"de, en", "de"},
        {"en, de", "en"},
        {"en;q=0.9, de", "de"},
        {"de;q=0.8, en;q=0.9, fr", "en"},
        {"fr;q=0.5, de;q=1.0", "de"},
        {"de;q=0.5, en;q=0.5", "de"},
        {"fr, it, en;q=0.001", "en"},
        {"fr", none},
        {"fr-CA, it;q=0.5", none},
        {"", none},
    };
    for (const auto& [value, expected] : cases) EXPECT_EQ(asked_for(value), expected) << value;
    EXPECT_EQ(find_language(Fields{{"Accept-Language", "fr"}, {"Host", "x"}, {"accept-language", "en"}}, german_and_english), "en");
}

TEST(Language, OfALongerRangeIsThatOfItsBeginning) {
    const Languages languages{.tags = {"de", "de-ch", "zh-hant"}};
    constexpr std::pair<std::string_view, std::string_view> cases[] = {
        {"de-AT", "de"},     {"de-CH", "de-ch"},       {"de-CH-1996", "de-ch"},   {"de-x-private", "de"},
        {"de-CH-u-co-phonebk", "de-ch"}, {"zh-Hant-TW", "zh-hant"}, {"zh-Hant-x-a-b", "zh-hant"},
    };
    for (const auto& [value, expected] : cases) EXPECT_EQ(asked_for(value, languages), expected) << value;
}

// Frameworks differ: Django answers `pt` in pt-br where there is no pt, and takes its default at a `*`.
TEST(Language, IsUnclearWhereApplicationsDiffer) {
    const Languages languages{.tags = {"en", "pt-br", "zh-hant"}};
    for (const std::string_view value : {"pt", "pt-PT", "pt, en", "pt-pt, en;q=0.5", "zh-TW", "zh", "*", "*, en", "fr, *;q=0.1", "en;q=0, pt-br", "fr, en;q=0",
                                         "en;q=2", "en;level=1", "e n", "en-", "-en", "1n", "toolongtag", "\"en\"", "en_US"}) {
        EXPECT_EQ(asked_for(value, languages), unclear) << value;
    }
    // What is heavier decides, so that what comes after it does not matter.
    EXPECT_EQ(asked_for("en, pt;q=0.5", languages), "en");
}

TEST(Language, OfMoreRangesThanAnyoneSendsIsUnclear) {
    std::string many = "de";
    for (int i = 0; i < 15; ++i) many += ", fr";
    EXPECT_EQ(asked_for(many), "de");
    EXPECT_EQ(asked_for(many + ", fr"), unclear);
}

TEST(Language, OfTheAnswerHasToBeTheOneThatWasAskedFor) {
    const auto is_as_keyed = [](std::string_view asked, std::string_view answered) {
        return is_language_as_keyed(Fields{{"Accept-Language", asked}}, Fields{{"Content-Language", answered}}, german_and_english);
    };
    EXPECT_TRUE(is_as_keyed("de, en", "de"));
    EXPECT_TRUE(is_as_keyed("de, en", "DE-AT"));
    EXPECT_FALSE(is_as_keyed("de, en", "en"));
    EXPECT_FALSE(is_as_keyed("de, en", "de, en"));
    EXPECT_FALSE(is_as_keyed("fr, de", "fr"));  // a language that the list lacks
    EXPECT_FALSE(is_as_keyed("fr", "fr"));
    EXPECT_TRUE(is_as_keyed("fr", "en"));  // the default, whichever it is
    EXPECT_TRUE(is_as_keyed("*", "fr"));   // keyed as it is
    EXPECT_TRUE(is_language_as_keyed(Fields{{"Accept-Language", "de"}}, Fields{{"Vary", "x"}}, german_and_english));
}

TEST(LanguageTag, IsOfLettersAndAfterTheFirstHyphenDigits) {
    EXPECT_EQ(parse_language_tag("zh-Hant-TW"), "zh-hant-tw");
    EXPECT_EQ(parse_language_tag("es-419"), "es-419");
    for (const std::string_view text : {"", "-", "de-", "419", "de_CH", "*", "de ch", "languages"}) EXPECT_FALSE(parse_language_tag(text)) << text;
}

}  // namespace
}  // namespace sidecache::policy
