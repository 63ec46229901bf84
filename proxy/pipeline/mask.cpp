#include "proxy/pipeline/mask.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/field.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace sidecache::pipeline {
namespace {

constexpr std::array<std::string_view, 11> open_fields{"accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "content-type",
                                                       "origin", "pragma",         "range",           "user-agent",      "x-requested-with"};

// Parts of the names of parameters that carry what proves who somebody is.
constexpr std::array<std::string_view, 13> secret_parts{"token", "secret", "passw", "pwd",   "auth",   "key",    "cookie",
                                                        "sess",  "sig",    "cred",  "jwt", "bearer", "code"};

// The octets that the application reads.
std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? http::hex_value(text[i + 1]) : -1;
        const int low = high >= 0 ? http::hex_value(text[i + 2]) : -1;
        out += low >= 0 ? static_cast<char>(high * 16 + low) : text[i];
        if (low >= 0) i += 2;
    }
    return out;
}

bool is_secret_name(std::string_view name) {
    std::string lower = decoded(name);
    std::ranges::transform(lower, lower.begin(), http::to_lower);
    return std::ranges::any_of(secret_parts, [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

// A JSON Web Token, or 32 and more characters of a base 64 or 16 alphabet with digits among its letters, but for UUIDs, which name rows.
bool looks_like_token(std::string_view text) {
    const std::string plain = decoded(text);
    if (plain.starts_with("eyJ")) return true;
    constexpr std::size_t uuid_size = 36;
    const bool is_long = plain.size() >= 32 && plain.size() != uuid_size;
    const bool is_one_word = std::ranges::all_of(plain, [](char c) { return http::is_alpha(c) || http::is_digit(c) || std::string_view("-_.~+/=:").find(c) != std::string_view::npos; });
    return is_long && is_one_word && std::ranges::any_of(plain, http::is_digit) && std::ranges::any_of(plain, http::is_alpha);
}

// Calls `append(part)` for each part between separators, which are copied.
template <typename Append>
void copy_parts(std::string& out, std::string_view text, char separator, Append&& append) {
    for (;;) {
        const std::size_t end = std::min(text.find(separator), text.size());
        append(text.substr(0, end));
        if (end == text.size()) return;
        out += separator;
        text.remove_prefix(end + 1);
    }
}

}  // namespace

bool may_show_value_of(std::string_view field_name) noexcept {
    return std::ranges::any_of(open_fields, [&](std::string_view open) { return http::iequals(open, field_name); });
}

std::string masked_path(std::string_view path) {
    std::string out;
    copy_parts(out, path, '/', [&out](std::string_view segment) { out += looks_like_token(segment) ? masked : segment; });
    return out;
}

std::string masked_target(std::string_view target) {
    const std::size_t question = target.find('?');
    std::string out = masked_path(target.substr(0, question));
    if (question == std::string_view::npos) return out;
    out += '?';
    copy_parts(out, target.substr(question + 1), '&', [&out](std::string_view parameter) {
        const std::size_t equals = parameter.find('=');
        const std::string_view name = parameter.substr(0, equals);
        out += looks_like_token(name) ? masked : name;
        if (equals == std::string_view::npos) return;
        const std::string_view value = parameter.substr(equals + 1);
        out += '=';
        out += !value.empty() && (is_secret_name(name) || looks_like_token(value)) ? masked : value;
    });
    return out;
}

std::string masked_key(std::string_view key) {
    const std::size_t target = key.rfind('\n') + 1;
    std::string text(key.substr(0, target));
    std::ranges::replace(text, '\n', ' ');
    return text + masked_target(key.substr(target));
}

}  // namespace sidecache::pipeline
