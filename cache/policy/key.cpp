#include "cache/policy/key.hpp"

#include "cache/http/ascii.hpp"

#include <algorithm>
#include <charconv>
#include <random>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace sidecache::policy {
namespace {

using http::Parameter;

// A host is compared without case (RFC 3986 §3.2.2); an empty port and http's default say nothing (§6.2.3). Another scheme's
// default stays: over plain HTTP "a:443" is not "a".
void append_authority(std::string& out, std::string_view authority) {
    if (authority.ends_with(":80")) {
        authority.remove_suffix(3);
    } else if (authority.ends_with(':')) {
        authority.remove_suffix(1);
    }
    const std::size_t begin = out.size();
    out += authority;
    for (auto c = out.begin() + static_cast<std::ptrdiff_t>(begin); c != out.end(); ++c) *c = http::to_lower(*c);
}

// The next octet of a parameter's name as the application reads it, taken off `text`.
unsigned char take_decoded(std::string_view& text) noexcept {
    const char c = text.front();
    if (c == '%' && text.size() >= 3) {
        const int high = http::hex_value(text[1]);
        const int low = http::hex_value(text[2]);
        if (high >= 0 && low >= 0) {
            text.remove_prefix(3);
            return static_cast<unsigned char>(high * 16 + low);
        }
    }
    text.remove_prefix(1);
    return static_cast<unsigned char>(c == '+' ? ' ' : c);
}

// Names are compared as the application reads them: "page" and "p%61ge" are one parameter, whose order must stay.
int compare_names(std::string_view a, std::string_view b) noexcept {
    while (!a.empty() && !b.empty()) {
        const unsigned char x = take_decoded(a);
        const unsigned char y = take_decoded(b);
        if (x != y) return x < y ? -1 : 1;
    }
    return static_cast<int>(b.empty()) - static_cast<int>(a.empty());
}

bool is_ordered(const Parameter& a, const Parameter& b) noexcept {
    const int order = compare_names(a.name, b.name);
    // Within one name by place: all names are views into one query. This makes std::sort stable without memory of its own.
    return order != 0 ? order < 0 : a.name.data() < b.name.data();
}

bool is_dropped(const Parameter& parameter, const std::vector<std::string>& drop) noexcept {
    if (parameter.value.find(';') != std::string_view::npos) return false;  // some applications split there: what follows may count
    return std::ranges::any_of(drop, [&parameter](std::string_view pattern) {
        if (!pattern.ends_with('*')) return parameter.name == pattern;
        return parameter.name.starts_with(pattern.substr(0, pattern.size() - 1));
    });
}

bool has_default(const Parameter& parameter, const KeyRules& rules) noexcept {
    return parameter.has_value && std::ranges::any_of(rules.defaults, [&parameter](const auto& known) {
               return known.first == parameter.name && known.second == parameter.value;
           });
}

// Of "page=2&page=1" the application may read either: a default is dropped only where its name stands once.
void drop_defaults(std::vector<Parameter>& parameters, const KeyRules& rules) {
    if (rules.defaults.empty()) return;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < parameters.size();) {
        std::size_t end = i + 1;
        while (end < parameters.size() && compare_names(parameters[i].name, parameters[end].name) == 0) ++end;
        const bool is_alone = end == i + 1;
        if (!is_alone || !has_default(parameters[i], rules)) {
            for (; i < end; ++i) parameters[kept++] = parameters[i];
        }
        i = end;
    }
    parameters.resize(kept);
}

// The limit to key this parameter as; nullptr if its value is within bounds or no number.
const std::uint64_t* exceeded_limit(const Parameter& parameter, const KeyRules& rules) noexcept {
    for (const auto& [name, limit] : rules.clamp) {
        if (name != parameter.name) continue;
        if (parameter.value.empty() || !std::ranges::all_of(parameter.value, http::is_digit)) return nullptr;
        std::uint64_t value = 0;
        const auto parsed = std::from_chars(parameter.value.data(), parameter.value.data() + parameter.value.size(), value);
        return parsed.ec == std::errc::result_out_of_range || value > limit ? &limit : nullptr;
    }
    return nullptr;
}

void append_parameter(std::string& out, const Parameter& parameter, const KeyRules& rules) {
    out += parameter.name;
    if (!parameter.has_value) return;
    out += '=';
    const std::uint64_t* limit = exceeded_limit(parameter, rules);
    if (!limit) {
        out += parameter.value;
        return;
    }
    char digits[20];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, *limit).ptr);
}

void append_query(std::string& out, const http::RequestView& request, const KeyRules& rules, KeyScratch& scratch) {
    if (!request.has_query) return;
    std::vector<Parameter>& parameters = scratch.parameters;
    http::split_query(request.query, parameters);
    if (parameters.empty()) {  // "/a?" is not "/a" (RFC 3986 §6.2.3)
        out += '?';
        return;
    }
    if (!rules.drop.empty()) std::erase_if(parameters, [&rules](const Parameter& p) { return is_dropped(p, rules.drop); });
    if (!std::ranges::is_sorted(parameters, is_ordered)) std::ranges::sort(parameters, is_ordered);
    drop_defaults(parameters, rules);
    char separator = '?';  // none, where nothing is left of the query: what is dropped leaves no trace
    for (const Parameter& parameter : parameters) {
        out += separator;
        separator = '&';
        append_parameter(out, parameter, rules);
    }
}

std::uint64_t random_seed() {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
}

}  // namespace

Hash128 hash_key(std::string_view text) noexcept {
    static const std::uint64_t seed = random_seed();
    const XXH128_hash_t hash = XXH3_128bits_withSeed(text.data(), text.size(), seed);
    return {hash.low64, hash.high64};
}

bool append_key(std::string& out, std::string_view space, const http::RequestView& request, const KeyRules& rules,
                KeyScratch& scratch) {
    const std::size_t size = out.size();
    if (request.method == http::Method::query) {
        out += "QUERY\n";
    } else {
        out += "GET\n";
    }
    out += space;
    out += '\n';
    append_authority(out, request.authority);
    out += '\n';
    if (!http::append_key_path(out, request.path)) {
        out.resize(size);
        return false;
    }
    append_query(out, request, rules, scratch);
    return true;
}

std::uint64_t hash_for_all(std::string_view text) noexcept { return XXH3_64bits(text.data(), text.size()); }

}  // namespace sidecache::policy
