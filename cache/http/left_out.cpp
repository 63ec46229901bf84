#include "cache/http/left_out.hpp"

#include <algorithm>
#include <array>

namespace sidecache::http {
namespace {

constexpr std::size_t name_limit = 16;

// What is stored is judged, chosen, framed or understood by these.
bool is_needed(std::string_view name) noexcept {
    constexpr std::array others{std::string_view("www-authenticate"), std::string_view("digest"), std::string_view("repr-digest"),
                                std::string_view("no-vary-search")};
    constexpr std::string_view content = "content-";
    switch (field_name(name)) {
        case FieldName::other:
            return iequals(name.substr(0, content.size()), content) ||
                   std::ranges::any_of(others, [name](std::string_view other) { return iequals(other, name); });
        case FieldName::set_cookie:
        case FieldName::server_timing:
        case FieldName::x_query_count: return false;
        // Every other name is known because some rule decides by it.
        default: return true;
    }
}

}  // namespace

bool add_left_out(std::vector<std::string_view>& names, const Directive& directive) {
    // The token form is none that a sender should write, but it says one thing only (RFC 9111 §5.2). Further quoting has no use in a list of names.
    if (!directive.has_value || directive.is_malformed || directive.value.find_first_of("\\\"'") != std::string_view::npos) return false;
    const std::size_t before = names.size();
    std::string_view rest = directive.value;
    bool is_clear = true;
    while (const auto name = next_member(rest)) {
        is_clear = is_clear && is_token(*name) && !is_needed(*name) && names.size() < name_limit;
        if (is_clear) names.push_back(*name);
    }
    if (!is_clear) names.resize(before);
    return names.size() > before;
}

bool is_left_out(std::string_view field_name, const std::vector<std::string_view>& names) noexcept {
    return std::ranges::any_of(names, [field_name](std::string_view name) { return iequals(name, field_name); });
}

std::string without_left_out(std::string_view lines, const std::vector<std::string_view>& names) {
    return without_lines(lines, [&names](std::string_view name) { return is_left_out(name, names); });
}

}  // namespace sidecache::http
