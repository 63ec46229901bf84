#include "cache/seal/key_text.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <optional>

namespace sidecache::seal {
namespace {

constexpr std::size_t key_size = 32;
// Of 32 random octets, 11 or fewer different ones come up once in 10^25 keys; "deadbeef" eight times has 4.
constexpr std::size_t min_different = 12;

std::string problem(std::string says) { return says + " (to make one: openssl rand -hex 32)."; }

constexpr std::uint8_t no_value = 0xFF;
using Table = std::array<std::uint8_t, 256>;

constexpr Table table_of(std::string_view alphabet, std::string_view second_spelling, std::uint8_t first_of_second) {
    Table table{};
    table.fill(no_value);
    std::uint8_t value = 0;
    for (const unsigned char c : alphabet) table[c] = value++;
    for (const unsigned char c : second_spelling) table[c] = first_of_second++;
    return table;
}

constexpr Table hex_digits = table_of("0123456789abcdef", "ABCDEF", 10);
constexpr Table base64_digits = table_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", "-_", 62);

bool are_all(std::string_view text, const Table& digits) {
    return std::all_of(text.begin(), text.end(), [&](unsigned char c) { return digits[c] != no_value; });
}

std::string_view without_line_end(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

bool is_text(std::string_view content) {
    return std::all_of(content.begin(), content.end(), [](char c) { return (c >= ' ' && c <= '~') || c == '\t' || c == '\n' || c == '\r'; });
}

// Digits of `bits_each` bits, the first the highest. nullopt where bits are left over that are not zero: the text was cut or mistyped (RFC 4648 §3.5).
std::optional<KeyOctets> decode(std::string_view text, const Table& digits, int bits_each) {
    KeyOctets key;
    auto out = key.fill().begin();
    std::uint32_t bits = 0;
    int held = 0;
    for (const unsigned char c : text) {
        bits = bits << bits_each | digits[c];
        held += bits_each;
        if (held < 8) continue;
        held -= 8;
        *out++ = static_cast<unsigned char>(bits >> held);
    }
    if ((bits & ((1U << held) - 1)) != 0) return std::nullopt;
    return key;
}

std::string describe_length(std::string_view content, std::string_view text) {
    if (text.size() == 2 * key_size) return problem("The key has 64 characters, of which not all are hexadecimal digits");
    if (text.size() == 43 || text.size() == 44) return problem("The key has " + std::to_string(text.size()) + " characters, which are not base64 of 32 octets");
    return problem("The key has " + std::to_string(content.size()) + " octets, expected 64 hexadecimal digits, base64 of 32 octets, or 32 octets as they are");
}

}  // namespace

boost::system::result<KeyOctets, std::string> read_key_text(std::string_view content) {
    const std::string_view text = without_line_end(content);
    if (text.empty()) return problem("The key is empty");
    // 32 characters are a password, or the digits of 16 octets: nothing that takes 2^256 guesses.
    if ((content.size() == key_size || text.size() == key_size) && is_text(content))
        return problem("The key is 32 characters of text, expected 32 random octets or 64 hexadecimal digits");

    std::optional<KeyOctets> key;
    const std::string_view unpadded = text.size() == 44 && text.ends_with('=') ? text.substr(0, 43) : text;
    if (content.size() == key_size) {
        key.emplace();
        std::copy(content.begin(), content.end(), key->fill().begin());
    } else if (text.size() == 2 * key_size && are_all(text, hex_digits)) {
        key = decode(text, hex_digits, 4);
    } else if (unpadded.size() == 43 && are_all(unpadded, base64_digits)) {
        key = decode(unpadded, base64_digits, 6);
        if (!key) return problem("The key is base64 that does not end where 32 octets end: it was cut or mistyped");
    } else {
        return describe_length(content, text);
    }

    std::bitset<256> seen;
    for (const unsigned char octet : key->reveal()) seen.set(octet);
    if (seen.count() == 1) return problem("The key is one octet 32 times, which is not random");
    if (seen.count() < min_different) return problem("The key is " + std::to_string(seen.count()) + " different octets over and over, which is not random");
    return *std::move(key);
}

}  // namespace sidecache::seal
