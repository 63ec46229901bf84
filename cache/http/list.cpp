#include "cache/http/list.hpp"

#include "cache/http/ascii.hpp"

#include <algorithm>

namespace sidecache::http {
namespace {

// More quoted-pairs than this, and a quoted string counts as one that does not end: each quote in a row of `\"` would have all the rest searched again.
constexpr int most_escapes = 32;

// The place just past a quoted string that begins at `begin`; npos if it does not end (RFC 9110 §5.6.4).
std::size_t end_of_quoted(std::string_view text, std::size_t begin) noexcept {
    int escapes = 0;
    for (std::size_t i = begin + 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            if (++escapes > most_escapes) break;
            ++i;
        } else if (text[i] == '"') {
            return i + 1;
        }
    }
    return std::string_view::npos;
}

// A quote that never ends does not hide the members after it: of two readings the one that sees more directives is the safe one.
std::size_t end_of_member(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] == ',') return i;
        if (text[i] == '"') {
            const std::size_t past = end_of_quoted(text, i);
            i = past == std::string_view::npos ? i + 1 : past;
        } else {
            ++i;
        }
    }
    return text.size();
}

}  // namespace

std::optional<std::string_view> next_member(std::string_view& rest) noexcept {
    while (!rest.empty()) {
        const std::size_t end = end_of_member(rest);
        const std::string_view member = trim(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (!member.empty()) return member;  // RFC 9110 §5.6.1.2: empty members are ignored
    }
    return std::nullopt;
}

Directive parse_directive(std::string_view member) noexcept {
    Directive directive;
    const std::size_t equals = member.find('=');
    directive.name = member.substr(0, equals);
    directive.is_malformed = !is_token(directive.name);
    if (equals == std::string_view::npos) return directive;

    directive.has_value = true;
    directive.value = member.substr(equals + 1);
    if (directive.value.starts_with('"')) {
        directive.quoted = true;
        const std::size_t past = end_of_quoted(directive.value, 0);
        if (past == std::string_view::npos) {
            directive.is_malformed = true;
            directive.value.remove_prefix(1);
        } else {
            directive.is_malformed |= past != directive.value.size();
            directive.value = directive.value.substr(1, past - 2);
        }
    } else {
        directive.is_malformed |= !is_token(directive.value);
    }
    return directive;
}

bool has_token(HeaderView fields, FieldName name, std::string_view token) noexcept {
    for (const Field& field : fields) {
        if (field.id != name) continue;
        std::string_view rest = field.value;
        while (const auto member = next_member(rest)) {
            if (iequals(*member, token)) return true;
        }
    }
    return false;
}

std::string_view trim(std::string_view text) noexcept {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool is_token(std::string_view text) noexcept { return !text.empty() && std::ranges::all_of(text, is_token_char); }

}  // namespace sidecache::http
