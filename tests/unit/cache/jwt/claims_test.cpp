#include "cache/jwt/claims.hpp"

#include "cache/json/strict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/value.hpp>

#include <set>

namespace sidecache::jwt {
namespace {

using ::testing::Optional;

Claims claims_of(std::string_view text) { return Claims(*strict_json::parse_object(text), std::nullopt); }

std::optional<std::string> text_at(std::string_view claims, std::string_view pointer) {
    return claims_of(claims).text_at(ClaimPath::parse(pointer).value());
}

// RFC 6901 §5
TEST(ClaimPath, PointsToAValue) {
    constexpr std::string_view claims =
        R"({"foo":["bar","baz"],"":"0","a/b":"1","c%d":"2","e^f":"3","k\"l":"6"," ":"7","m~n":"8","~1":"9"})";
    EXPECT_THAT(text_at(claims, "/foo/0"), Optional(std::string("bar")));
    EXPECT_THAT(text_at(claims, "/foo/1"), Optional(std::string("baz")));
    EXPECT_THAT(text_at(claims, "/"), Optional(std::string("0")));
    EXPECT_THAT(text_at(claims, "/a~1b"), Optional(std::string("1")));
    EXPECT_THAT(text_at(claims, "/c%d"), Optional(std::string("2")));
    EXPECT_THAT(text_at(claims, "/e^f"), Optional(std::string("3")));
    EXPECT_THAT(text_at(claims, "/k\"l"), Optional(std::string("6")));
    EXPECT_THAT(text_at(claims, "/ "), Optional(std::string("7")));
    EXPECT_THAT(text_at(claims, "/m~0n"), Optional(std::string("8")));
    EXPECT_THAT(text_at(claims, "/~01"), Optional(std::string("9")));
    EXPECT_THAT(text_at(R"({"realm_access":{"roles":["staff"]}})", "/realm_access/roles/0"), Optional(std::string("staff")));
    EXPECT_THAT(text_at(R"({"https://x.example/role":"a"})", "/https:~1~1x.example~1role"), Optional(std::string("a")));
    EXPECT_THAT(text_at(R"({"a":{"":{"b":"c"}}})", "/a//b"), Optional(std::string("c")));
}

TEST(ClaimPath, PointsToNothingWhereThereIsNone) {
    constexpr std::string_view claims = R"({"list":["a","b"],"name":"x","object":{"0":"y"}})";
    for (const std::string_view pointer :
         {"/other", "/list/2", "/list/-", "/list/00", "/list/01", "/list/+1", "/list/1 ", "/list/x", "/list/", "/list//a",
          "/list/18446744073709551616", "/name/0", "/name/", "/Name", "/object/1"})
        EXPECT_EQ(text_at(claims, pointer), std::nullopt) << pointer;
    EXPECT_THAT(text_at(claims, "/object/0"), Optional(std::string("y")));
}

// RFC 6901 §3
TEST(ClaimPath, IsRefusedIfItIsNoPointerToOneClaim) {
    for (const std::string_view pointer : {"", "sub", "#/sub", "/a~", "/a~2", "/~~0", "$.sub"})
        EXPECT_FALSE(ClaimPath::parse(pointer)) << pointer;
}

TEST(ClaimText, IsThatOfAStringANumberOrABoolean) {
    EXPECT_THAT(text_at(R"({"a":"doctor"})", "/a"), Optional(std::string("doctor")));
    EXPECT_THAT(text_at(R"({"a":""})", "/a"), Optional(std::string()));
    EXPECT_THAT(text_at(R"({"a":"\u0000\n\u00e4"})", "/a"), Optional(std::string("\0\n\xc3\xa4", 4)));
    EXPECT_THAT(text_at(R"({"a":42})", "/a"), Optional(std::string("42")));
    EXPECT_THAT(text_at(R"({"a":-7})", "/a"), Optional(std::string("-7")));
    EXPECT_THAT(text_at(R"({"a":18446744073709551615})", "/a"), Optional(std::string("18446744073709551615")));
    EXPECT_THAT(text_at(R"({"a":true})", "/a"), Optional(std::string("true")));
    EXPECT_THAT(text_at(R"({"a":false})", "/a"), Optional(std::string("false")));
}

TEST(ClaimText, OfAnArrayOfStringsKeepsItsOrder) {
    EXPECT_THAT(text_at(R"({"a":[ "staff" , "admin" ]})", "/a"), Optional(std::string(R"(["staff","admin"])")));
    EXPECT_THAT(text_at(R"({"a":["admin","staff"]})", "/a"), Optional(std::string(R"(["admin","staff"])")));
    EXPECT_THAT(text_at(R"({"a":[]})", "/a"), Optional(std::string("[]")));
}

// A principal must not become another one by its text.
TEST(ClaimText, DiffersForValuesThatDiffer) {
    const std::array<std::string_view, 13> values{
        R"("a,b")", R"(["a","b"])", R"(["a,b"])",     R"("[\"a\",\"b\"]")",   R"("\"a\"")",
        R"("a")",   R"(["a"])",     R"(["a\",\"b"])", R"("\"[\\\"a\\\"]\"")", R"("[\"a\"]")",
        R"([])",    R"("[]")",      R"([""])"};
    std::set<std::string> texts;
    for (const std::string_view value : values) texts.insert(text_at("{\"a\":" + std::string(value) + "}", "/a").value());
    EXPECT_EQ(texts.size(), values.size());
}

TEST(ClaimText, IsNoneOfWhatNamesNoPrincipal) {
    for (const std::string_view value : {"null", "{}", R"({"b":"c"})", "1.5", "1.0", "1e3", "18446744073709551616",
                                         "-9223372036854775809", "[1]", R"(["a",1])", R"(["a",null])", R"([["a"]])"})
        EXPECT_EQ(text_at("{\"a\":" + std::string(value) + "}", "/a"), std::nullopt) << value;
    EXPECT_EQ(text_at("{}", "/a"), std::nullopt);
}

}  // namespace
}  // namespace sidecache::jwt
