#include "proxy/http1/head.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidecache::http1 {
namespace {

using http::FieldName;
using http::Method;

struct Parsed {
    explicit Parsed(std::string text, const HeadLimits& limits = {}) : head(std::move(text)) {
        rejection = parse_request_head(head, limits, fields, out);
    }
    int status() const { return rejection ? rejection->status : 0; }

    std::string head;
    Fields fields;
    RequestHead out;
    std::optional<Rejection> rejection;
};

constexpr const char* browser_head =
    "GET /api/patients/?page=2 HTTP/1.1\r\n"
    "Host: records.example:8080\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n"
    "Accept-Encoding:\t gzip, deflate \t\r\n"
    "X-Empty:\r\n"
    "Cookie: a=1\r\n\r\n";

TEST(RequestHead, IsReadIntoViewsOfTheBytesGiven) {
    const Parsed request(browser_head);
    ASSERT_FALSE(request.rejection) << request.rejection->detail;
    const http::RequestView& view = request.out.view;
    EXPECT_EQ(view.method, Method::get);
    EXPECT_EQ(view.method_text, "GET");
    EXPECT_EQ(view.authority, "records.example:8080");
    EXPECT_EQ(view.path, "/api/patients/");
    EXPECT_EQ(view.query, "page=2");
    EXPECT_TRUE(view.has_query);
    EXPECT_EQ(request.out.target, "/api/patients/?page=2");
    EXPECT_EQ(request.out.minor_version, 1);
    EXPECT_EQ(request.out.framing, Framing::none);
    EXPECT_TRUE(request.out.keep_alive);
    EXPECT_FALSE(request.out.expects_continue);
    EXPECT_FALSE(request.out.wants_upgrade);
    ASSERT_EQ(view.fields.size(), 5u);
    EXPECT_EQ(view.fields[0].id, FieldName::host);
    EXPECT_EQ(view.fields[1].name, "User-Agent");
    EXPECT_TRUE(view.names.has(FieldName::cookie));
    EXPECT_FALSE(view.names.has(FieldName::content_length));
    for (const http::Field& field : view.fields) {
        EXPECT_GE(field.name.data(), request.head.data());
        EXPECT_LE(field.value.data() + field.value.size(), request.head.data() + request.head.size());
    }
}

TEST(RequestHead, FieldValuesHaveNoWhitespaceAround) {
    const Parsed request(browser_head);
    EXPECT_EQ(request.out.view.fields[2].value, "gzip, deflate");
    EXPECT_EQ(request.out.view.fields[3].value, "");
}

TEST(RequestHead, AQuestionMarkAloneIsAnEmptyQuery) {
    const Parsed request("GET /a? HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(request.out.view.path, "/a");
    EXPECT_TRUE(request.out.view.has_query);
    EXPECT_EQ(request.out.view.query, "");
    EXPECT_FALSE(Parsed("GET /a HTTP/1.1\r\nHost: h\r\n\r\n").out.view.has_query);
}

TEST(RequestHead, MethodsAreCaseSensitiveAndUnknownOnesPass) {
    EXPECT_EQ(Parsed("get / HTTP/1.1\r\nHost: h\r\n\r\n").out.view.method, Method::other);
    const Parsed purge("PURGE / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_FALSE(purge.rejection);
    EXPECT_EQ(purge.out.view.method_text, "PURGE");
}

TEST(RequestHead, AHigherMinorVersionIsReadAsHttp11) {
    const Parsed request("POST /a?b HTTP/1.7\r\nHost: h\r\nContent-Length: 3\r\n\r\n");
    ASSERT_FALSE(request.rejection) << request.rejection->detail;
    EXPECT_EQ(request.out.minor_version, 1);
    EXPECT_EQ(request.out.view.method, Method::post);
    EXPECT_EQ(request.out.view.path, "/a");
    EXPECT_EQ(request.out.view.authority, "h");
    EXPECT_EQ(request.out.content_length, 3u);
    EXPECT_EQ(Parsed("G\x01T / HTTP/1.7\r\nHost: h\r\n\r\n").status(), 400);
    EXPECT_EQ(Parsed("GET /\x80 HTTP/1.7\r\nHost: h\r\n\r\n").status(), 400);
}

TEST(RequestTarget, TheAuthorityOfAnAbsoluteTargetReplacesHost) {
    const Parsed request("GET http://Real.example:81/p?q=/ HTTP/1.1\r\nA: 1\r\nHost: other.example\r\n\r\n");
    ASSERT_FALSE(request.rejection) << request.rejection->detail;
    EXPECT_EQ(request.out.view.authority, "Real.example:81");
    EXPECT_EQ(request.out.view.path, "/p");
    EXPECT_EQ(request.out.view.query, "q=/");
    EXPECT_EQ(request.out.view.fields[1].value, "Real.example:81");
}

TEST(RequestTarget, AnAbsoluteTargetWithoutPathHasTheRootPath) {
    EXPECT_EQ(Parsed("GET HTTP://h HTTP/1.1\r\nHost: h\r\n\r\n").out.view.path, "/");
    const Parsed query("GET http://h?a=1 HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(query.out.view.path, "/");
    EXPECT_EQ(query.out.view.query, "a=1");
    EXPECT_EQ(query.out.view.authority, "h");
    EXPECT_EQ(Parsed("OPTIONS http://h HTTP/1.1\r\nHost: h\r\n\r\n").out.view.path, "*");
    EXPECT_EQ(Parsed("OPTIONS http://h/ HTTP/1.1\r\nHost: h\r\n\r\n").out.view.path, "/");
}

TEST(RequestTarget, AsteriskIsForOptions) {
    const Parsed request("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_FALSE(request.rejection);
    EXPECT_EQ(request.out.view.path, "*");
    EXPECT_EQ(Parsed("GET * HTTP/1.1\r\nHost: h\r\n\r\n").status(), 400);
}

TEST(RequestTarget, AnUnescapedPathKeepsItsSpelling) {
    const Parsed request("GET //a/../b;c=%2F|\"{}\\?x=[y]?z HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_FALSE(request.rejection);
    EXPECT_EQ(request.out.view.path, "//a/../b;c=%2F|\"{}\\");
    EXPECT_EQ(request.out.view.query, "x=[y]?z");
}

TEST(RequestHost, MayBeAbsentInHttp10) {
    const Parsed request("GET / HTTP/1.0\r\n\r\n");
    EXPECT_FALSE(request.rejection);
    EXPECT_EQ(request.out.view.authority, "");
    EXPECT_EQ(request.out.minor_version, 0);
}

TEST(RequestHost, MayBeANameAnAddressOrAnIpv6Literal) {
    for (const char* const host : {"a", "a.b-c_d~e", "10.0.0.1:80", "[::1]", "[2001:db8::1]:8080", "[::ffff:1.2.3.4]",
                                   "h:", "%41.example", "a!$&'()*+;=b", "h:65535"}) {
        const Parsed request(std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n");
        EXPECT_FALSE(request.rejection) << host;
        EXPECT_EQ(request.out.view.authority, host);
    }
}

TEST(RequestHost, MustNotBeAnythingElse) {
    for (const char* const host :
         {"",         "a b",  "a,b",  "a/b", "a@b",    "user:pw@h",        "h:80:81", "h:x", "h:-1", "h:65536",
          "h:123456", "[::1", "::1",  "[]",  "[v1.x]", "[fe80::1%25eth0]", "[::1]x",  "%4",  "%zz",  "a\\b",
          "a?b",      "a#b",  "\x80", ":80", "<h>"}) {
        const Parsed request(std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n");
        EXPECT_EQ(request.status(), 400) << host;
    }
}

TEST(RequestFraming, IsByLengthByChunksOrNone) {
    const Parsed length("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0042\r\n\r\n");
    EXPECT_EQ(length.out.framing, Framing::length);
    EXPECT_EQ(length.out.content_length, 42u);
    const Parsed largest("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\n\r\n");
    EXPECT_EQ(largest.out.content_length, 18446744073709551615u);
    EXPECT_EQ(Parsed("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n").out.framing, Framing::chunked);
    EXPECT_EQ(Parsed("POST / HTTP/1.1\r\nHost: h\r\n\r\n").out.framing, Framing::none);
    EXPECT_EQ(Parsed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n").out.framing, Framing::length);
}

TEST(RequestConnection, IsKeptByVersionAndOptions) {
    const auto kept = [](const char* version, const char* fields) {
        return Parsed(std::string("GET / ") + version + "\r\nHost: h\r\n" + fields + "\r\n").out.keep_alive;
    };
    EXPECT_TRUE(kept("HTTP/1.1", ""));
    EXPECT_FALSE(kept("HTTP/1.1", "Connection: Close\r\n"));
    EXPECT_FALSE(kept("HTTP/1.1", "Connection: x\r\nConnection: keep-alive, close\r\n"));
    EXPECT_FALSE(kept("HTTP/1.0", ""));
    EXPECT_TRUE(kept("HTTP/1.0", "Connection: , Keep-Alive\r\n"));
    EXPECT_FALSE(kept("HTTP/1.0", "Proxy-Connection: keep-alive\r\n"));
}

TEST(RequestConnection, UpgradeNeedsItsFieldItsOptionAndHttp11) {
    const auto upgrade = [](const char* version, const char* fields) {
        return Parsed(std::string("GET / ") + version + "\r\nHost: h\r\n" + fields + "\r\n").out.wants_upgrade;
    };
    EXPECT_TRUE(upgrade("HTTP/1.1", "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"));
    EXPECT_FALSE(upgrade("HTTP/1.1", "Upgrade: websocket\r\n"));
    EXPECT_FALSE(upgrade("HTTP/1.1", "Connection: upgrade\r\n"));
    EXPECT_FALSE(upgrade("HTTP/1.0", "Connection: upgrade\r\nUpgrade: websocket\r\n"));
}

TEST(RequestExpect, ContinueIsExpectedOnlyForContentInHttp11) {
    const auto expects = [](const char* version, const char* length) {
        const Parsed request(std::string("PUT / ") + version +
                             "\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: " + length + "\r\n\r\n");
        EXPECT_FALSE(request.rejection);
        return request.out.expects_continue;
    };
    EXPECT_TRUE(expects("HTTP/1.1", "5"));
    EXPECT_FALSE(expects("HTTP/1.1", "0"));
    EXPECT_FALSE(expects("HTTP/1.0", "5"));
    EXPECT_TRUE(
        Parsed("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n").out.expects_continue);
}

TEST(RequestExpect, AnythingElseFails) {
    EXPECT_EQ(Parsed("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue, x\r\n\r\n").status(), 417);
    EXPECT_EQ(Parsed("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 200-ok\r\n\r\n").status(), 417);
}

TEST(RequestLimits, ALongTargetIs414) {
    HeadLimits limits;
    limits.target = 10;
    EXPECT_FALSE(Parsed("GET /234567890 HTTP/1.1\r\nHost: h\r\n\r\n", limits).rejection);
    EXPECT_EQ(Parsed("GET /2345678901 HTTP/1.1\r\nHost: h\r\n\r\n", limits).status(), 414);
    limits.head = 20;
    EXPECT_EQ(Parsed("GET /2345678901 HTTP/1.1\r\nHost: h\r\n\r\n", limits).status(), 414);
}

TEST(RequestLimits, ALargeHeadOrManyFieldsAre431) {
    const std::string head = "GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\n\r\n";
    HeadLimits limits;
    limits.head = head.size();
    limits.fields = 2;
    EXPECT_FALSE(Parsed(head, limits).rejection);
    limits.head = head.size() - 1;
    EXPECT_EQ(Parsed(head, limits).status(), 431);
    limits.head = head.size();
    limits.fields = 1;
    EXPECT_EQ(Parsed(head, limits).status(), 431);
}

TEST(RequestLimits, ALongMethodIs501) {
    EXPECT_FALSE(Parsed(std::string(32, 'M') + " / HTTP/1.1\r\nHost: h\r\n\r\n").rejection);
    EXPECT_EQ(Parsed(std::string(33, 'M') + " / HTTP/1.1\r\nHost: h\r\n\r\n").status(), 501);
}

}  // namespace
}  // namespace sidecache::http1
