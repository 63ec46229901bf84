#include "cache/http/structured_field.hpp"

#include "cache/http/ascii.hpp"

#include <algorithm>

namespace sidecache::http {
namespace {

bool take(std::string_view& rest, char expected) noexcept {
    if (!rest.starts_with(expected)) return false;
    rest.remove_prefix(1);
    return true;
}

template <typename Is>
std::string_view take_while(std::string_view& rest, Is is) noexcept {
    const auto end = std::ranges::find_if_not(rest, is);
    const std::string_view taken = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    rest.remove_prefix(taken.size());
    return taken;
}

void skip_spaces(std::string_view& rest) noexcept {
    take_while(rest, [](char c) { return c == ' '; });
}

void skip_optional_whitespace(std::string_view& rest) noexcept {
    take_while(rest, [](char c) { return c == ' ' || c == '\t'; });
}

// §4.2.5: what stands between the quotes, escapes as they are.
std::optional<std::string_view> take_string(std::string_view& rest) noexcept {
    if (!rest.starts_with('"')) return std::nullopt;
    for (std::size_t i = 1; i < rest.size(); ++i) {
        const char c = rest[i];
        if (c == '"') {
            const std::string_view inner = rest.substr(1, i - 1);
            rest.remove_prefix(i + 1);
            return inner;
        }
        if (c < 0x20 || c > 0x7E) return std::nullopt;
        if (c == '\\') {
            ++i;
            if (i == rest.size() || (rest[i] != '"' && rest[i] != '\\')) return std::nullopt;
        }
    }
    return std::nullopt;
}

bool skip_key(std::string_view& rest) noexcept {  // §4.2.3.3
    const auto is_first = [](char c) { return (c >= 'a' && c <= 'z') || c == '*'; };
    if (rest.empty() || !is_first(rest.front())) return false;
    take_while(rest, [is_first](char c) { return is_first(c) || is_digit(c) || c == '_' || c == '-' || c == '.'; });
    return true;
}

bool skip_number(std::string_view& rest) noexcept {  // §4.2.4
    take(rest, '-');
    const std::size_t whole = take_while(rest, is_digit).size();
    if (whole == 0) return false;
    if (!take(rest, '.')) return whole <= 15;
    const std::size_t fraction = take_while(rest, is_digit).size();
    return whole <= 12 && fraction >= 1 && fraction <= 3;
}

bool skip_byte_sequence(std::string_view& rest) noexcept {  // §4.2.7
    if (!take(rest, ':')) return false;
    take_while(rest, [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '/' || c == '='; });
    return take(rest, ':');
}

bool skip_display_string(std::string_view& rest) noexcept {  // §4.2.10
    if (!rest.starts_with("%\"")) return false;
    const std::size_t end = rest.find('"', 2);
    if (end == std::string_view::npos) return false;
    const std::string_view inner = rest.substr(2, end - 2);
    rest.remove_prefix(end + 1);
    for (std::size_t i = 0; i < inner.size(); ++i) {
        if (inner[i] < 0x20 || inner[i] > 0x7E) return false;
        if (inner[i] != '%') continue;
        const auto is_lower_hex = [](char c) { return hex_value(c) >= 0 && !(c >= 'A' && c <= 'F'); };
        if (i + 2 >= inner.size() || !is_lower_hex(inner[i + 1]) || !is_lower_hex(inner[i + 2])) return false;
        i += 2;
    }
    return true;
}

bool skip_bare_item(std::string_view& rest) noexcept {  // §4.2.3.1
    if (rest.empty()) return false;
    const char first = rest.front();
    if (first == '"') return take_string(rest).has_value();
    if (first == '-' || is_digit(first)) return skip_number(rest);
    if (first == ':') return skip_byte_sequence(rest);
    if (first == '%') return skip_display_string(rest);
    if (first == '?') {  // boolean
        rest.remove_prefix(1);
        return take(rest, '0') || take(rest, '1');
    }
    if (first == '@') {  // date: an integer
        rest.remove_prefix(1);
        take(rest, '-');
        const std::size_t digits = take_while(rest, is_digit).size();
        return digits >= 1 && digits <= 15 && !rest.starts_with('.');
    }
    if (!is_alpha(first) && first != '*') return false;
    take_while(rest, [](char c) { return is_token_char(c) || c == ':' || c == '/'; });
    return true;
}

bool skip_parameters(std::string_view& rest) noexcept {  // §4.2.3.2
    while (take(rest, ';')) {
        skip_spaces(rest);
        if (!skip_key(rest)) return false;
        if (take(rest, '=') && !skip_bare_item(rest)) return false;
    }
    return true;
}

// §4.2.1.2: from the parenthesis to the parenthesis, what stands between handed to `take_item` item by item.
template <typename TakeItem>
bool read_inner_list(std::string_view& rest, TakeItem take_item) {
    if (!take(rest, '(')) return false;
    for (;;) {
        skip_spaces(rest);
        if (take(rest, ')')) return true;
        if (!take_item(rest) || !skip_parameters(rest)) return false;
        if (!rest.starts_with(' ') && !rest.starts_with(')')) return false;
    }
}

std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\') ++i;
        out += text[i];
    }
    return out;
}

