#include "cache/policy/multipart.hpp"

#include <string_view>

namespace sidecache::policy {
namespace {

using http::ByteRange;

constexpr std::size_t boundary_digits = 32;
constexpr std::string_view line_end = "\r\n";
constexpr std::string_view dashes = "--";
constexpr std::string_view type_name = "Content-Type: ";
constexpr std::string_view range_name = "Content-Range: ";
constexpr std::string_view range_marks = "bytes -/";  // what Content-Range holds beside its numbers

void append_hex(std::string& out, std::uint64_t bits) {
    for (int shift = 60; shift >= 0; shift -= 4) out += "0123456789abcdef"[(bits >> shift) & 15];
}

constexpr std::uint64_t digits_of(std::uint64_t number) noexcept {
    std::uint64_t digits = 1;
    for (; number >= 10; number /= 10) ++digits;
    return digits;
}

std::string make_head(const ByteRange& range, std::string_view content_type, std::optional<std::uint64_t> complete_length,
                      std::string_view delimiter) {
    std::string head;
    head.append(delimiter).append(line_end);
    // RFC 9110 §15.3.7.2: the Content-Type that a 200 would have had, in each part.
    if (!content_type.empty()) head.append(type_name).append(content_type).append(line_end);
    head.append(range_name);
    http::append_content_range(head, range, complete_length);
    head.append(line_end).append(line_end);
    return head;
}

// As long as what make_head gives, with the line end that precedes a delimiter.
std::uint64_t head_length(const ByteRange& range, std::string_view content_type,
                          std::optional<std::uint64_t> complete_length) noexcept {
    std::uint64_t length = line_end.size() + dashes.size() + boundary_digits + line_end.size();
    if (!content_type.empty()) length += type_name.size() + content_type.size() + line_end.size();
    length += range_name.size() + range_marks.size() + digits_of(range.first) + digits_of(range.last);
    return length + (complete_length ? digits_of(*complete_length) : 1) + 2 * line_end.size();
}

}  // namespace

Multipart make_multipart(std::span<const ByteRange> ranges, std::string_view content_type,
                         std::optional<std::uint64_t> complete_length, const Boundary& boundary) {
    std::string text;
    append_hex(text, boundary.high);
    append_hex(text, boundary.low);
    // The line end before a delimiter belongs to it, not to the slice (RFC 2046 §5.1.1); the first one needs none.
    const std::string delimiter = std::string(line_end).append(dashes).append(text);

    Multipart multipart;
    multipart.content_type =
        "multipart/byteranges; boundary=" + text;  // unquoted: RFC 9110 §14.6 warns of readers of quoted ones
    multipart.parts.reserve(ranges.size());
    for (const ByteRange& range : ranges) {
        const auto skipped = multipart.parts.empty() ? line_end.size() : 0;
        multipart.parts.push_back(
            {make_head(range, content_type, complete_length, std::string_view(delimiter).substr(skipped)), range});
        multipart.content_length += multipart.parts.back().head.size() + range.length();
    }
    multipart.closing.append(delimiter).append(dashes).append(line_end);
    multipart.content_length += multipart.closing.size();
    return multipart;
}

std::uint64_t multipart_length(std::span<const ByteRange> ranges, std::string_view content_type,
                               std::optional<std::uint64_t> complete_length) noexcept {
    // The first delimiter lacks its line end; the closing one has two dashes and a line end more.
    std::uint64_t length = dashes.size() + boundary_digits + dashes.size() + line_end.size();
    for (const ByteRange& range : ranges) length += head_length(range, content_type, complete_length) + range.length();
    return length;
}

std::uint64_t part_overhead(std::string_view content_type, std::uint64_t complete_length) noexcept {
    return head_length({complete_length, complete_length}, content_type, complete_length);
}

}  // namespace sidecache::policy
