// Shapes of requests that two HTTP parsers may read differently, each with the answer that it gets.
#include "proxy/http1/head.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace sidecache::http1 {
namespace {

using namespace std::string_view_literals;

struct Shape {
    std::string_view name;
    int status;  // 0: accepted
    std::string_view head;
};

const Shape start_lines[] = {
    {"plain", 0, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"HTTP/0.9", 400, "GET /\r\n\r\n"sv},
    {"no version", 400, "GET / \r\nHost: h\r\n\r\n"sv},
    {"no method", 400, " / HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"no target", 400, "GET HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"empty target", 400, "GET  HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"leading empty line left in", 400, "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"leading space", 400, " GET / HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"two spaces after the method", 400, "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"two spaces before the version", 400, "GET /  HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"tab for space", 400, "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"tab before the version", 400, "GET /\tHTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"space after the version", 400, "GET / HTTP/1.1 \r\nHost: h\r\n\r\n"sv},
    {"space in the target", 400, "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"a second request line in the target", 400, "GET / HTTP/1.1 HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"fragment", 400, "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"control in the target", 400, "GET /a\x01 HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"NUL in the target", 400, "GET /a\0b HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"DEL in the target", 400, "GET /a\x7f HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"UTF-8 in the target", 400, "GET /\xc3\xa4 HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"CR in the target", 400, "GET /a\rb HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"bare LF after the request line", 400, "GET / HTTP/1.1\nHost: h\r\n\r\n"sv},
    {"bare CR after the request line", 400, "GET / HTTP/1.1\rHost: h\r\n\r\n"sv},
    {"CR CR LF after the request line", 400, "GET / HTTP/1.1\r\r\nHost: h\r\n\r\n"sv},
    {"relative target", 400, "GET a/b HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"authority-form for GET", 400, "GET h:80 HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"asterisk with a path", 400, "OPTIONS *a HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"method with a control", 400, "GE\x01T / HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"method with a colon", 400, "GET: / HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"method with parentheses", 400, "G(E)T / HTTP/1.1\r\nHost: h\r\n\r\n"sv},
    {"CONNECT", 501, "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n"sv},
    {"HTTP/1.2", 0, "GET / HTTP/1.2\r\nHost: h\r\n\r\n"sv},
    {"HTTP/2.0", 505, "GET / HTTP/2.0\r\nHost: h\r\n\r\n"sv},
    {"HTTP/2 preface", 505, "PRI * HTTP/2.0\r\n\r\n"sv},
    {"HTTP/0.9 with a version", 505, "GET / HTTP/0.9\r\nHost: h\r\n\r\n"sv},
    {"HTTP/1.10", 400, "GET / HTTP/1.10\r\nHost: h\r\n\r\n"sv},
    {"HTTP/01.1", 400, "GET / HTTP/01.1\r\nHost: h\r\n\r\n"sv},
    {"HTTP/1", 400, "GET / HTTP/1\r\nHost: h\r\n\r\n"sv},
    {"HTTP/1,1", 400, "GET / HTTP/1,1\r\nHost: h\r\n\r\n"sv},
    {"http/1.1", 400, "GET / http/1.1\r\nHost: h\r\n\r\n"sv},
    {"ICY/1.1", 400, "GET / ICYY/1.1\r\nHost: h\r\n\r\n"sv},
};

const Shape hosts[] = {
    {"missing", 400, "GET / HTTP/1.1\r\nA: b\r\n\r\n"sv},
    {"missing in HTTP/1.0", 0, "GET / HTTP/1.0\r\n\r\n"sv},
    {"empty", 400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"sv},
    {"two different", 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"sv},
    {"two equal", 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"sv},
    {"two in HTTP/1.0", 400, "GET / HTTP/1.0\r\nHost: a\r\nhost: a\r\n\r\n"sv},
    {"two beside an absolute target", 400, "GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"sv},
    {"missing beside an absolute target", 400, "GET http://a/ HTTP/1.1\r\n\r\n"sv},
    {"invalid beside an absolute target", 400, "GET http://a/ HTTP/1.1\r\nHost: a b\r\n\r\n"sv},
    {"replaced by an absolute target", 0, "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n"sv},
    {"with a space before the colon", 400, "GET / HTTP/1.1\r\nHost : h\r\n\r\n"sv},
    {"on a folded line", 400, "GET / HTTP/1.1\r\nHost:\r\n h\r\n\r\n"sv},
    {"indented as the first line", 400, "GET / HTTP/1.1\r\n Host: h\r\n\r\n"sv},
    {"indented with a tab", 400, "GET / HTTP/1.1\r\n\tHost: h\r\n\r\n"sv},
    {"with a path", 400, "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n"sv},
    {"with userinfo", 400, "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n"sv},
    {"a list", 400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"sv},
    {"absolute target with userinfo", 400, "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"absolute target without host", 400, "GET http:///p HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"absolute target with only a port", 400, "GET http://:80/p HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"absolute target with one slash", 400, "GET http:/a HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"absolute https target", 421, "GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"absolute ftp target", 400, "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"absolute target in HTTP/1.0 without Host", 0, "GET http://a/ HTTP/1.0\r\n\r\n"sv},
};

#define POST_11 "POST / HTTP/1.1\r\nHost: h\r\n"

const Shape framings[] = {
    {"length", 0, POST_11 "Content-Length: 5\r\n\r\n"sv},
    {"chunked", 0, POST_11 "Transfer-Encoding: chunked\r\n\r\n"sv},
    {"chunked in capitals", 0, POST_11 "TRANSFER-ENCODING: CHUNKED\r\n\r\n"sv},
    {"CL.TE", 400, POST_11 "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"sv},
    {"TE.CL", 400, POST_11 "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"sv},
    {"TE.CL of zero", 400, POST_11 "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n"sv},
    {"CL.TE with an unknown coding", 400, POST_11 "Content-Length: 5\r\nTransfer-Encoding: x\r\n\r\n"sv},
    {"TE twice", 400, POST_11 "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"sv},
    {"TE twice in one line", 400, POST_11 "Transfer-Encoding: chunked, chunked\r\n\r\n"sv},
    {"TE.TE with a bogus second", 400, POST_11 "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n"sv},
    {"TE.TE with a bogus first", 501, POST_11 "Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n"sv},
    {"gzip before chunked", 501, POST_11 "Transfer-Encoding: gzip, chunked\r\n\r\n"sv},
    {"gzip after chunked", 400, POST_11 "Transfer-Encoding: chunked, gzip\r\n\r\n"sv},
    {"gzip alone", 400, POST_11 "Transfer-Encoding: gzip\r\n\r\n"sv},
    {"identity", 400, POST_11 "Transfer-Encoding: identity\r\n\r\n"sv},
    {"identity before chunked", 400, POST_11 "Transfer-Encoding: identity, chunked\r\n\r\n"sv},
    {"empty TE", 400, POST_11 "Transfer-Encoding:\r\n\r\n"sv},
    {"empty TE and a length", 400, POST_11 "Transfer-Encoding:\r\nContent-Length: 5\r\n\r\n"sv},
    {"TE with a comma before", 400, POST_11 "Transfer-Encoding: , chunked\r\n\r\n"sv},
    {"TE with a comma after", 400, POST_11 "Transfer-Encoding: chunked,\r\n\r\n"sv},
    {"TE quoted", 400, POST_11 "Transfer-Encoding: \"chunked\"\r\n\r\n"sv},
    {"TE in single quotes", 400, POST_11 "Transfer-Encoding: 'chunked'\r\n\r\n"sv},
    {"TE with a parameter", 400, POST_11 "Transfer-Encoding: chunked;q=1\r\n\r\n"sv},
    {"TE with an empty parameter", 400, POST_11 "Transfer-Encoding: chunked;\r\n\r\n"sv},
    {"TE xchunked", 400, POST_11 "Transfer-Encoding: xchunked\r\n\r\n"sv},
    {"TE chunkedx", 400, POST_11 "Transfer-Encoding: chunkedx\r\n\r\n"sv},
    {"TE two words", 400, POST_11 "Transfer-Encoding: chunked chunked\r\n\r\n"sv},
    {"TE with a vertical tab", 400,
     POST_11 "Transfer-Encoding: \x0b"
             "chunked\r\n\r\n"sv},
    {"TE with a form feed", 400, POST_11 "Transfer-Encoding: chunked\x0c\r\n\r\n"sv},
    {"TE with a NUL", 400, POST_11 "Transfer-Encoding: chunked\0\r\n\r\n"sv},
    {"TE with a non-breaking space", 400, POST_11 "Transfer-Encoding: chunked\xa0\r\n\r\n"sv},
    {"TE with a long s", 400,
     POST_11 "Tran\xc5\xbf"
             "fer-Encoding: chunked\r\n\r\n"sv},
    {"TE with tabs around", 0, POST_11 "Transfer-Encoding:\tchunked\t\r\n\r\n"sv},
    {"TE with a space before the colon", 400, POST_11 "Transfer-Encoding : chunked\r\n\r\n"sv},
    {"TE with a tab before the colon", 400, POST_11 "Transfer-Encoding\t: chunked\r\n\r\n"sv},
    {"TE folded", 400, POST_11 "Transfer-Encoding:\r\n chunked\r\n\r\n"sv},
    {"TE folded with an empty line", 400, POST_11 "Transfer-Encoding: chunked\r\n \r\n\r\n"sv},
    {"TE folded after a comma", 400, POST_11 "Transfer-Encoding: gzip,\r\n\tchunked\r\n\r\n"sv},
    {"TE hidden behind a bare CR", 400, POST_11 "A: b\rTransfer-Encoding: chunked\r\n\r\n"sv},
    {"TE hidden behind a bare LF", 400, POST_11 "A: b\nTransfer-Encoding: chunked\r\n\r\n"sv},
    {"TE hidden behind a NUL", 400, POST_11 "A: b\0Transfer-Encoding: chunked\r\n\r\n"sv},
    {"TE in HTTP/1.0", 400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"sv},
    {"TE in HTTP/1.0 with keep-alive", 400, "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"sv},
    {"TE in HTTP/1.2", 0, "POST / HTTP/1.2\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"sv},
    {"TE with underscores", 400, POST_11 "Transfer_Encoding: chunked\r\n\r\n"sv},
    {"CL with underscores", 400, POST_11 "Content_Length: 5\r\n\r\n"sv},
    {"CL differing", 400, POST_11 "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"sv},
    {"CL equal", 400, POST_11 "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"sv},
    {"CL list differing", 400, POST_11 "Content-Length: 5, 6\r\n\r\n"sv},
    {"CL list equal", 400, POST_11 "Content-Length: 5, 5\r\n\r\n"sv},
    {"CL with a comma", 400, POST_11 "Content-Length: 5,\r\n\r\n"sv},
    {"CL empty", 400, POST_11 "Content-Length:\r\n\r\n"sv},
    {"CL negative", 400, POST_11 "Content-Length: -5\r\n\r\n"sv},
    {"CL with a plus", 400, POST_11 "Content-Length: +5\r\n\r\n"sv},
    {"CL hexadecimal", 400, POST_11 "Content-Length: 0x5\r\n\r\n"sv},
    {"CL with a fraction", 400, POST_11 "Content-Length: 5.0\r\n\r\n"sv},
    {"CL with an exponent", 400, POST_11 "Content-Length: 5e1\r\n\r\n"sv},
    {"CL with an underscore", 400, POST_11 "Content-Length: 1_0\r\n\r\n"sv},
    {"CL with a space inside", 400, POST_11 "Content-Length: 5 0\r\n\r\n"sv},
    {"CL with garbage", 400, POST_11 "Content-Length: 5x\r\n\r\n"sv},
    {"CL with Arabic digits", 400, POST_11 "Content-Length: \xd9\xa5\r\n\r\n"sv},
    {"CL of 2^64", 400, POST_11 "Content-Length: 18446744073709551616\r\n\r\n"sv},
    {"CL of 2^64 + 5", 400, POST_11 "Content-Length: 18446744073709551621\r\n\r\n"sv},
    {"CL of 99 digits", 400, POST_11 "Content-Length: 9999999999999999999999999999999999999999999999999999999999999\r\n\r\n"sv},
    {"CL with leading zeros", 0, POST_11 "Content-Length: 0000000000000000000000000000000005\r\n\r\n"sv},
    {"CL with a space before the colon", 400, POST_11 "Content-Length : 5\r\n\r\n"sv},
    {"CL folded", 400, POST_11 "Content-Length:\r\n 5\r\n\r\n"sv},
    {"CL on GET", 0, "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n"sv},
};

const Shape field_lines[] = {
    {"no colon", 400, POST_11 "Abc\r\n\r\n"sv},
    {"empty name", 400, POST_11 ": x\r\n\r\n"sv},
    {"name with a space", 400, POST_11 "A b: x\r\n\r\n"sv},
    {"name with a control", 400, POST_11 "A\x01: x\r\n\r\n"sv},
    {"name with a NUL", 400, POST_11 "A\0b: x\r\n\r\n"sv},
    {"name with a slash", 400, POST_11 "A/b: x\r\n\r\n"sv},
    {"name in quotes", 400, POST_11 "\"A\": x\r\n\r\n"sv},
    {"name not ASCII", 400, POST_11 "\xc3\xa4: x\r\n\r\n"sv},
    {"value with a NUL", 400, POST_11 "A: a\0b\r\n\r\n"sv},
    {"value with a bare CR", 400, POST_11 "A: a\rb\r\n\r\n"sv},
    {"value ending with CR CR LF", 400, POST_11 "A: a\r\r\n\r\n"sv},
    {"value with a bare LF", 400, POST_11 "A: a\nB: c\r\n\r\n"sv},
    {"value with a DEL", 400, POST_11 "A: a\x7f\r\n\r\n"sv},
    {"value with an escape", 400, POST_11 "A: a\x1b\r\n\r\n"sv},
    {"value with a tab inside", 0, POST_11 "A: a\tb\r\n\r\n"sv},
    {"value with obs-text", 0, POST_11 "A: \xc3\xa4\r\n\r\n"sv},
    {"value folded", 400, POST_11 "A: a\r\n b\r\n\r\n"sv},
    {"value folded with a tab", 400, POST_11 "A: a\r\n\tb\r\n\r\n"sv},
    {"value folded, first line empty", 400, POST_11 "A:\r\n b\r\n\r\n"sv},
    {"value folded, all lines empty", 400, POST_11 "A:\r\n \r\n\r\n"sv},
    {"value folded, first line of spaces", 400, POST_11 "A:   \r\n\tb\r\n\r\n"sv},
    {"something after the empty line", 400, POST_11 "\r\nGET /x HTTP/1.1\r\n\r\n"sv},
    {"a disguised forwarding name", 400, POST_11 "X_Forwarded_For: 1.2.3.4\r\n\r\n"sv},
    {"a disguised unknown forwarding name", 400, POST_11 "X_Forwarded-Client: 1.2.3.4\r\n\r\n"sv},
    {"a long disguised forwarding name", 400, POST_11 "X_Forwarded_For_The_Client_Before_The_Last_But_One: 1\r\n\r\n"sv},
    {"an underscore of one's own", 0, POST_11 "api_key: x\r\n\r\n"sv},
};

const Shape connection_fields[] = {
    {"close", 0, POST_11 "Connection: close\r\n\r\n"sv},
    {"a stranger", 0, POST_11 "Connection: x-hop\r\nX-Hop: 1\r\n\r\n"sv},
    {"TE, trailer and keep-alive", 0, POST_11 "Connection: TE, Trailer, Keep-Alive, Proxy-Connection\r\n\r\n"sv},
    {"HTTP2-Settings", 0, POST_11 "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"sv},
    {"Host", 400, POST_11 "Connection: close, Host\r\n\r\n"sv},
    {"Content-Length", 400, POST_11 "Connection: content-length\r\nContent-Length: 5\r\n\r\n"sv},
    {"Transfer-Encoding", 400, POST_11 "Connection: Transfer-Encoding\r\n\r\n"sv},
    {"Authorization", 400, POST_11 "Connection: authorization\r\nAuthorization: Token x\r\n\r\n"sv},
    {"Cookie on a second line", 400, POST_11 "Connection: close\r\nConnection: cookie\r\n\r\n"sv},
    {"Cache-Control", 400, POST_11 "Connection: cache-control\r\n\r\n"sv},
    {"Content-Type", 400, POST_11 "Connection: Content-Type\r\n\r\n"sv},
    {"X-Forwarded-For", 400, POST_11 "Connection: X-Forwarded-For\r\n\r\n"sv},
    {"an unknown X-Forwarded name", 400, POST_11 "Connection: X-Forwarded-Client-Cert\r\n\r\n"sv},
    {"X-Real-IP", 400, POST_11 "Connection: X-Real-IP\r\n\r\n"sv},
    {"no token", 400, POST_11 "Connection: \"close\"\r\n\r\n"sv},
    {"two words", 400, POST_11 "Connection: keep alive\r\n\r\n"sv},
};

class SmugglingShapes : public testing::TestWithParam<std::span<const Shape>> {};

TEST_P(SmugglingShapes, AreAnsweredAsTheTableSays) {
    for (const Shape& shape : GetParam()) {
        Fields fields;
        RequestHead out;
        const auto rejection = parse_request_head(shape.head, {}, fields, out);
        EXPECT_EQ(rejection ? rejection->status : 0, shape.status)
            << shape.name << ": " << (rejection ? rejection->detail : "accepted");
        EXPECT_FALSE(rejection && rejection->detail.empty()) << shape.name;
    }
}

TEST_P(SmugglingShapes, AreNotRefusedHalfReadIfTheyAreAcceptedWhole) {
    for (const Shape& shape : GetParam()) {
        const std::size_t end = find_head_end(shape.head, 0);
        for (std::size_t size = 0; size < end; ++size) {
            const auto early = assess_partial_head(shape.head.substr(0, size), {});
            EXPECT_FALSE(early && shape.status == 0) << shape.name << " at " << size;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(StartLines, SmugglingShapes, testing::Values(std::span<const Shape>(start_lines)));
INSTANTIATE_TEST_SUITE_P(Hosts, SmugglingShapes, testing::Values(std::span<const Shape>(hosts)));
INSTANTIATE_TEST_SUITE_P(Framings, SmugglingShapes, testing::Values(std::span<const Shape>(framings)));
INSTANTIATE_TEST_SUITE_P(FieldLines, SmugglingShapes, testing::Values(std::span<const Shape>(field_lines)));
INSTANTIATE_TEST_SUITE_P(ConnectionFields, SmugglingShapes, testing::Values(std::span<const Shape>(connection_fields)));

}  // namespace
}  // namespace sidecache::http1
