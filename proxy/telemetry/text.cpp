#include "proxy/telemetry/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace sidecache::telemetry {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view digits = "0123456789abcdef";

// A table, since nearly every byte of a log goes through it.
constexpr std::array<bool, 256> plain_bytes = [] {
    std::array<bool, 256> plain{};
    for (std::size_t byte = 0x20; byte < 0x7F; ++byte) plain[byte] = byte != '"' && byte != '\\';
    return plain;
}();
bool is_plain(char character) noexcept { return plain_bytes[static_cast<std::uint8_t>(character)]; }

// What the first byte of a sequence promises; 0: none begins so.
std::size_t length_from(std::uint8_t first) noexcept {
    if (first >= 0xC2 && first <= 0xDF) return 2;
    if (first >= 0xE0 && first <= 0xEF) return 3;
    if (first >= 0xF0 && first <= 0xF4) return 4;
    return 0;
}

// The length of the well-formed UTF-8 sequence of two to four bytes that `bytes` begins with; 0: there is none (RFC 3629 §4).
std::size_t sequence_length(std::string_view bytes) noexcept {
    const auto byte = [&](std::size_t index) { return static_cast<std::uint8_t>(bytes[index]); };
    const std::uint8_t first = byte(0);
    const std::size_t length = length_from(first);
    if (length == 0 || bytes.size() < length) return 0;
    const std::uint8_t lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;   // no overlong form
    const std::uint8_t highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;  // no surrogate, nothing past U+10FFFF
    if (byte(1) < lowest || byte(1) > highest) return 0;
    for (std::size_t index = 2; index < length; ++index) {
        if ((byte(index) & 0xC0) != 0x80) return 0;
    }
    return length;
}

void append_hex(std::string& out, char character) {
    const auto byte = static_cast<std::uint8_t>(character);
    out += digits[byte >> 4];
    out += digits[byte & 0xF];
}

// Copies what may stand as it is; each other ASCII byte goes to `escape`, each byte that is not UTF-8 to `replace`.
template <typename Escape, typename Replace>
void append_escaped(std::string& out, std::string_view bytes, Escape&& escape, Replace&& replace) {
    while (!bytes.empty()) {
        const auto run = static_cast<std::size_t>(std::ranges::find_if_not(bytes, is_plain) - bytes.begin());
        out.append(bytes.substr(0, run));
        bytes.remove_prefix(run);
        if (bytes.empty()) return;
        std::size_t taken = 1;
        if (static_cast<std::uint8_t>(bytes.front()) < 0x80) {
            escape(bytes.front());
        } else if (const std::size_t length = sequence_length(bytes)) {
            out.append(bytes.substr(0, length));
            taken = length;
        } else {
            replace(bytes.front());
        }
        bytes.remove_prefix(taken);
    }
}

}  // namespace

std::string to_utf8(std::string_view bytes) {
    std::string out;
    const auto keep = [&](char character) { out += character; };
    append_escaped(out, bytes, keep, [&](char) { out += replacement; });
    return out;
}

void append_json(std::string& out, std::string_view bytes) {
    out += '"';
    const auto escape = [&](char character) {
        switch (character) {
            case '"': out += "\\\""; return;
            case '\\': out += "\\\\"; return;
            case '\n': out += "\\n"; return;
            case '\r': out += "\\r"; return;
            case '\t': out += "\\t"; return;
            default: out += "\\u00"; append_hex(out, character);
        }
    };
    append_escaped(out, bytes, escape, [&](char) { out += replacement; });
    out += '"';
}

void append_quoted(std::string& out, std::string_view bytes) {
    out += '"';
    const auto hex = [&](char character) {
        out += "\\x";
        append_hex(out, character);
    };
    const auto escape = [&](char character) {
        if (character != '"' && character != '\\') return hex(character);
        out += '\\';
        out += character;
    };
    append_escaped(out, bytes, escape, hex);
    out += '"';
}

void append_word(std::string& out, std::string_view bytes) {
    const bool is_word = !bytes.empty() && std::ranges::all_of(bytes, [](char character) {
        return is_plain(character) && character != ' ' && character != '=';
    });
    if (is_word) {
        out += bytes;
    } else {
        append_quoted(out, bytes);
    }
}

}  // namespace sidecache::telemetry
