#include "cache/policy/languages.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/list.hpp"
#include "cache/http/weight.hpp"

#include <algorithm>
#include <array>

namespace sidecache::policy {
namespace {

using http::Field;
using http::FieldName;
using http::HeaderView;

// More ranges than any browser sends.
constexpr std::size_t range_limit = 16;

bool is_language_tag(std::string_view text) noexcept {
    bool is_first = true;
    for (std::size_t at = 0; at <= text.size(); is_first = false) {
        const std::size_t end = std::min(text.find('-', at), text.size());
        const std::string_view subtag = text.substr(at, end - at);
        const bool is_plain = std::ranges::all_of(subtag, [is_first](char c) { return http::is_alpha(c) || (!is_first && http::is_digit(c)); });
        if (subtag.empty() || subtag.size() > 8 || !is_plain) return false;
        at = end + 1;
    }
    return true;
}

struct Ranges {
    std::array<http::Weighted, range_limit> list;
    std::size_t size = 0;
    bool is_clear = true;
};

// In their order of preference: by weight, and of one weight as they came (RFC 4647 §2.3).
Ranges read_ranges(HeaderView request_fields) noexcept {
    Ranges ranges;
    for (const Field& field : request_fields) {
        if (field.id != FieldName::accept_language) continue;
        std::string_view rest = field.value;
        while (const auto member = http::next_member(rest)) {
            const auto range = http::parse_weighted(*member);
            ranges.is_clear = ranges.is_clear && range && range->thousandths != 0 && ranges.size < range_limit && is_language_tag(range->name);
            if (!ranges.is_clear) return ranges;
            std::size_t at = ranges.size++;
            for (; at > 0 && ranges.list[at - 1].thousandths < range->thousandths; --at) ranges.list[at] = ranges.list[at - 1];
            ranges.list[at] = *range;
        }
    }
    return ranges;
}

const std::string* find_tag(std::string_view tag, const Languages& languages) noexcept {
    const auto found = std::ranges::find_if(languages.tags, [tag](const std::string& language) { return http::iequals(language, tag); });
    return found == languages.tags.end() ? nullptr : &*found;
}

// RFC 4647 §3.4: shortened by one subtag after another, and with it by a single letter that stood before it.
const std::string* look_up(std::string_view range, const Languages& languages) noexcept {
    while (!range.empty()) {
        if (const std::string* found = find_tag(range, languages)) return found;
        const std::size_t dash = range.rfind('-');
        if (dash == std::string_view::npos) break;
        range = range.substr(0, dash);
        if (range.size() >= 2 && range[range.size() - 2] == '-') range.remove_suffix(2);
    }
    return nullptr;
}

std::string_view primary_of(std::string_view tag) noexcept { return tag.substr(0, tag.find('-')); }

}  // namespace

std::optional<std::string_view> find_language(HeaderView request_fields, const Languages& languages) noexcept {
    const Ranges ranges = read_ranges(request_fields);
    if (!ranges.is_clear) return std::nullopt;
    for (std::size_t i = 0; i < ranges.size; ++i) {
        const std::string_view range = ranges.list[i].name;
        if (const std::string* found = look_up(range, languages)) return *found;
        const bool is_near = std::ranges::any_of(
            languages.tags, [range](const std::string& language) { return http::iequals(primary_of(language), primary_of(range)); });
        if (is_near) return std::nullopt;
    }
    return std::string_view();
}

bool is_language_as_keyed(HeaderView request_fields, HeaderView response_fields, const Languages& languages) noexcept {
    const auto keyed = find_language(request_fields, languages);
    if (!keyed) return true;  // the value stood for itself
    for (const Field& field : response_fields) {
        if (!http::iequals(field.name, "content-language")) continue;
        std::string_view rest = field.value;
        while (const auto member = http::next_member(rest)) {
            const std::string* said = look_up(*member, languages);
            if (said == nullptr || (!keyed->empty() && *said != *keyed)) return false;
        }
    }
    return true;
}

std::optional<std::string> parse_language_tag(std::string_view text) {
    if (!is_language_tag(text)) return std::nullopt;
    std::string tag(text);
    std::ranges::transform(tag, tag.begin(), http::to_lower);
    return tag;
}

}  // namespace sidecache::policy
