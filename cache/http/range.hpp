// Range and Content-Range of the unit `bytes` (RFC 9110 §14).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::http {

// Larger numbers count as this one (§14.1.2 asks that none overflows), so that lengths can be added.
inline constexpr std::uint64_t max_position = std::numeric_limits<std::int64_t>::max();

// Bytes `first` to `last` of a representation, both included: never empty.
struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    constexpr std::uint64_t length() const noexcept { return last - first + 1; }
    constexpr bool contains(const ByteRange& other) const noexcept { return first <= other.first && other.last <= last; }
    friend bool operator==(const ByteRange&, const ByteRange&) = default;
};
using ByteRanges = std::vector<ByteRange>;

// One range-spec as it is written (§14.1.1): `first-last`, `first-` (no last), `-last` (no first: the last so many bytes).
struct RangeSpec {
    std::optional<std::uint64_t> first{};
    std::optional<std::uint64_t> last{};
    friend bool operator==(const RangeSpec&, const RangeSpec&) = default;
};
using RangeSpecs = std::vector<RangeSpec>;

// A value of Range. nullopt, which means that the field is ignored (§14.2): another unit than bytes, anything malformed, one invalid
// range-spec among valid ones (§14.1.1), no range-spec at all, or more than `limit` of them.
std::optional<RangeSpecs> parse_range(std::string_view value, std::size_t limit);

// The bytes meant, of a representation of this length; nullopt: not satisfiable (§14.1.2).
std::optional<ByteRange> resolve(const RangeSpec& spec, std::uint64_t complete_length) noexcept;

void append_range(std::string& out, std::span<const RangeSpec> specs);  // a value of Range: "bytes=0-4,10-"

// A value of Content-Range (§14.4): `bytes 0-9/100`, `bytes 0-9/*` (no complete length), `bytes */100` (no range: of a 416).
struct ContentRange {
    std::optional<ByteRange> range{};
    std::optional<std::uint64_t> complete_length{};
    friend bool operator==(const ContentRange&, const ContentRange&) = default;
};

// nullopt for whatever is not exactly of that form, for another unit, for a last byte before the first or not before the complete
// length (§14.4: invalid), and for a number over max_position.
std::optional<ContentRange> parse_content_range(std::string_view value) noexcept;

void append_content_range(std::string& out, const ByteRange& range, std::optional<std::uint64_t> complete_length);
void append_unsatisfied_range(std::string& out, std::uint64_t complete_length);  // §15.5.17: "bytes */100"

}  // namespace sidecache::http
