#include "cache/http/entity_tag.hpp"

#include "cache/http/list.hpp"

#include <algorithm>

namespace sidecache::http {
namespace {

// RFC 9110 §8.8.3: any visible character but the quote. No escapes: a backslash is itself.
constexpr bool is_tag_char(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == 0x21 || (byte >= 0x23 && byte <= 0x7E) || byte >= 0x80;
}

// Takes the next list member off `rest`. An own reader, because a backslash before a closing quote is no escape here.
std::string_view take_member(std::string_view& rest) noexcept {
    bool in_quotes = false;
    std::size_t end = 0;
    for (; end < rest.size() && (in_quotes || rest[end] != ','); ++end) in_quotes ^= rest[end] == '"';
    const std::string_view member = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return member;
}

template <typename Match>
bool any_match(std::string_view list, const EntityTag& tag, Match match) noexcept {
    if (trim(list) == "*") return true;
    while (!list.empty()) {
        const auto member = parse_entity_tag(take_member(list));
        if (member && match(*member, tag)) return true;
    }
    return false;
}

}  // namespace

std::optional<EntityTag> parse_entity_tag(std::string_view text) noexcept {
    EntityTag tag;
    if (text.starts_with("W/")) {  // case-sensitive
        tag.is_weak = true;
        text.remove_prefix(2);
    }
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
    if (!std::ranges::all_of(text.substr(1, text.size() - 2), is_tag_char)) return std::nullopt;
    tag.opaque = text;
    return tag;
}

bool strong_match(const EntityTag& a, const EntityTag& b) noexcept { return !a.is_weak && !b.is_weak && a.opaque == b.opaque; }

bool weak_match(const EntityTag& a, const EntityTag& b) noexcept { return a.opaque == b.opaque; }

bool any_weak_match(std::string_view list, const EntityTag& tag) noexcept { return any_match(list, tag, weak_match); }

bool any_strong_match(std::string_view list, const EntityTag& tag) noexcept { return any_match(list, tag, strong_match); }

}  // namespace sidecache::http