// The comma between two members. False at the end of the line and at a fault, which `rest` not being empty tells apart;
// a comma with nothing after it is a fault.
bool take_separator(std::string_view& rest) noexcept {
    std::string_view ahead = rest;
    skip_optional_whitespace(ahead);
    if (ahead.empty()) {
        rest = ahead;
        return false;
    }
    if (!take(ahead, ',')) return false;
    skip_optional_whitespace(ahead);
    if (ahead.empty()) return false;
    rest = ahead;
    return true;
}

}  // namespace

StringListReader::StringListReader(std::string_view line) : rest_(line) { skip_spaces(rest_); }

std::optional<std::string_view> StringListReader::next() {
    if (failed_ || rest_.empty()) return std::nullopt;
    if (!is_first_ && !take_separator(rest_)) {
        failed_ = !rest_.empty();
        return std::nullopt;
    }
    is_first_ = false;
    const auto text = take_string(rest_);
    if (!text || !skip_parameters(rest_)) {
        failed_ = true;
        return std::nullopt;
    }
    if (text->find('\\') == std::string_view::npos) return text;
    unescaped_ = unescaped(*text);
    return unescaped_;
}

DictionaryReader::DictionaryReader(std::string_view line) : rest_(line) { skip_spaces(rest_); }

std::optional<DictionaryReader::Member> DictionaryReader::next() {
    if (failed_ || rest_.empty()) return std::nullopt;
    if (!is_first_ && !take_separator(rest_)) {
        failed_ = !rest_.empty();
        return std::nullopt;
    }
    is_first_ = false;
    const std::string_view from_key = rest_;
    failed_ = !skip_key(rest_);
    Member member{from_key.substr(0, from_key.size() - rest_.size()), {}, false};
    if (!failed_ && take(rest_, '=')) {
        const std::string_view from_value = rest_;
        member.is_inner_list = rest_.starts_with('(');
        failed_ = !(member.is_inner_list ? read_inner_list(rest_, skip_bare_item) : skip_bare_item(rest_));
        member.value = from_value.substr(0, from_value.size() - rest_.size());
    }
    if (failed_ || !skip_parameters(rest_)) {
        failed_ = true;
        return std::nullopt;
    }
    return member;
}

std::optional<std::vector<std::string>> parse_inner_strings(std::string_view text) {
    std::vector<std::string> strings;
    const bool is_read = read_inner_list(text, [&strings](std::string_view& rest) {
        const auto string = take_string(rest);
        if (string) strings.push_back(unescaped(*string));
        return string.has_value();
    });
    if (!is_read || !text.empty()) return std::nullopt;
    return strings;
}

}  // namespace sidecache::http
