// Heads changed at random: whatever of them is accepted, Beast accepts and reads the same. tests/fuzz asks the same of heads that a fuzzer makes.
#include "tests/unit/proxy/http1/beast_reading.hpp"

#include <gtest/gtest.h>

#include <random>
#include <span>
#include <string>
#include <string_view>

namespace sidecache::http1 {
namespace {

using namespace std::string_view_literals;

constexpr HeadLimits limits{200, 2000, 20};

const std::string_view seeds[] = {
    "GET /api/doctors/?page=2 HTTP/1.1\r\nHost: h\r\nAccept: text/html, */*;q=0.8\r\nAccept-Encoding: gzip\r\nCookie: a=b; c=d\r\n\r\n"sv,
    "POST / HTTP/1.1\r\nhost: h:80\r\nContent-Length: 5\r\nX-Empty:\r\nX-Tab:\ta\tb \t\r\nX-Obs: \xc3\xa4\xff\x80\x7e\r\n\r\n"sv,
    "PUT http://h/x HTTP/1.0\r\nHost: other\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"sv,
};
// What parsers stumble over, and pieces to make a field of.
const std::string_view pieces[] = {"\r\n"sv, "\r"sv, "\n"sv, " "sv, "\t"sv, ":"sv, "\0"sv, "\x7f"sv, "\x1f"sv, "\x80"sv, ","sv, "a: b\r\n"sv, "Content-Length: 5\r\n"sv, "_"sv, "\""sv};

std::string change(std::string head, std::minstd_rand& random) {
    for (auto changes = 1 + random() % 3; changes > 0; --changes) {
        const std::size_t at = random() % head.size();
        const std::string_view piece = pieces[random() % std::size(pieces)];
        switch (random() % 4) {
            case 0: head.insert(at, piece); break;
            case 1: head.replace(at, std::min(piece.size(), head.size() - at), piece); break;
            case 2: head.erase(at, 1 + random() % 3); break;
            default: head[at] = static_cast<char>(random() % 256);
        }
        if (head.empty()) head = "x";
    }
    return head;
}

struct Compared {
    int accepted = 0;
    int refused_by_us_alone = 0;
};

// `read(head)`: what we read in it; null: it is refused.
template <bool is_request, typename Read>
void compare(std::span<const std::string_view> seeds, unsigned first, Read read, Compared& out) {
    std::minstd_rand random(first);
    for (int i = 0; i < 60'000; ++i) {
        const std::string head = change(std::string(seeds[random() % seeds.size()]), random);
        const testing::BeastReading<is_request> theirs(head);
        const auto* const ours = read(head);
        if (ours == nullptr) {
            out.refused_by_us_alone += theirs.is_read();
            continue;
        }
        if (!testing::is_comparable(head, *ours)) continue;
        ++out.accepted;
        ASSERT_TRUE(theirs.agrees_with(*ours)) << ::testing::PrintToString(head);
    }
}

TEST(RequestHead, IsReadAsBeastReadsItWhereverItIsAccepted) {
    Fields fields;
    RequestHead out;
    Compared compared;
    const auto read = [&](const std::string& head) { return parse_request_head(head, limits, fields, out) ? nullptr : &out; };
    compare<true>(seeds, 20260101, read, compared);
    EXPECT_GT(compared.accepted, 5'000);
    EXPECT_GT(compared.refused_by_us_alone, 1'000) << "it is lenient, so that we do not ask it";
}

const std::string_view answers[] = {
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nCache-Control: max-age=60, public\r\nVary: Accept, Cookie\r\nContent-Length: 12\r\n\r\n"sv,
    "HTTP/1.0 404 Not Found\r\nServer: a\r\nX-Empty:\r\nX-Tab:\ta\tb \t\r\nX-Obs: \xc3\xa4\xff\x80\x7e\r\nConnection: close\r\n\r\n"sv,
    "HTTP/1.1 304 \r\nETag: \"a\"\r\nDate: Tue, 01 Dec 2026 08:00:00 GMT\r\n\r\n"sv,
    "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\nSet-Cookie: a=b\r\n\r\n"sv,
};

TEST(ResponseHead, IsReadAsBeastReadsItWhereverItIsAccepted) {
    Fields fields;
    ResponseHead out;
    Compared compared;
    const auto read = [&](const std::string& head) { return parse_response_head(head, limits, http::Method::get, fields, out) ? &out : nullptr; };
    compare<false>(answers, 20261130, read, compared);
    EXPECT_GT(compared.accepted, 5'000);
    EXPECT_GT(compared.refused_by_us_alone, 500) << "it is lenient, so that we do not ask it";
}

// The one thing that is laxer: it means nothing, and never leaves here (write.cpp drops it).
TEST(RequestHead, MayHaveAnyProxyConnection) {
    const std::string head = "GET / HTTP/1.1\r\nHost: h\r\nProxy-Connection: @\r\n\r\n";
    Fields fields;
    RequestHead out;
    EXPECT_FALSE(parse_request_head(head, limits, fields, out));
    EXPECT_FALSE(testing::BeastReading<true>(head).is_read());
}

}  // namespace
}  // namespace sidecache::http1
