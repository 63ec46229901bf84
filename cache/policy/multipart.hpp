// The content of a multipart/byteranges response (RFC 9110 §14.6): the texts that stand between the slices of a stored content.
#pragma once

#include "cache/http/range.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::policy {

// 128 random bits, drawn anew for each response: the boundary must not occur in the content (RFC 2046 §5.1.1), and whoever writes content
// cannot know it beforehand.
struct Boundary {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
};

struct Multipart {
    struct Part {
        std::string head;  // delimiter, fields and empty line: sent before the slice
        http::ByteRange slice;
    };
    std::string content_type;          // of the response
    std::uint64_t content_length = 0;  // of the response: all heads, slices and the closing
    std::vector<Part> parts;
    std::string closing;               // sent after the last slice
};

// `content_type`: of the representation; empty if it has none, then the parts have none.
Multipart make_multipart(std::span<const http::ByteRange> ranges, std::string_view content_type,
                         std::optional<std::uint64_t> complete_length, const Boundary& boundary);

// What make_multipart would give as content_length, without the texts.
std::uint64_t multipart_length(std::span<const http::ByteRange> ranges, std::string_view content_type,
                               std::optional<std::uint64_t> complete_length) noexcept;

// Bytes that one more part costs at most, beside its slice.
std::uint64_t part_overhead(std::string_view content_type, std::uint64_t complete_length) noexcept;

}  // namespace sidecache::policy
