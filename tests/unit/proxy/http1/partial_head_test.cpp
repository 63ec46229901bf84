#include "proxy/http1/head.hpp"
#include "proxy/http1/limits.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidecache::http1 {
namespace {

using namespace std::string_literals;

int assess(const std::string& bytes, const HeadLimits& limits = {}) {
    const auto rejection = assess_partial_head(bytes, limits);
    return rejection ? rejection->status : 0;
}

TEST(HeadEnd, IsAfterTheEmptyLine) {
    EXPECT_EQ(find_head_end("", 0), 0u);
    EXPECT_EQ(find_head_end("GET / HTTP/1.1\r\nA: b\r\n", 0), 0u);
    EXPECT_EQ(find_head_end("GET / HTTP/1.1\r\n\r\n", 0), 18u);
    EXPECT_EQ(find_head_end("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n", 0), 18u);
    EXPECT_EQ(find_head_end("a\n\n", 0), 0u);
    EXPECT_EQ(find_head_end("a\r\n\n", 0), 0u);
    EXPECT_EQ(find_head_end("a\n\r\n", 0), 0u);
    EXPECT_EQ(find_head_end("\r\n\r\n", 0), 4u);
}

TEST(HeadEnd, IsFoundHoweverTheBytesArrive) {
    const std::string bytes = "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\nbody\r\n\r\n";
    const std::size_t end = find_head_end(bytes, 0);
    for (std::size_t first = 0; first < end; ++first) {
        ASSERT_EQ(find_head_end(std::string_view(bytes).substr(0, first), 0), 0u);
        EXPECT_EQ(find_head_end(bytes, first), end) << first;
    }
}

TEST(LeadingEmptyLines, AtMostOneIsSkipped) {
    EXPECT_EQ(leading_empty_lines("GET"), 0u);
    EXPECT_EQ(leading_empty_lines("\r"), 0u);
    EXPECT_EQ(leading_empty_lines("\n"), 0u);
    EXPECT_EQ(leading_empty_lines("\r\nGET"), 2u);
    EXPECT_EQ(leading_empty_lines("\r\n\r\nGET"), 2u);
}

TEST(PartialHead, AGoodBeginningIsWaitedFor) {
    const std::string request = "GET /a?b HTTP/1.1\r\nHost: h\r\nA: \xc3\xa4\r\n\r";
    const std::string response = "HTTP/1.1 200 Sch\xc3\xb6n (ja)\r\nA: b\r\n\r";
    for (std::size_t size = 0; size <= request.size(); ++size) EXPECT_EQ(assess(request.substr(0, size)), 0) << size;
    for (std::size_t size = 0; size <= response.size(); ++size) EXPECT_EQ(assess(response.substr(0, size)), 0) << size;
    EXPECT_EQ(assess("\r"), 0);
}

TEST(PartialHead, WhatIsNotHttpIsRefusedAtOnce) {
    for (const std::string& bytes : {"\x16"s, "\x16\x03\x01\x02"s, "\0"s, "\x80"s, " "s, "\n"s, "\r\r"s, "\r\n"s, "\r\nG"s,
                                     "GET:"s, "{\"a\""s, "GET /\x01"s, "GET /\x80"s, "GET /a#"s, "GET /a\r"s, "GET\t/"s}) {
        EXPECT_EQ(assess(bytes), 400) << bytes;
    }
}

TEST(PartialHead, ABareLineFeedIsRefusedNotWaitedFor) {
    EXPECT_EQ(assess("GET / HTTP/1.1\n"), 400);
    EXPECT_EQ(assess("GET / HTTP/1.1\nHost: h\n\n"), 400);
    EXPECT_EQ(assess("GET / HTTP/1.1\r\nHost: h\n"), 400);
    EXPECT_EQ(assess("GET / HTTP/1.1\r\nHost: h\r\n\n"), 400);
    EXPECT_EQ(assess("GET /\n"), 400);
}

TEST(PartialHead, ALongTargetIs414AndALongMethod501) {
    HeadLimits limits;
    limits.target = 10;
    EXPECT_EQ(assess("GET " + std::string(10, '/'), limits), 0);
    EXPECT_EQ(assess("GET " + std::string(10, '/') + " ", limits), 0);
    EXPECT_EQ(assess("GET " + std::string(11, '/'), limits), 414);
    EXPECT_EQ(assess(std::string(32, 'M') + " "), 0);
    EXPECT_EQ(assess(std::string(33, 'M')), 501);
}

TEST(PartialHead, ALargeHeadOrManyLinesAre431) {
    HeadLimits limits;
    limits.head = 40;
    EXPECT_EQ(assess("GET / HTTP/1.1\r\nA: " + std::string(20, 'a'), limits), 0);
    EXPECT_EQ(assess("GET / HTTP/1.1\r\nA: " + std::string(21, 'a'), limits), 431);
    limits = {};
    limits.fields = 2;
    EXPECT_EQ(assess("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\n", limits), 0);
    EXPECT_EQ(assess("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\n", limits), 431);
}

TEST(LineGlimpse, TellsMethodAndPathWithoutTheQuery) {
    const struct {
        std::string_view bytes, method, path;
    } table[] = {
        {"GET /doctors/?search=a HTTP/1.1\r\n", "GET", "/doctors/"},
        {"PATCH /a", "PATCH", "/a"},
        {"GET /a\x01 b", "GET", "/a"},
        {"GET /a#b", "GET", "/a"},
        {"GET http://user:secret@a/ HTTP/1.1", "GET", "-"},
        {"OPTIONS * HTTP/1.1", "OPTIONS", "-"},
        {"GET", "-", "-"},
        {"", "-", "-"},
        {" /a", "-", "-"},
        {"G\"T /a", "-", "-"},
        {"\x16\x03\x01 /a", "-", "-"},
    };
    for (const auto& [bytes, method, path] : table) {
        const LineGlimpse line = glimpse_request_line(bytes);
        EXPECT_EQ(line.method, method) << bytes;
        EXPECT_EQ(line.path, path) << bytes;
    }
    EXPECT_EQ(glimpse_request_line(std::string(max_method_size + 1, 'A') + " /").method, "-");
}

}  // namespace
}  // namespace sidecache::http1
