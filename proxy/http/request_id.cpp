#include "proxy/http/request_id.hpp"

#include <array>
#include <cstring>

namespace sidecache::door {
namespace {

constexpr std::size_t longest = 128;

// splitmix64 (Steele, Lea, Flood 2014): neighbours look different.
std::uint64_t mix(std::uint64_t value) noexcept {
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
    return value ^ (value >> 31);
}

// Four octets as eight hexadecimal digits in the octets of the result, all at once: an id is made for every hit.
constexpr std::uint64_t hexadecimal(std::uint32_t value) noexcept {
    std::uint64_t nibbles = value;
    nibbles = (nibbles | (nibbles << 16)) & 0x0000FFFF0000FFFFULL;
    nibbles = (nibbles | (nibbles << 8)) & 0x00FF00FF00FF00FFULL;
    nibbles = (nibbles | (nibbles << 4)) & 0x0F0F0F0F0F0F0F0FULL;
    const std::uint64_t letters = ((nibbles + 0x0606060606060606ULL) >> 4) & 0x0101010101010101ULL;  // 1 for each that is 10 or more
    return nibbles + 0x3030303030303030ULL + letters * ('a' - 10 - '0');
}
static_assert(hexadecimal(0x09AF1234) == 0x3039616631323334ULL);

}  // namespace

RequestId::RequestId(const http::RequestView& request, std::string_view header, std::uint64_t count) {
    if (header.empty()) return;
    for (const http::Field& field : request.fields) {
        const bool is_it = field.name.size() == header.size() && http::iequals(field.name, header);  // its size first, here: for every field of every hit
        if (!is_it || field.value.empty() || field.value.size() > longest) continue;
        text_ = field.value;
        return;
    }
    for (std::size_t half = 0; half < 2; ++half) {
        const std::uint64_t mixed = mix(count + half * 0x9E3779B97F4A7C15ULL);
        for (const std::size_t word : {0, 1}) {
            const std::uint64_t digits = hexadecimal(static_cast<std::uint32_t>(mixed >> (word * 32)));
            std::memcpy(made_.data() + half * 16 + word * 8, &digits, sizeof digits);
        }
    }
    text_ = {made_.data(), made_.size()};
}

std::string_view traceparent_of(const http::RequestView& request) noexcept {
    if (!request.names.has(http::FieldName::traceparent) || http::count(request.fields, http::FieldName::traceparent) != 1) return {};
    const std::string_view value = *http::value_of(request.fields, http::FieldName::traceparent);
    constexpr std::size_t size = 55;  // of version 00; later ones may go on behind a hyphen
    const auto is_hex = [value](std::size_t begin, std::size_t count) {
        return value.substr(begin, count).find_first_not_of("0123456789abcdef") == std::string_view::npos;
    };
    const auto is_zero = [value](std::size_t begin, std::size_t count) { return value.substr(begin, count).find_first_not_of('0') == std::string_view::npos; };
    const bool has_shape = value.size() >= size && value[2] == '-' && value[35] == '-' && value[52] == '-' && is_hex(0, 2) && is_hex(3, 32) && is_hex(36, 16) && is_hex(53, 2);
    if (!has_shape || value.starts_with("ff") || is_zero(3, 32) || is_zero(36, 16)) return {};
    if (value.size() > size && (value.starts_with("00") || value[size] != '-')) return {};
    return value;
}

}  // namespace sidecache::door
