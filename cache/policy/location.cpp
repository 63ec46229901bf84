#include "cache/policy/location.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/target.hpp"

#include <algorithm>

namespace sidecache::policy {
namespace {

std::string_view without_default_port(std::string_view authority) noexcept {
    for (const std::string_view port : {std::string_view{":80"}, std::string_view{":443"}, std::string_view{":"}}) {
        if (authority.ends_with(port)) return authority.substr(0, authority.size() - port.size());
    }
    return authority;
}

bool is_same_authority(std::string_view a, std::string_view b) noexcept {
    return http::iequals(without_default_port(a), without_default_port(b));
}

// RFC 3986 §3.1: the text before the first ':', if it can be a scheme.
std::optional<std::string_view> scheme_of(std::string_view reference) noexcept {
    const std::size_t colon = reference.find(':');
    if (colon == std::string_view::npos || colon == 0 || !http::is_alpha(reference.front())) return std::nullopt;
    const std::string_view scheme = reference.substr(0, colon);
    const bool is_valid = std::ranges::all_of(
        scheme, [](char c) { return http::is_alpha(c) || http::is_digit(c) || c == '+' || c == '-' || c == '.'; });
    return is_valid ? std::optional(scheme) : std::nullopt;
}

}  // namespace

std::optional<std::string> path_in_same_space(const http::RequestView& request, std::string_view reference) {
    reference = reference.substr(0, reference.find('#'));
    if (const auto scheme = scheme_of(reference)) {
        if (!http::iequals(*scheme, "http") && !http::iequals(*scheme, "https")) return std::nullopt;
        reference.remove_prefix(scheme->size() + 1);
        if (!reference.starts_with("//")) return std::nullopt;
    }
    reference = reference.substr(0, reference.find('?'));
    if (reference.starts_with("//")) {
        reference.remove_prefix(2);
        const std::size_t end = std::min(reference.find('/'), reference.size());
        if (!is_same_authority(reference.substr(0, end), request.authority)) return std::nullopt;
        reference.remove_prefix(end);
        return std::string(reference.empty() ? "/" : reference);
    }
    if (reference.starts_with('/')) return std::string(reference);
    if (reference.empty()) return std::string(request.path);                // §5.2.2: only a query, or nothing
    std::string path(request.path.substr(0, request.path.rfind('/') + 1));  // §5.2.3
    return path += reference;
}

bool names_target(const http::RequestView& request, std::string_view reference) {
    const auto path = path_in_same_space(request, reference);
    std::string named;
    std::string asked;
    if (!path || !http::append_key_path(named, *path) || !http::append_key_path(asked, request.path) || named != asked) return false;
    reference = reference.substr(0, reference.find('#'));
    if (reference.empty()) return true;  // RFC 3986 §5.2.2: the target itself
    const std::size_t mark = reference.find('?');
    const bool has_query = mark != std::string_view::npos;
    return has_query == request.has_query && (!has_query || reference.substr(mark + 1) == request.query);
}

}  // namespace sidecache::policy
