#include "cache/principals/identify.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sidecache::principals {
namespace {

using Kind = Identity::Kind;
using Fields = std::vector<http::Field>;

http::Field field(std::string_view name, std::string_view value) { return {http::field_name(name), name, value}; }

// Signed with the HS256 secret below; exp 2000000000.
constexpr std::string_view secret_text = "a secret of more than thirty-two octets";
constexpr http::SystemTime now{std::chrono::seconds{1'700'000'000}};

class IdentifierTest : public ::testing::Test {
protected:
    Identity identify(const Principal& principal, const Fields& fields, http::SystemTime at = now) {
        http::RequestView request;
        request.fields = fields;
        request.names = http::names_of(fields);
        return identifier.identify(principal, request, at);
    }
    static Principal by_cookie() {
        Principal principal{.name = "user"};
        principal.cookies = {"sessionid"};
        principal.definition = "user cookie sessionid";
        return principal;
    }
    static Principal by_header() {
        Principal principal{.name = "user"};
        principal.header.emplace("Authorization");
        principal.definition = "user header authorization";
        return principal;
    }
    static Principal by_both() {
        Principal principal = by_cookie();
        principal.header.emplace("Authorization");
        principal.definition = "user both";
        return principal;
    }
    Identifier identifier;
};

TEST_F(IdentifierTest, WhoeverShowsNothingIsAnonymous) {
    for (const Principal& principal : {by_cookie(), by_header(), by_both()}) {
        EXPECT_EQ(identify(principal, {}).kind, Kind::anonymous);
        EXPECT_EQ(identify(principal, {field("Cookie", "csrf=1; lang=de"), field("Accept", "*/*")}).kind, Kind::anonymous);
    }
}

TEST_F(IdentifierTest, TheSameCredentialIsTheSamePartitionWhateverElseIsSent) {
    const auto one = identify(by_cookie(), {field("Cookie", "sessionid=a")});
    const auto two = identify(by_cookie(), {field("Cookie", "lang=de; sessionid=a; csrf=2"), field("Accept", "x")});
    EXPECT_EQ(one.kind, Kind::known);
    EXPECT_FALSE(one.is_verified);
    EXPECT_EQ(one.partition, two.partition);
    EXPECT_EQ(one.partition, one.credential);
}

TEST_F(IdentifierTest, AnotherCredentialOrAnotherPrincipalIsAnotherPartition) {
    const auto one = identify(by_cookie(), {field("Cookie", "sessionid=a")}).partition;
    EXPECT_NE(one, identify(by_cookie(), {field("Cookie", "sessionid=b")}).partition);
    Principal other = by_cookie();
    other.definition = "other";
    EXPECT_NE(one, identify(other, {field("Cookie", "sessionid=a")}).partition);
    EXPECT_NE(identify(by_header(), {field("Authorization", "Token a")}).partition, identify(by_header(), {field("Authorization", "Token A")}).partition);
}

TEST_F(IdentifierTest, EachPartOfACredentialCounts) {
    const auto cookie = identify(by_both(), {field("Cookie", "sessionid=a")}).partition;
    const auto header = identify(by_both(), {field("Authorization", "a")}).partition;
    const auto both = identify(by_both(), {field("Authorization", "a"), field("Cookie", "sessionid=a")}).partition;
    EXPECT_NE(cookie, header);
    EXPECT_NE(cookie, both);
    EXPECT_NE(header, both);
}

TEST_F(IdentifierTest, WhatCanBeReadInTwoWaysIsUnclear) {
    EXPECT_EQ(identify(by_cookie(), {field("Cookie", "sessionid=a; sessionid=b")}).kind, Kind::unclear);
    EXPECT_EQ(identify(by_header(), {field("Authorization", "a"), field("Authorization", "b")}).kind, Kind::unclear);
    EXPECT_EQ(identify(by_header(), {field("Authorization", "")}).kind, Kind::unclear);
}

TEST_F(IdentifierTest, ACredentialThatThePrincipalDoesNotNameIsUnclear) {
    EXPECT_EQ(identify(by_cookie(), {field("Authorization", "Token a")}).kind, Kind::unclear);
    EXPECT_EQ(identify(by_cookie(), {field("Cookie", "sessionid=a"), field("Authorization", "Token a")}).kind, Kind::unclear);
}

class TokenTest : public IdentifierTest {
protected:
    static Principal by_role(std::string_view secret = secret_text) {
        auto keys = jwt::KeySet::from_secret(secret);
        EXPECT_TRUE(keys) << keys.error();
        Principal principal{.name = "role"};
        principal.token.emplace(TokenRule{NamedField("Authorization"), *jwt::ClaimPath::parse("/role"), std::make_shared<jwt::KeySet>(std::move(*keys))});
        principal.definition = "role jwt authorization /role";
        return principal;
    }
    // {"role":"doctor","sub":"ann","exp":2000000000} and the like, signed by another implementation.
    static constexpr std::string_view ann = "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoiZG9jdG9yIiwic3ViIjoiYW5uIiwiZXhwIjoyMDAwMDAwMDAwfQ.gfTWWQdULFHf-FF0dUIcwbEoTTvqKttRUgqNF3VOx74";
    static constexpr std::string_view bob = "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoiZG9jdG9yIiwic3ViIjoiYm9iIiwiZXhwIjoyMDAwMDAwMDAwfQ.93H6Kz5BNOYunoyo5lVKXz9R_PYGs_7vP-XniAXgfhM";
    static constexpr std::string_view carl = "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoicmVjZXB0aW9uaXN0Iiwic3ViIjoiY2FybCIsImV4cCI6MjAwMDAwMDAwMH0.cxhswiBLjvMpMrxKluUdwXujAcwphcFkT94NFQ6hb94";   // a receptionist
    static constexpr std::string_view eve = "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJldmUiLCJleHAiOjIwMDAwMDAwMDB9.pHxh0Ek5UDA_Y_AfQPy6RnhiUKrjtIw0NBXeO9tIcFA";     // without a role
};

TEST_F(TokenTest, TokensOfOneRoleShareAPartition) {
    const auto one = identify(by_role(), {field("Authorization", ann)});
    const auto two = identify(by_role(), {field("Authorization", bob)});
    EXPECT_EQ(one.kind, Kind::known);
    EXPECT_TRUE(one.is_verified);
    EXPECT_EQ(one.partition, two.partition);
    EXPECT_NE(one.credential, two.credential);
    EXPECT_NE(one.partition, identify(by_role(), {field("Authorization", carl)}).partition);
    EXPECT_EQ(identify(by_role(), {field("Authorization", ann)}).partition, one.partition);  // from memory
}

TEST_F(TokenTest, ATokenThatIsNotBelievedIsUnclear) {
    EXPECT_EQ(identify(by_role(), {field("Authorization", eve)}).kind, Kind::unclear);
    EXPECT_EQ(identify(by_role(), {field("Authorization", "Basic YTpi")}).kind, Kind::unclear);
    std::string forged(ann);
    forged[forged.size() - 5] = forged[forged.size() - 5] == 'A' ? 'B' : 'A';
    EXPECT_EQ(identify(by_role(), {field("Authorization", forged)}).kind, Kind::unclear);
    EXPECT_EQ(identify(by_role("another secret of more than thirty-two octets"), {field("Authorization", ann)}).kind, Kind::unclear);
}

TEST_F(TokenTest, ATokenThatWasBelievedOnceExpiresAllTheSame) {
    EXPECT_EQ(identify(by_role(), {field("Authorization", ann)}).kind, Kind::known);
    EXPECT_EQ(identify(by_role(), {field("Authorization", ann)}, http::SystemTime(std::chrono::seconds{2'000'000'000})).kind, Kind::unclear);
}

TEST_F(TokenTest, KeysThatHaveGoneAreForgotten) {
    EXPECT_EQ(identify(by_role(), {field("Authorization", ann)}).kind, Kind::known);
    identifier.forget();
    EXPECT_EQ(identify(by_role("another secret of more than thirty-two octets"), {field("Authorization", ann)}).kind, Kind::unclear);
}

TEST_F(TokenTest, AlsoWhenItRemembersOnlyAFew) {
    identifier = Identifier(1);
    for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(identify(by_role(), {field("Authorization", ann)}).kind, Kind::known);
        EXPECT_EQ(identify(by_role(), {field("Authorization", bob)}).kind, Kind::known);
    }
}

}  // namespace
}  // namespace sidecache::principals
