#include "cache/policy/multipart.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace sidecache::policy {
namespace {

using http::ByteRange;
using http::ByteRanges;

constexpr Boundary boundary{0x0123456789abcdefULL, 0xfedcba9876543210ULL};
constexpr std::string_view boundary_text = "0123456789abcdeffedcba9876543210";

// What a client receives.
std::string assemble(const Multipart& multipart, std::string_view content) {
    std::string out;
    for (const Multipart::Part& part : multipart.parts) {
        out.append(part.head).append(content.substr(part.slice.first, part.slice.length()));
    }
    return out.append(multipart.closing);
}

// RFC 9110 §15.3.7.2, its example with a shorter content
TEST(Multipart, HasTheContentTypeAndContentRangeOfEachPart) {
    const Multipart multipart = make_multipart(ByteRanges{{0, 4}, {9, 9}}, "application/pdf", 10, boundary);
    EXPECT_EQ(multipart.content_type, "multipart/byteranges; boundary=0123456789abcdeffedcba9876543210");
    EXPECT_EQ(assemble(multipart, "0123456789"),
              "--0123456789abcdeffedcba9876543210\r\n"
              "Content-Type: application/pdf\r\n"
              "Content-Range: bytes 0-4/10\r\n"
              "\r\n"
              "01234\r\n"
              "--0123456789abcdeffedcba9876543210\r\n"
              "Content-Type: application/pdf\r\n"
              "Content-Range: bytes 9-9/10\r\n"
              "\r\n"
              "9\r\n"
              "--0123456789abcdeffedcba9876543210--\r\n");
}

TEST(Multipart, HasNoContentTypeInItsPartsWhereTheRepresentationHasNone) {
    const Multipart multipart = make_multipart(ByteRanges{{0, 0}}, "", 1, boundary);
    EXPECT_EQ(
        assemble(multipart, "x"),
        "--0123456789abcdeffedcba9876543210\r\nContent-Range: bytes 0-0/1\r\n\r\nx\r\n--0123456789abcdeffedcba9876543210--\r\n");
}

TEST(Multipart, SaysWhenTheCompleteLengthIsUnknown) {
    const Multipart multipart = make_multipart(ByteRanges{{5, 9}, {20, 29}}, "a/b", std::nullopt, boundary);
    EXPECT_NE(multipart.parts[0].head.find("\r\nContent-Range: bytes 5-9/*\r\n\r\n"), std::string::npos);
    EXPECT_NE(multipart.parts[1].head.find("\r\nContent-Range: bytes 20-29/*\r\n\r\n"), std::string::npos);
}

TEST(Multipart, WritesEachBitOfTheBoundary) {
    for (const auto& [bits, text] : {std::pair{Boundary{0, 0}, "00000000000000000000000000000000"},
                                     {Boundary{1, 0}, "00000000000000010000000000000000"},
                                     {Boundary{~0ULL, ~0ULL}, "ffffffffffffffffffffffffffffffff"}}) {
        EXPECT_EQ(make_multipart(ByteRanges{{0, 0}}, "", 1, bits).content_type,
                  "multipart/byteranges; boundary=" + std::string(text));
    }
}

// Reads as a client would: delimiter, fields, empty line, content up to the next delimiter.
struct ReadPart {
    ByteRange range;
    std::string type, content;
};
std::vector<ReadPart> read_parts(std::string_view body) {
    const std::string delimiter = "\r\n--" + std::string(boundary_text);
    std::vector<ReadPart> parts;
    const std::string all = "\r\n" + std::string(body);
    std::size_t at = all.find(delimiter);
    EXPECT_EQ(at, 0U);
    while (all.compare(at + delimiter.size(), 2, "--") != 0) {
        const std::size_t head = at + delimiter.size() + 2;
        const std::size_t end_of_head = all.find("\r\n\r\n", head) + 2;
        at = all.find(delimiter, end_of_head);
        if (at == std::string::npos) return {};
        ReadPart part;
        for (std::size_t line = head; line < end_of_head;) {
            const std::size_t end = all.find("\r\n", line);
            const std::string text = all.substr(line, end - line);
            if (text.starts_with("Content-Type: ")) part.type = text.substr(14);
            if (text.starts_with("Content-Range: "))
                part.range = http::parse_content_range(text.substr(15)).value().range.value();
            line = end + 2;
        }
        part.content = all.substr(end_of_head + 2, at - end_of_head - 2);
        parts.push_back(std::move(part));
    }
    EXPECT_EQ(all.substr(at), delimiter + "--\r\n");
    return parts;
}

TEST(Multipart, IsReadBackAsTheSlicesThatWentIntoIt) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 500; ++round) {
        std::string content(1 + random() % 3000, ' ');
        for (char& c : content) c = "\r\n-0a"[random() % 5];  // what delimiters are made of
        const std::string type = random() % 3 == 0 ? "" : "text/" + std::string(1 + random() % 40, 'x');
        ByteRanges ranges;
        for (std::size_t count = 1 + random() % 8; count > 0; --count) {
            const std::uint64_t first = random() % content.size();
            ranges.push_back({first, first + random() % (content.size() - first)});
        }
        const Multipart multipart = make_multipart(ranges, type, content.size(), boundary);
        const std::string body = assemble(multipart, content);
        ASSERT_EQ(body.size(), multipart.content_length);
        ASSERT_EQ(multipart_length(ranges, type, content.size()), multipart.content_length);

        const auto parts = read_parts(body);
        ASSERT_EQ(parts.size(), ranges.size());
        for (std::size_t i = 0; i < parts.size(); ++i) {
            ASSERT_EQ(parts[i].range, ranges[i]);
            ASSERT_EQ(parts[i].type, type);
            ASSERT_EQ(parts[i].content, content.substr(ranges[i].first, ranges[i].length()));
            ASSERT_LE(multipart.parts[i].head.size(), part_overhead(type, content.size()));
        }
    }
}

TEST(Multipart, HasALengthForTheLargestNumbers) {
    const ByteRanges ranges{{0, 0}, {http::max_position - 1, http::max_position - 1}};
    for (const auto complete_length : {std::optional(http::max_position), std::optional<std::uint64_t>()}) {
        EXPECT_EQ(multipart_length(ranges, "a/b", complete_length),
                  make_multipart(ranges, "a/b", complete_length, boundary).content_length);
    }
}

}  // namespace
}  // namespace sidecache::policy
