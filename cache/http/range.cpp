#include "cache/http/range.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/field.hpp"
#include "cache/http/list.hpp"

#include <algorithm>
#include <charconv>

namespace sidecache::http {
namespace {

constexpr std::string_view unit = "bytes";

// 1*DIGIT off the front of `rest`. nullopt if no digit stands there; too large a number is max_position + 1.
std::optional<std::uint64_t> take_number(std::string_view& rest) noexcept {
    if (rest.empty() || !is_digit(rest.front())) return std::nullopt;
    std::uint64_t number = 0;
    for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1)) {
        const auto digit = static_cast<std::uint64_t>(rest.front() - '0');
        // Past the limit it stays there: every further digit only makes it larger.
        number = number > (max_position - digit) / 10 ? max_position + 1 : number * 10 + digit;
    }
    return number;
}

std::optional<std::uint64_t> take_position(std::string_view& rest) noexcept {
    const auto number = take_number(rest);
    return number ? std::optional(std::min(*number, max_position)) : std::nullopt;
}

bool take(std::string_view& rest, char expected) noexcept {
    if (rest.empty() || rest.front() != expected) return false;
    rest.remove_prefix(1);
    return true;
}

// RFC 9110 §14.1: unit names are case-insensitive.
bool take_unit(std::string_view& rest) noexcept {
    if (!iequals(rest.substr(0, unit.size()), unit)) return false;
    rest.remove_prefix(unit.size());
    return true;
}

std::optional<RangeSpec> parse_spec(std::string_view text) noexcept {
    RangeSpec spec;
    spec.first = take_position(text);
    if (!take(text, '-')) return std::nullopt;
    spec.last = take_position(text);
    if (!text.empty() || (!spec.first && !spec.last)) return std::nullopt;
    // RFC 9110 §14.1.1: an int-range whose last position is before its first is invalid, and with it the whole set.
    if (spec.first && spec.last && *spec.last < *spec.first) return std::nullopt;
    return spec;
}

void append_number(std::string& out, std::uint64_t number) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
    out.append(digits, end);
}

}  // namespace

std::optional<RangeSpecs> parse_range(std::string_view value, std::size_t limit) {
    if (!take_unit(value) || !take(value, '=')) return std::nullopt;
    RangeSpecs specs;
    while (!value.empty()) {
        const std::size_t comma = value.find(',');
        const std::string_view member = trim(value.substr(0, comma));
        value.remove_prefix(comma == std::string_view::npos ? value.size() : comma + 1);
        if (member.empty()) continue;  // RFC 9110 §5.6.1.2
        const auto spec = parse_spec(member);
        if (!spec || specs.size() == limit) return std::nullopt;
        specs.push_back(*spec);
    }
    if (specs.empty()) return std::nullopt;
    return specs;
}

std::optional<ByteRange> resolve(const RangeSpec& spec, std::uint64_t complete_length) noexcept {
    // §14.1.2 calls a suffix of an empty representation satisfiable; no Content-Range could say which bytes it is.
    if (complete_length == 0) return std::nullopt;
    const std::uint64_t end = complete_length - 1;
    if (!spec.first) {
        if (spec.last.value_or(0) == 0) return std::nullopt;
        return ByteRange{complete_length - std::min(*spec.last, complete_length), end};
    }
    if (*spec.first > end) return std::nullopt;
    return ByteRange{*spec.first, std::min(spec.last.value_or(end), end)};
}

void append_range(std::string& out, std::span<const RangeSpec> specs) {
    out.append(unit);
    char separator = '=';
    for (const RangeSpec& spec : specs) {
        out += separator;
        if (spec.first) append_number(out, *spec.first);
        out += '-';
        if (spec.last) append_number(out, *spec.last);
        separator = ',';
    }
}

std::optional<ContentRange> parse_content_range(std::string_view value) noexcept {
    if (!take_unit(value) || !take(value, ' ')) return std::nullopt;
    ContentRange parsed;
    if (!take(value, '*')) {
        const auto first = take_number(value);
        if (!first || !take(value, '-')) return std::nullopt;
        const auto last = take_number(value);
        if (!last || *last < *first || *last > max_position) return std::nullopt;
        parsed.range = ByteRange{*first, *last};
    }
    if (!take(value, '/')) return std::nullopt;
    if (parsed.range && value == "*") return parsed;
    parsed.complete_length = take_number(value);
    if (!parsed.complete_length || *parsed.complete_length > max_position || !value.empty()) return std::nullopt;
    if (parsed.range && *parsed.complete_length <= parsed.range->last) return std::nullopt;
    return parsed;
}

void append_content_range(std::string& out, const ByteRange& range, std::optional<std::uint64_t> complete_length) {
    out.append(unit).append(" ");
    append_number(out, range.first);
    out += '-';
    append_number(out, range.last);
    out += '/';
    if (complete_length) {
        append_number(out, *complete_length);
    } else {
        out += '*';
    }
}

void append_unsatisfied_range(std::string& out, std::uint64_t complete_length) {
    out.append(unit).append(" */");
    append_number(out, complete_length);
}

}  // namespace sidecache::http
