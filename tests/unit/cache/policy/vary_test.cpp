#include "cache/policy/vary.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sidecache::policy {
namespace {

using ::testing::ElementsAre;
using testing::Fields;

VarySpec spec_of(std::string_view vary) { return parse_vary(Fields{{"Vary", vary}}).value(); }

std::string key_of(std::string_view vary, const Fields& request) {
    std::string key;
    append_vary_key(key, spec_of(vary), request);
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
    EXPECT_NE(key, key_of("Accept", Fields{{"Accept", "A/b, c/d"}}));
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

TEST(VaryKey, OfAcceptEncodingIsTheSetOfCodingsThatTheClientTakes) {
    const auto codings = [](std::string_view value) { return key_of("accept-encoding", Fields{{"Accept-Encoding", value}}); };
    const std::string key = codings("br, gzip");
    for (const std::string_view same :
         {"gzip, br", "gzip;q=0.5,br;q=1.0", "GZIP, Br", "x-gzip, br, gzip", "gzip, br, identity", "gzip, br, deflate;q=0",
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
}

TEST(VaryKey, OfMoreCodingsThanAnyoneHasIsTheValueItself) {
    std::string many = "c0";
    for (int i = 1; i < 40; ++i) many += ", c" + std::to_string(i);
    const std::string key = key_of("accept-encoding", Fields{{"Accept-Encoding", many}});
    EXPECT_NE(key.find(many), std::string::npos);
}

}  // namespace
}  // namespace sidecache::policy
