#include "cache/policy/vary.hpp"

#include "cache/http/ascii.hpp"
#include "tests/unit/cache/http/fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sidecache::policy {
namespace {

using ::testing::ElementsAre;
using testing::Fields;

VarySpec spec_of(std::string_view vary) { return parse_vary(Fields{{"Vary", vary}}).value(); }

std::string key_of(std::string_view vary, const Fields& request, const Languages& languages = {}) {
    std::string key;
    append_vary_key(key, spec_of(vary), request, {}, languages);
    return key;
}

// RFC 9110 §12.5.5
TEST(Vary, IsTheSortedSetOfTheNamesOfAllLines) {
    const auto spec = parse_vary(Fields{{"Vary", "Cookie, accept"}, {"vary", ", Accept-Encoding,ACCEPT"}});
    ASSERT_TRUE(spec);
    EXPECT_THAT(spec->names, ElementsAre("accept", "accept-encoding", "cookie"));
    EXPECT_THAT(spec->ids, ElementsAre(http::FieldName::accept, http::FieldName::accept_encoding, http::FieldName::cookie));
    EXPECT_EQ(*spec, spec_of("accept-encoding, COOKIE, accept"));
    EXPECT_TRUE(parse_vary(Fields{{"Date", "x"}})->empty());
    EXPECT_TRUE(spec_of("").empty());
}

// RFC 9111 §4.1
TEST(Vary, IsNoneForAStarForWhatIsNoNameAndForTooMany) {
    for (const std::string_view vary : {"*", "accept, *", "a b", "a/b", "\"accept\""})
        EXPECT_FALSE(parse_vary(Fields{{"Vary", vary}})) << vary;
    EXPECT_TRUE(parse_vary(Fields{{"Vary", "a, b, A"}}, 2));
    EXPECT_FALSE(parse_vary(Fields{{"Vary", "a, b, c"}}, 2));
}

TEST(VaryKey, OfAnEmptySpecIsEmpty) { EXPECT_EQ(key_of("", Fields{{"Accept", "x"}}), ""); }

// RFC 9111 §4.1
TEST(VaryKey, IsTheSameForLinesThatDifferInWhitespaceOrDivision) {
    const std::string key = key_of("accept", Fields{{"Accept", "a/b, c/d"}});
    EXPECT_EQ(key, key_of("Accept", Fields{{"accept", "a/b,c/d"}}));
    EXPECT_EQ(key, key_of("Accept", Fields{{"Accept", "a/b"}, {"Host", "x"}, {"Accept", "c/d"}}));
    EXPECT_NE(key, key_of("Accept", Fields{{"Accept", "c/d, a/b"}}));
}

TEST(VaryKey, TellsAbsentFromEmpty) {
    EXPECT_NE(key_of("cookie", {}), key_of("cookie", Fields{{"Cookie", ""}}));
    EXPECT_NE(key_of("accept-encoding", {}), key_of("accept-encoding", Fields{{"Accept-Encoding", ""}}));
}

TEST(VaryKey, HasNoTwoRequestsThatRunTogether) {
    EXPECT_NE(key_of("x-a, x-b", Fields{{"X-A", "1"}, {"X-B", "23"}}), key_of("x-a, x-b", Fields{{"X-A", "12"}, {"X-B", "3"}}));
    EXPECT_NE(key_of("x-a, x-b", Fields{{"X-A", "1"}}), key_of("x-a, x-b", Fields{{"X-B", "1"}}));
}

TEST(VaryKey, FindsNamesWithoutAnIdInAnyCase) {
    EXPECT_EQ(key_of("x-tenant", Fields{{"X-Tenant", "1"}}), key_of("X-TENANT", Fields{{"x-tenant", "1"}}));
    EXPECT_NE(key_of("x-tenant", Fields{{"X-Tenant", "1"}}), key_of("x-tenant", Fields{{"X-Tenants", "1"}}));
}

// RFC 9110 §8.3.1
TEST(VaryKey, OfAcceptHasNoCaseButInTheValuesOfParameters) {
    const auto accept = [](std::string_view value) { return key_of("accept", Fields{{"Accept", value}}); };
    EXPECT_EQ(accept("Application/JSON, Text/*;Q=0.5"), accept("application/json, text/*;q=0.5"));
    EXPECT_EQ(accept("a/b;Version=\"X;Y=Z\";L=1"), accept("a/b;version=\"X;Y=Z\";l=1"));
    EXPECT_EQ(accept("a/b;v=\"\\\"A;\";L=1"), accept("A/B;V=\"\\\"A;\";l=1"));
    EXPECT_NE(accept("a/b;version=X"), accept("a/b;version=x"));
    EXPECT_NE(accept("a/b;v=\"X\""), accept("a/b;v=\"x\""));
    EXPECT_NE(accept("a/b;v=\"\\\"A\""), accept("a/b;v=\"\\\"a\""));
    EXPECT_NE(accept("a/b, c/d"), accept("c/d, a/b"));
}

// RFC 9110 §12.5.4, RFC 4647 §2; RFC 9110 §8.3.2
// RFC 9110 §12.5.4: ranges of equal weight have no order; `keys.language_order` says that the application takes none.
TEST(VaryKey, OfLanguagesHasNoOrderWhereThatIsIgnored) {
    const Languages unordered{.is_order_ignored = true};
    const auto key = [&](std::string_view value, const Languages& languages) { return key_of("Accept-Language", Fields{{"Accept-Language", value}}, languages); };
    EXPECT_EQ(key("en, de", unordered), key("De,  EN", unordered));
    EXPECT_EQ(key("en;q=0.8, de", unordered), key("de, en;q=0.8", unordered));
    EXPECT_NE(key("en, de;q=0.8", unordered), key("de, en;q=0.8", unordered));
    EXPECT_NE(key("en", unordered), key("en, de", unordered));
    EXPECT_NE(key("en, de", {}), key("de, en", {}));
}

TEST(VaryKey, OfLanguagesAndCharsetsHasNoCase) {
    EXPECT_EQ(key_of("accept-language", Fields{{"Accept-Language", "eN, De-ch;Q=0.5"}}),
              key_of("accept-language", Fields{{"Accept-Language", "en, de-CH;q=0.5"}}));
    EXPECT_NE(key_of("accept-language", Fields{{"Accept-Language", "en, de"}}),
              key_of("accept-language", Fields{{"Accept-Language", "de, en"}}));
    EXPECT_EQ(key_of("accept-charset", Fields{{"Accept-Charset", "UTF-8"}}), key_of("accept-charset", Fields{{"Accept-Charset", "utf-8"}}));
    for (const std::string_view name : {"Cookie", "X-Tenant", "Authorization", "User-Agent", "Origin"}) {
        EXPECT_NE(key_of(name, Fields{{name, "A"}}), key_of(name, Fields{{name, "a"}})) << name;
    }
}

TEST(VaryKey, LowersLettersAndNothingElseWhateverTheLength) {
    const auto language = [](const std::string& value) { return key_of("accept-language", Fields{{"Accept-Language", value}}); };
    std::string all;  // each octet that may stand in a field value but those that separate
    for (int c = 0x21; c < 0x100; ++c) {
        if (c != ',' && c != '"' && c != 0x7f) all += static_cast<char>(c);
    }
    std::string lower = all;
    for (char& c : lower) c = http::to_lower(c);
    for (std::size_t size = 1; size <= all.size(); ++size) {
        const std::string key = language(all.substr(0, size));
        EXPECT_EQ(key.substr(key.size() - size), lower.substr(0, size)) << size;
    }
}

TEST(VaryKey, OfAcceptLanguageIsTheLanguageThatItAsksFor) {
    const Languages languages{.tags = {"de", "en"}};
    const auto language = [&languages](std::string_view value) {
        return key_of("accept-language", Fields{{"Accept-Language", value}}, languages);
    };
    for (const std::string_view same : {"de, en", "DE-ch", "en;q=0.9, de", "fr, de;q=0.8, en;q=0.7"}) EXPECT_EQ(language(same), language("de")) << same;
    EXPECT_NE(language("en, de"), language("de, en"));
    EXPECT_EQ(language("fr"), language("it, es;q=0.5"));
    EXPECT_NE(language("fr"), language("de"));
    EXPECT_NE(language("fr"), key_of("accept-language", {}, languages));
    // What is not clear stands for itself, and never for a language.
    EXPECT_EQ(language("*"), key_of("accept-language", Fields{{"Accept-Language", "*"}}));
    EXPECT_NE(language("de"), key_of("accept-language", Fields{{"Accept-Language", "de"}}));
    EXPECT_EQ(key_of("x-language", Fields{{"X-Language", "de"}}, languages), key_of("x-language", Fields{{"X-Language", "de"}}));
}

TEST(VaryKey, OfAcceptEncodingIsTheSetOfCodingsThatTheClientTakes) {
    const auto codings = [](std::string_view value) { return key_of("accept-encoding", Fields{{"Accept-Encoding", value}}); };
    const std::string key = codings("br, gzip");
    for (const std::string_view same :
         {"gzip, br", "gzip;q=0.5,br;q=1.0", "GZIP, Br", "x-gzip, br, gzip, X-Gzip", "gzip, br, identity", "gzip, br, deflate;q=0",
          "gzip, br, identity;q=0.5, zstd; q=0.000", "br ; q=0.001, gzip"}) {
        EXPECT_EQ(codings(same), key) << same;
    }
    for (const std::string_view other :
         {"gzip", "br", "gzip, br, zstd", "gzip, br, *", "gzip, br;q=0", "", "gzip br", "gzip;level=1, br"}) {
        EXPECT_NE(codings(other), key) << other;
    }
    EXPECT_EQ(codings("identity"), codings(""));
    EXPECT_EQ(codings("gzip;q=0"), codings(""));
    EXPECT_NE(codings("gzip;q=x"), codings("gzip"));
    EXPECT_NE(codings("gzip;q=1.5"), codings("gzip"));
    EXPECT_EQ(codings("x-compress"), codings("compress"));
}

// RFC 9110 §12.5.3: `*` takes what is not named.
TEST(VaryKey, OfAnyCodingHasThoseThatAreRefused) {
    const auto codings = [](std::string_view value) { return key_of("accept-encoding", Fields{{"Accept-Encoding", value}}); };
    EXPECT_NE(codings("*"), codings("*, gzip;q=0"));
    EXPECT_NE(codings("*, br;q=0"), codings("*, gzip;q=0"));
    EXPECT_EQ(codings("*;q=0.5, GZIP;q=0, br;q=0"), codings("br;q=0, gzip;q=0, *"));
    EXPECT_NE(codings("*, gzip"), codings("*, gzip;q=0"));
}

TEST(VaryKey, TellsWhoRefusesWhatIsNotEncoded) {
    const auto codings = [](std::string_view value) { return key_of("accept-encoding", Fields{{"Accept-Encoding", value}}); };
    const std::string refusing = codings("gzip, identity;q=0");
    EXPECT_NE(refusing, codings("gzip"));
    EXPECT_EQ(refusing, codings("gzip, *;q=0"));
    EXPECT_EQ(refusing, codings("*;q=0, identity;q=0, x-gzip"));
    EXPECT_EQ(codings("gzip, identity;q=0.1, *;q=0"), codings("gzip"));
    EXPECT_NE(codings("*, identity;q=0"), codings("*"));
}

TEST(VaryKey, OfCodingsThatContradictThemselvesIsTheValueItself) {
    const auto codings = [](std::string_view value) { return key_of("accept-encoding", Fields{{"Accept-Encoding", value}}); };
    EXPECT_NE(codings("gzip, br, gzip;q=0"), codings("gzip, br"));
    EXPECT_NE(codings("gzip, br, x-gzip;q=0"), codings("br"));
}

TEST(VaryKey, OfMoreCodingsThanAnyoneHasIsTheValueItself) {
    std::string many = "c0";
    for (int i = 1; i < 40; ++i) many += ", c" + std::to_string(i);
    const std::string key = key_of("accept-encoding", Fields{{"Accept-Encoding", many}});
    EXPECT_NE(key.find(many), std::string::npos);
}

TEST(VaryKey, CanBeTakenApartAgain) {
    const Fields vary{{"Vary", "Accept, Cookie, X-Empty"}};
    const VarySpec spec = *parse_vary(vary);
    std::string key;
    append_vary_key(key, spec, Fields{{"Accept", "a/b"}, {"X-Empty", ""}});
    const auto choices = split_vary_key(key);
    ASSERT_EQ(choices.size(), 3u);
    EXPECT_EQ(choices[0].name, "accept");
    EXPECT_EQ(choices[0].value, "a/b");
    EXPECT_EQ(choices[1].name, "cookie");
    EXPECT_EQ(choices[1].value, std::nullopt);
    EXPECT_EQ(choices[2].name, "x-empty");
    EXPECT_EQ(choices[2].value, "");
    std::string covered;
    append_vary_key(covered, spec, Fields{{"Cookie", "a=b"}}, {.cookies = true});
    EXPECT_TRUE(split_vary_key(covered)[1].is_covered);
    EXPECT_EQ(split_vary_key(covered)[1].value, std::nullopt);
    EXPECT_TRUE(split_vary_key(key.substr(0, 10)).empty());
    EXPECT_TRUE(split_vary_key("accept:?").empty());
    EXPECT_TRUE(split_vary_key("accept:").empty());
    EXPECT_TRUE(split_vary_key("accept").empty());
}

std::string key_with(VaryMemo& memo, std::string_view vary, const Fields& request) {
    std::string key;
    append_vary_key(key, spec_of(vary), request, {}, {}, &memo);
    return key;
}

TEST(VaryKey, IsTheSameWithWhatIsRememberedOfEarlierRequests) {
    VaryMemo memo;
    const std::string long_value = "a/" + std::string(VaryMemo::longest, 'B');
    const std::vector<Fields> requests = {
        {{"Accept", "Text/HTML, */*"}, {"Accept-Encoding", "gzip, br;q=0.5"}},
        {{"Accept", "text/html,  */*"}, {"Accept-Encoding", "br, gzip"}},
        {{"Accept", "TEXT/HTML, */*"}, {"Accept-Encoding", "br;q=0"}},
        {{"Accept", "Text/HTML, */*"}, {"Accept", "a/b"}, {"Accept-Encoding", "gzip, br;q=0.5"}, {"Accept-Encoding", "zstd"}},
        {{"Accept", "gzip, br;q=0.5"}, {"Accept-Encoding", "Text/HTML, */*"}},  // each the other's value: a coding that is no coding
        {{"Accept", ""}, {"Accept-Encoding", ""}},
        {{"Accept", long_value}, {"Accept-Encoding", "gzip"}},
        {{"Accept-Language", "De"}},
    };
    for (int turn = 0; turn < 3; ++turn) {
        for (const Fields& request : requests) {
            EXPECT_EQ(key_with(memo, "accept, accept-encoding, accept-language, cookie", request), key_of("accept, accept-encoding, accept-language, cookie", request));
        }
    }
}

TEST(VaryMemo, ForgetsWhatItHasNoRoomFor) {
    VaryMemo memo;
    memo.remember(http::FieldName::accept, "A/b", "a/b");
    ASSERT_NE(memo.find(http::FieldName::accept, "A/b"), nullptr);
    EXPECT_EQ(*memo.find(http::FieldName::accept, "A/b"), "a/b");
    EXPECT_EQ(memo.find(http::FieldName::accept_encoding, "A/b"), nullptr);
    memo.remember(http::FieldName::accept, "C/d", "c/d");  // of one length: in one place
    EXPECT_EQ(memo.find(http::FieldName::accept, "A/b"), nullptr);
    const std::string long_value(VaryMemo::longest + 1, 'A');
    memo.remember(http::FieldName::accept, long_value, "a");
    EXPECT_EQ(memo.find(http::FieldName::accept, long_value), nullptr);
}

// RFC 9111 §4.1: each field that the stored response's Vary names must be the same, so a key without the names would find what another field chose.
TEST(VaryKey, OfOneFieldIsNeverThatOfAnother) {
    const Fields both{{"Accept", "x"}, {"Accept-Language", "x"}};
    EXPECT_NE(key_of("accept", both), key_of("accept-language", both));
    EXPECT_NE(key_of("cookie", both), key_of("accept-encoding", both));
}

}  // namespace
}  // namespace sidecache::policy
