#include "proxy/http1/write.hpp"

#include "proxy/http1/head.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidecache::http1 {
namespace {

TEST(Writing, ARequestHead) {
    std::string out;
    append_request_line(out, "GET", "/a?b");
    append_field(out, "Host", "h");
    append_field(out, "Content-Length", std::uint64_t{18446744073709551615u});
    append_end(out);
    EXPECT_EQ(out, "GET /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\n\r\n");
}

TEST(Writing, AStatusLineHasItsReasonAndTheSpaceBeforeIt) {
    std::string out;
    append_status_line(out, 404);
    append_status_line(out, 599);
    EXPECT_EQ(out, "HTTP/1.1 404 Not Found\r\nHTTP/1.1 599 \r\n");
}

TEST(Writing, ReasonsAreThoseOfRfc9110) {
    EXPECT_EQ(reason_phrase(200), "OK");
    EXPECT_EQ(reason_phrase(413), "Content Too Large");
    EXPECT_EQ(reason_phrase(422), "Unprocessable Content");
    EXPECT_EQ(reason_phrase(299), "");
    EXPECT_EQ(reason_phrase(-1), "");
}

#ifndef NDEBUG
TEST(WritingDeathTest, ALineBreakInAValueIsOurError) {
    std::string out;
    EXPECT_DEATH(append_field(out, "A", "b\r\nC: d"), "");
    EXPECT_DEATH(append_field(out, "A:", "b"), "");
    EXPECT_DEATH(append_request_line(out, "GET", "/a b"), "");
}
#endif

TEST(HopByHop, IsWhatRfc9110SaysAndWhatConnectionLists) {
    const std::string head =
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: close, X-Hop\r\nConnection: x-other\r\nKeep-Alive: "
        "timeout=5\r\nProxy-Connection: close\r\n"
        "TE: trailers\r\nTrailer: A\r\nTransfer-Encoding: chunked\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
        "Proxy-Authorization: Basic eDp5\r\nProxy-Authentication-Info: a\r\nX-HOP: 1\r\nX-Other: 2\r\nX-Mine: 3\r\nAccept: "
        "*/*\r\n\r\n";
    Fields fields;
    RequestHead request;
    ASSERT_FALSE(parse_request_head(head, {}, fields, request));
    std::string kept;
    for (const http::Field& field : request.view.fields) {
        if (!is_hop_by_hop(field, request.view.fields)) kept.append(field.name).append(" ");
    }
    EXPECT_EQ(kept, "Host X-Mine Accept ");
}

}  // namespace
}  // namespace sidecache::http1
