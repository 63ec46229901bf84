#include "proxy/pipeline/forwarding.hpp"

#include "tests/unit/cache/fill/responses.hpp"
#include "tests/unit/proxy/pipeline/head_lines.hpp"
#include "tests/unit/proxy/pipeline/snapshots.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace sidecache::pipeline {
namespace {

using testing::has_field;
using testing::make_message;
using testing::make_snapshot;
using testing::proxy_before_us;
using testing::stranger;
using testing::values_in;
using Values = std::vector<std::string>;

std::string forwarded(std::string_view fields, const Peer& peer = stranger, const Snapshot& snapshot = make_snapshot(), RequestFraming framing = {},
                      std::string_view line = "GET /patients/?page=2 HTTP/1.1") {
    return make_forwarded_head(snapshot, make_message(fields, line), peer, "id-1", framing);
}

struct Case {
    const char* name;
    bool is_trusted;
    std::string_view fields;   // of the client
    std::string_view header;   // looked at in what is forwarded
    Values expected;
    friend void PrintTo(const Case& value, std::ostream* out) { *out << value.name; }
};

class ForwardedRequest : public ::testing::TestWithParam<Case> {};

TEST_P(ForwardedRequest, HasTheseFields) {
    const Case& each = GetParam();
    EXPECT_EQ(values_in(forwarded(each.fields, each.is_trusted ? proxy_before_us : stranger), each.header), each.expected);
}

INSTANTIATE_TEST_SUITE_P(
    Peers, ForwardedRequest,
    ::testing::Values(
        Case{"ForOfAStrangerIsHisAddress", false, "X-Forwarded-For: 1.2.3.4\r\n", "X-Forwarded-For", {"203.0.113.9"}},
        Case{"ForOfATrustedPeerIsExtended", true, "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 5.6.7.8\r\n", "X-Forwarded-For", {"1.2.3.4, 5.6.7.8, 10.0.0.1"}},
        Case{"ForOfATrustedPeerThatSaysNothing", true, "", "X-Forwarded-For", {"10.0.0.1"}},
        Case{"ProtoOfAStrangerIsOurs", false, "X-Forwarded-Proto: https\r\n", "X-Forwarded-Proto", {"http"}},
        Case{"ProtoOfATrustedPeerIsKept", true, "X-Forwarded-Proto: https\r\n", "X-Forwarded-Proto", {"https"}},
        Case{"HostOfAStrangerIsWhatHeAskedFor", false, "X-Forwarded-Host: evil.example\r\n", "X-Forwarded-Host", {"api.example"}},
        Case{"HostOfATrustedPeerIsKept", true, "X-Forwarded-Host: www.example\r\n", "X-Forwarded-Host", {"www.example"}},
        Case{"OtherXForwardedOfAStrangerGoes", false, "X-Forwarded-Port: 1\r\n", "X-Forwarded-Port", {}},
        Case{"OtherXForwardedOfATrustedPeerStays", true, "X-Forwarded-Prefix: /a\r\n", "X-Forwarded-Prefix", {"/a"}},
        Case{"ForwardedOfAStrangerIsWrittenAnew", false, "Forwarded: for=1.2.3.4\r\n", "Forwarded", {"for=203.0.113.9;host=api.example;proto=http"}},
        Case{"ForwardedOfATrustedPeerIsExtended", true, "Forwarded: for=1.2.3.4;proto=https\r\n", "Forwarded",
             {"for=1.2.3.4;proto=https, for=10.0.0.1;host=api.example;proto=http"}}),
    [](const auto& tested) { return std::string(tested.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Fields, ForwardedRequest,
    ::testing::Values(
        Case{"EndToEndStays", false, "Accept: text/html\r\nX-Custom: 1\r\nX-Custom: 2\r\n", "X-Custom", {"1", "2"}},
        Case{"HostIsTheClients", false, "", "Host", {"api.example"}},
        Case{"ViaIsAdded", false, "", "Via", {"1.1 sidecache"}},
        Case{"ViaIsExtended", false, "Via: 1.0 fred\r\nVia: 1.1 anna\r\n", "Via", {"1.0 fred, 1.1 anna, 1.1 sidecache"}},
        Case{"ConnectionGoes", false, "Connection: close, X-Hop\r\nX-Hop: 1\r\n", "Connection", {}},
        Case{"WhatConnectionNamesGoes", false, "Connection: close, X-Hop\r\nX-Hop: 1\r\n", "X-Hop", {}},
        Case{"KeepAliveGoes", false, "Keep-Alive: timeout=5\r\n", "Keep-Alive", {}},
        Case{"ProxyConnectionGoes", false, "Proxy-Connection: keep-alive\r\n", "Proxy-Connection", {}},
        Case{"ProxyAuthorizationGoes", false, "Proxy-Authorization: Basic eDp5\r\n", "Proxy-Authorization", {}},
        Case{"AuthorizationStays", false, "Authorization: Bearer x\r\n", "Authorization", {"Bearer x"}},
        Case{"MethodOverrideGoes", false, "X-HTTP-Method-Override: DELETE\r\n", "X-HTTP-Method-Override", {}},
        Case{"MethodOverrideOfAnotherNameGoes", false, "X-Method-Override: DELETE\r\n", "X-Method-Override", {}},
        Case{"MethodOverrideOfAThirdNameGoes", false, "X-HTTP-Method: DELETE\r\n", "X-HTTP-Method", {}},
        Case{"RequestIdIsOurs", false, "X-Request-Id: theirs\r\n", "X-Request-ID", {"id-1"}},
        Case{"TrailersAreAskedFor", false, "TE: trailers, gzip\r\nConnection: TE\r\n", "TE", {"trailers"}},
        Case{"OtherTeGoes", false, "TE: gzip\r\nConnection: TE\r\n", "TE", {}},
        Case{"ExpectStays", false, "Expect: 100-continue\r\nContent-Length: 5\r\n", "Expect", {"100-continue"}},
        Case{"UpgradeStays", false, "Connection: upgrade\r\nUpgrade: websocket\r\n", "Upgrade", {"websocket"}},
        Case{"UpgradeIsNamedByConnection", false, "Connection: upgrade\r\nUpgrade: websocket\r\n", "Connection", {"upgrade"}},
        Case{"UpgradeThatConnectionDoesNotNameGoes", false, "Upgrade: websocket\r\n", "Upgrade", {}},
        Case{"MaxForwardsIsOneLess", false, "Max-Forwards: 10\r\n", "Max-Forwards", {"9"}},
        Case{"MaxForwardsThatIsNoNumberGoes", false, "Max-Forwards: many\r\n", "Max-Forwards", {}},
        Case{"ConditionsStay", false, "If-None-Match: \"1\"\r\n", "If-None-Match", {"\"1\""}},
        Case{"RangeStays", false, "Range: bytes=0-1\r\n", "Range", {"bytes=0-1"}}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(AForwardedHead, BeginsWithTheTargetAsReceivedAndEndsWithAnEmptyLine) {
    const std::string head = forwarded("");
    EXPECT_TRUE(head.starts_with("GET /patients/?page=2 HTTP/1.1\r\n"));
    EXPECT_TRUE(head.ends_with("\r\n\r\n"));
    EXPECT_EQ(head.find("\r\n\r\n"), head.size() - 4);
}

TEST(AForwardedHead, HasThePathThatTheKeyHas) {
    const auto target_of = [](std::string_view path) {
        const std::string head = forwarded("", stranger, make_snapshot(), {}, "GET " + std::string(path) + " HTTP/1.1");
        return head.substr(4, head.find(" HTTP/1.1\r\n") - 4);
    };
    for (const char* path : {"/", "/a%20b", "/a%2Fb", "/a//b", "/a;x=1", "/%C3%A9", "/a.json", "/a..b/.c", "/.well-known/x", "/a%25b", "/a%2Cb%3F"}) {
        EXPECT_EQ(target_of(path), path);
    }
    // An origin that does not read them as equal would answer for another resource (RFC 3986 §6.2.2).
    EXPECT_EQ(target_of("/a/../b"), "/b");
    EXPECT_EQ(target_of("/a/./b/"), "/a/b/");
    EXPECT_EQ(target_of("/a%2fb"), "/a%2Fb");
    EXPECT_EQ(target_of("/A/%7Euser"), "/A/~user");
    EXPECT_EQ(target_of("/a/%2e%2E/b?x=/../y"), "/b?x=/../y");
}

TEST(AForwardedHead, AsksForNoTunnelInWhichRequestsWouldPassUnseen) {
    const auto asks = [](std::string_view fields, std::string_view line = "GET / HTTP/1.1") {
        return has_field(forwarded(fields, stranger, make_snapshot(), {}, line), "Upgrade");
    };
    EXPECT_TRUE(asks("Connection: upgrade\r\nUpgrade: websocket\r\n"));
    EXPECT_FALSE(asks("Connection: upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n"));
    EXPECT_FALSE(asks("Connection: upgrade\r\nUpgrade: websocket, H2C\r\n"));
    EXPECT_FALSE(asks("Connection: upgrade\r\nUpgrade: TLS/1.2, HTTP/1.1\r\n"));
    EXPECT_FALSE(asks("Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n", "POST / HTTP/1.1"));
}

TEST(AForwardedHead, KeepsAnEmptyQuery) {
    EXPECT_TRUE(forwarded("", stranger, make_snapshot(), {}, "GET /a? HTTP/1.1").starts_with("GET /a? HTTP/1.1\r\n"));
}

TEST(AForwardedHead, HasTheOriginsHostWhereTheClientsIsNotPreserved) {
    Snapshot snapshot = make_snapshot();
    snapshot.preserve_host = false;
    const std::string head = forwarded("", stranger, snapshot);
    EXPECT_EQ(values_in(head, "Host"), Values{"127.0.0.1:8000"});
    EXPECT_EQ(values_in(head, "X-Forwarded-Host"), Values{"api.example"});
}

TEST(AForwardedHead, HasOneHostOfAnAbsoluteTarget) {
    const OwnedRequest message = testing::read_message("GET http://api.example/x HTTP/1.1\r\nHost: other.example\r\n\r\n");
    const std::string head = make_forwarded_head(make_snapshot(), message, stranger, "id", {});
    EXPECT_TRUE(head.starts_with("GET /x HTTP/1.1\r\n"));
    EXPECT_EQ(values_in(head, "Host"), Values{"api.example"});
}

TEST(AForwardedHead, NamesTheVersionOfTheClientInVia) {
    const OwnedRequest message = testing::read_message("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
    const std::string head = make_forwarded_head(make_snapshot(), message, stranger, "id", {});
    EXPECT_TRUE(head.starts_with("GET / HTTP/1.1\r\n"));
    EXPECT_EQ(values_in(head, "Via"), Values{"1.0 sidecache"});
}

TEST(AForwardedHead, HasNoRequestIdWhereNoneIsConfigured) {
    Snapshot snapshot = make_snapshot();
    snapshot.options.request_id.clear();
    EXPECT_EQ(values_in(forwarded("X-Request-ID: theirs\r\n", stranger, snapshot), "X-Request-ID"), Values{"theirs"});
}

TEST(AForwardedHead, QuotesAndBracketsAnIpv6Address) {
    const std::string head = forwarded("", Peer{"2001:db8::1", false});
    EXPECT_EQ(values_in(head, "Forwarded"), Values{"for=\"[2001:db8::1]\";host=api.example;proto=http"});
    EXPECT_EQ(values_in(head, "X-Forwarded-For"), Values{"2001:db8::1"});
}

TEST(AForwardedHead, QuotesAHostWithAPort) {
    const OwnedRequest message = testing::read_message("GET / HTTP/1.1\r\nHost: api.example:8080\r\n\r\n");
    const std::string head = make_forwarded_head(make_snapshot(), message, Peer{"unix", false}, "id", {});
    EXPECT_EQ(values_in(head, "Forwarded"), Values{"for=unknown;host=\"api.example:8080\";proto=http"});
}

TEST(AForwardedHead, FramesTheContentAnew) {
    const auto with = [](RequestFraming framing) {
        return forwarded("Transfer-Encoding: chunked\r\n", stranger, make_snapshot(), framing, "POST / HTTP/1.1");
    };
    const std::string chunked = with({RequestFraming::Kind::chunked, 0});
    EXPECT_EQ(values_in(chunked, "Transfer-Encoding"), Values{"chunked"});
    EXPECT_FALSE(has_field(chunked, "Content-Length"));
    const std::string length = with({RequestFraming::Kind::length, 12});
    EXPECT_EQ(values_in(length, "Content-Length"), Values{"12"});
    EXPECT_FALSE(has_field(length, "Transfer-Encoding"));
    const std::string none = with({});
    EXPECT_FALSE(has_field(none, "Content-Length"));
    EXPECT_FALSE(has_field(none, "Transfer-Encoding"));
}

TEST(AForwardedHead, WaitsForNoInvitationWhereContentHasCome) {
    RequestFraming framing{RequestFraming::Kind::chunked, 0, true};
    EXPECT_FALSE(has_field(forwarded("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", stranger, make_snapshot(), framing), "Expect"));
    framing.has_come = false;
    EXPECT_TRUE(has_field(forwarded("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", stranger, make_snapshot(), framing), "Expect"));
}

class AFillHead : public ::testing::Test {
protected:
    static fill::StoredResponsePtr stored(const testing::Fields& fields, bool has_etag, bool has_last_modified, bool has_strong_etag = false) {
        fill::StoredResponse::Parts parts;
        parts.head = "HTTP/1.1 200 OK\r\n";
        parts.facts.has_etag = has_etag;
        parts.facts.has_strong_etag = has_strong_etag;
        parts.facts.has_last_modified = has_last_modified;
        parts.content = fill::Content::make_complete("x");
        return fill::StoredResponse::make({1, 2}, "key", parts, fields);
    }
    static std::string fill_head(std::string_view fields, const fill::StoredResponse* validator = nullptr) {
        return make_fill_head(make_snapshot(), make_message(fields), stranger, "id-1", validator);
    }
};

TEST_F(AFillHead, DropsTheClientsConditionsAndRange) {
    const std::string head = fill_head(
        "If-None-Match: \"y\"\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\nIf-Match: \"y\"\r\nIf-Unmodified-Since: x\r\nIf-Range: "
        "\"y\"\r\nRange: bytes=0-1\r\nAccept: */*\r\n");
    for (const char* name : {"If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range", "Range"}) {
        EXPECT_FALSE(has_field(head, name)) << name;
    }
    EXPECT_EQ(values_in(head, "Accept"), Values{"*/*"});
}

TEST_F(AFillHead, PutsTheStoredValidatorsIn) {
    const auto response = stored({{"ETag", "\"x\""}, {"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"}}, true, true);
    const std::string head = fill_head("If-None-Match: \"y\"\r\n", response.get());
    EXPECT_EQ(values_in(head, "If-None-Match"), Values{"\"x\""});
    EXPECT_EQ(values_in(head, "If-Modified-Since"), Values{"Sun, 06 Nov 1994 08:49:37 GMT"});
}

TEST_F(AFillHead, OfWhatIsAskedForKeepsTheRangesAndDropsTheConditions) {
    const OwnedRequest message = make_message("If-None-Match: \"y\"\r\nIf-Range: \"z\"\r\nRange: bytes=0-1\r\n");
    const std::string head = make_fill_head(make_snapshot(), message, stranger, "id-1", nullptr, {Scope::Kind::asked});
    EXPECT_FALSE(has_field(head, "If-None-Match"));
    EXPECT_EQ(values_in(head, "Range"), Values{"bytes=0-1"});
    EXPECT_EQ(values_in(head, "If-Range"), Values{"\"z\""});
}

// RFC 9110 §13.1.5: of that version alone, whatever the client asked for.
TEST_F(AFillHead, OfWhatIsMissingAsksForItUnderTheStoredValidator) {
    const auto incomplete = stored({{"ETag", "\"x\""}}, true, false, true);
    const fill::StoredPartsPtr held = memory::make_entry<fill::StoredParts>({1, 2}, "key", incomplete, fill::Pieces{}, policy::Held{});
    const OwnedRequest message = make_message("If-Range: \"z\"\r\nRange: bytes=0-1\r\n");
    const std::string head = make_fill_head(make_snapshot(), message, stranger, "id-1", nullptr, {Scope::Kind::missing, held, {5, 9}});
    EXPECT_EQ(values_in(head, "Range"), Values{"bytes=5-9"});
    EXPECT_EQ(values_in(head, "If-Range"), Values{"\"x\""});
}

TEST_F(AFillHead, PutsInOnlyValidatorsThatWereUnderstood) {
    const auto response = stored({{"ETag", "not a tag"}, {"Last-Modified", "yesterday"}}, false, false);
    const std::string head = fill_head("", response.get());
    EXPECT_FALSE(has_field(head, "If-None-Match"));
    EXPECT_FALSE(has_field(head, "If-Modified-Since"));
}

TEST_F(AFillHead, OfAQueryHasTheLengthOfTheContentThatWasRead) {
    for (const auto& [content, length] : {std::pair{"{}", "2"}, {"", "0"}}) {
        const OwnedRequest message =
            make_message("Transfer-Encoding: chunked\r\nExpect: 100-continue\r\nContent-Type: application/json\r\n", "QUERY /search/ HTTP/1.1");
        const std::string head = make_fill_head(make_snapshot(), message, stranger, "id-1", nullptr, {}, framing_of(QueryContent{content, ""}));
        EXPECT_TRUE(head.starts_with("QUERY /search/ HTTP/1.1\r\n"));
        EXPECT_EQ(values_in(head, "Content-Length"), Values{length});
        EXPECT_EQ(values_in(head, "Content-Type"), Values{"application/json"});
        for (const char* name : {"Transfer-Encoding", "Expect"}) EXPECT_FALSE(has_field(head, name)) << name;
    }
}

TEST_F(AFillHead, HasNoFramingExpectationOrUpgrade) {
    const std::string head = fill_head("Content-Length: 0\r\nExpect: 100-continue\r\nConnection: upgrade\r\nUpgrade: websocket\r\nTE: trailers\r\n");
    for (const char* name : {"Content-Length", "Transfer-Encoding", "Expect", "Upgrade", "TE", "Connection"}) EXPECT_FALSE(has_field(head, name)) << name;
    EXPECT_TRUE(head.ends_with("\r\n\r\n"));
}

}  // namespace
}  // namespace sidecache::pipeline
