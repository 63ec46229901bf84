// The character classes of RFC 9110, RFC 9112 and RFC 3986 that heads are judged by.
#pragma once

#include <array>
#include <string_view>

namespace sidecache::http1 {

class CharClass {
public:
    // Letters and digits, and `others`.
    static constexpr CharClass alphanumeric_and(std::string_view others) {
        CharClass result;
        for (char c = '0'; c <= '9'; ++c) result.set(c);
        for (char c = 'a'; c <= 'z'; ++c) result.set(c);
        for (char c = 'A'; c <= 'Z'; ++c) result.set(c);
        for (const char c : others) result.set(c);
        return result;
    }
    // Visible ASCII, except `others`.
    static constexpr CharClass visible_except(std::string_view others) {
        CharClass result;
        for (char c = 0x21; c <= 0x7E; ++c) {
            if (others.find(c) == std::string_view::npos) result.set(c);
        }
        return result;
    }
    constexpr bool has(char c) const { return members_[static_cast<unsigned char>(c)]; }
    constexpr bool has_all_of(std::string_view text) const {
        for (const char c : text) {
            if (!has(c)) return false;
        }
        return true;
    }

private:
    constexpr void set(char c) { members_[static_cast<unsigned char>(c)] = true; }
    std::array<bool, 256> members_{};
};

// RFC 9110 §5.6.2
inline constexpr CharClass token_chars = CharClass::alphanumeric_and("!#$%&'*+-.^_`|~");

// RFC 9112 §3.2: a target is a URI reference without fragment. What RFC 3986 wants escaped but clients send bare ('|', '"')
// passes: every parser takes it for itself. '#' does not: some would cut the target there.
inline constexpr CharClass target_chars = CharClass::visible_except("#");

// RFC 3986 §3.2.2 reg-name, but for escapes and without ',': it would look like two Host lines merged into one (RFC 9110 §5.3).
inline constexpr CharClass host_chars = CharClass::alphanumeric_and("-._~!$&'()*+;=");

// May `c` stand in a field value? VCHAR, obs-text, SP, HTAB (RFC 9110 §5.5); not CR, LF, NUL or another control.
constexpr bool is_value_char(char c) {
    const auto code = static_cast<unsigned char>(c);
    return (code >= 0x20 && code != 0x7F) || c == '\t';
}

}  // namespace sidecache::http1
