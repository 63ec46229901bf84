#include "proxy/http1/head.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidecache::http1 {
namespace {

using namespace std::string_literals;
using http::FieldName;
using http::Method;

struct Parsed {
    explicit Parsed(std::string text, Method method = Method::get, const HeadLimits& limits = {}) : head(std::move(text)) {
        ok = parse_response_head(head, limits, method, fields, out);
    }
    std::string head;
    Fields fields;
    ResponseHead out;
    bool ok = false;
};

TEST(ResponseHead, IsReadIntoViews) {
    const Parsed response("HTTP/1.1 200 OK\r\nContent-Type: application/json \r\nContent-Length: 12\r\n\r\n");
    ASSERT_TRUE(response.ok);
    EXPECT_EQ(response.out.view.status, 200);
    EXPECT_EQ(response.out.minor_version, 1);
    ASSERT_EQ(response.out.view.fields.size(), 2u);
    EXPECT_EQ(response.out.view.fields[0].value, "application/json");
    EXPECT_TRUE(response.out.view.names.has(FieldName::content_length));
    EXPECT_EQ(response.out.framing, Framing::length);
    EXPECT_EQ(response.out.content_length, 12u);
    EXPECT_TRUE(response.out.keep_alive);
}

TEST(ResponseHead, MayHaveAnEmptyReason) { EXPECT_TRUE(Parsed("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n").ok); }

TEST(ResponseHead, AStatusIsThreeDigitsFrom100To599) {
    EXPECT_TRUE(Parsed("HTTP/1.1 599 x\r\n\r\n").ok);
    for (const char* const status : {"099", "000", "600", "999", "20", "2000", "2x0", "-20", "+20"}) {
        EXPECT_FALSE(Parsed("HTTP/1.1 "s + status + " x\r\n\r\n").ok) << status;
    }
}

TEST(ResponseHead, OtherVersionsAreRefused) {
    EXPECT_TRUE(Parsed("HTTP/1.0 200 OK\r\n\r\n").ok);
    for (const char* const version : {"HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/1.10", "http/1.1", "ICY"}) {
        EXPECT_FALSE(Parsed(version + " 200 OK\r\n\r\n"s).ok) << version;
    }
}

TEST(ResponseHead, AMalformedOneIsRefused) {
    for (const std::string& text : {
             "HTTP/1.1  200 OK\r\n\r\n"s,
             "HTTP/1.1 200\r\n\r\n"s,
             " HTTP/1.1 200 OK\r\n\r\n"s,
             "HTTP/1.1 200 OK\nA: b\r\n\r\n"s,
             "HTTP/1.1 200 O\x01K\r\n\r\n"s,
             "HTTP/1.1 200 O\0K\r\n\r\n"s,
             "HTTP/1.1 200 OK\r\nA : b\r\n\r\n"s,
             "HTTP/1.1 200 OK\r\n A: b\r\n\r\n"s,
             "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"s,
             "HTTP/1.1 200 OK\r\nA:\r\n c\r\n\r\n"s,
             "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n"s,
             "HTTP/1.1 200 OK\r\nA: b\nc\r\n\r\n"s,
             "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n"s,
             "HTTP/1.1 200 OK\r\nAbc\r\n\r\n"s,
             "HTTP/1.1 200 OK\r\n: b\r\n\r\n"s,
             "HTTP/1.1 200 OK\r\nConnection: a b\r\n\r\n"s,
             "HTTP/1.1 200 OK\r\n\r\nA: b\r\n\r\n"s,
             "HTTP/1.1 200 OK\r\nA: b\r\n"s,
             ""s,
         }) {
        EXPECT_FALSE(Parsed(text).ok) << text;
    }
}

TEST(ResponseHead, LimitsHold) {
    const std::string head = "HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\n\r\n";
    HeadLimits limits;
    limits.head = head.size();
    limits.fields = 2;
    EXPECT_TRUE(Parsed(head, Method::get, limits).ok);
    limits.head -= 1;
    EXPECT_FALSE(Parsed(head, Method::get, limits).ok);
    limits.head += 1;
    limits.fields = 1;
    EXPECT_FALSE(Parsed(head, Method::get, limits).ok);
}

TEST(ResponseFraming, WithoutLengthAndChunksEndsWithTheConnection) {
    const Parsed response("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(response.out.framing, Framing::until_close);
    EXPECT_FALSE(response.out.keep_alive);
}

TEST(ResponseFraming, SomeResponsesHaveNoContentWhateverTheySay) {
    for (const char* const status : {"100", "103", "204", "304"}) {
        for (const char* const field : {"", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"}) {
            const Parsed response("HTTP/1.1 "s + status + " x\r\n" + field + "\r\n");
            EXPECT_TRUE(response.ok);
            EXPECT_EQ(response.out.framing, Framing::none) << status << field;
        }
    }
    EXPECT_EQ(Parsed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Method::head).out.framing, Framing::none);
    EXPECT_EQ(Parsed("HTTP/1.1 200 OK\r\n\r\n", Method::head).out.framing, Framing::none);
    EXPECT_TRUE(Parsed("HTTP/1.1 200 OK\r\n\r\n", Method::head).out.keep_alive);
    EXPECT_EQ(Parsed("HTTP/1.1 200 OK\r\n\r\n", Method::connect).out.framing, Framing::none);
    EXPECT_EQ(Parsed("HTTP/1.1 400 x\r\nContent-Length: 5\r\n\r\n", Method::connect).out.framing, Framing::length);
}

TEST(ResponseFraming, A204ThatSpeaksOfContentIsTheLastOnItsConnection) {
    EXPECT_TRUE(Parsed("HTTP/1.1 204 No Content\r\n\r\n").out.keep_alive);
    EXPECT_FALSE(Parsed("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n").out.keep_alive);
    EXPECT_FALSE(Parsed("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n").out.keep_alive);
    EXPECT_TRUE(Parsed("HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n").out.keep_alive);
}

TEST(ResponseFraming, EqualContentLengthsAreMergedIntoOne) {
    const Parsed lines("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\nContent-Length: 5\r\nContent-Length: 05, 5\r\n\r\n");
    ASSERT_TRUE(lines.ok);
    EXPECT_EQ(lines.out.content_length, 5u);
    ASSERT_EQ(lines.out.view.fields.size(), 2u);
    EXPECT_EQ(lines.out.view.fields[0].value, "5");
    EXPECT_EQ(lines.out.view.fields[1].name, "A");
    const Parsed list("HTTP/1.1 200 OK\r\nContent-Length: 7 , 7\r\n\r\n");
    ASSERT_TRUE(list.ok);
    EXPECT_EQ(list.out.view.fields[0].value, "7");
}

TEST(ResponseFraming, AmbiguityIsRefused) {
    for (const char* const fields : {
             "Content-Length: 5\r\nContent-Length: 6\r\n",
             "Content-Length: 5, 6\r\n",
             "Content-Length: -5\r\n",
             "Content-Length:\r\n",
             "Content-Length: 5,\r\n",
             "Content-Length: 5x\r\n",
             "Content-Length: 18446744073709551616\r\n",
             "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
             "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
             "Transfer-Encoding: gzip\r\n",
             "Transfer-Encoding: gzip, chunked\r\n",
             "Transfer-Encoding: chunked, gzip\r\n",
             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
             "Transfer-Encoding: identity\r\n",
             "Transfer-Encoding:\r\n",
             "Transfer-Encoding: chunked;a=b\r\n",
         }) {
        EXPECT_FALSE(Parsed("HTTP/1.1 200 OK\r\n"s + fields + "\r\n").ok) << fields;
        EXPECT_FALSE(Parsed("HTTP/1.1 304 x\r\n"s + fields + "\r\n").ok) << fields;
    }
    EXPECT_FALSE(Parsed("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").ok);
}

TEST(ResponseConnection, IsKeptByVersionAndOptions) {
    EXPECT_FALSE(Parsed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").out.keep_alive);
    EXPECT_FALSE(Parsed("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").out.keep_alive);
    EXPECT_TRUE(Parsed("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n").out.keep_alive);
}

}  // namespace
}  // namespace sidecache::http1
