#include "cache/jwt/base64url.hpp"

#include <array>
#include <cstdint>

namespace sidecache::jwt {
namespace {

constexpr std::uint8_t no_value = 0xFF;

constexpr std::array<std::uint8_t, 256> values = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(no_value);
    std::uint8_t value = 0;
    for (const unsigned char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
        table[c] = value++;
    return table;
}();

}  // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
    if (text.size() % 4 == 1) return std::nullopt;
    std::string octets;
    octets.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    int held = 0;
    for (const unsigned char c : text) {
        if (values[c] == no_value) return std::nullopt;
        bits = bits << 6 | values[c];
        held += 6;
        if (held < 8) continue;
        held -= 8;
        octets += static_cast<char>(bits >> held & 0xFF);
    }
    // RFC 4648 §3.5: a decoder may refuse spare bits that are set. One token, one spelling.
    if ((bits & ((1U << held) - 1)) != 0) return std::nullopt;
    return octets;
}

}  // namespace sidecache::jwt
