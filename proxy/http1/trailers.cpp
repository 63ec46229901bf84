#include "cache/http/field.hpp"
#include "proxy/http1/connection_options.hpp"
#include "proxy/http1/content.hpp"

#include <algorithm>
#include <array>

namespace sidecache::http1 {
namespace {

using http::FieldName;

bool begins_with(std::string_view name, std::string_view prefix) noexcept {
    return http::iequals(name.substr(0, prefix.size()), prefix);
}

// RFC 9110 §6.5.1 among names that no rule asks for: authentication, request modifiers, response control, content format.
bool is_forbidden_stranger(std::string_view name) noexcept {
    constexpr std::array prefixes{std::string_view("content-"), std::string_view("proxy-"), std::string_view("if-"),
                                  std::string_view("access-control-"), std::string_view("sec-")};
    constexpr std::array names{std::string_view("www-authenticate"),
                               std::string_view("authentication-info"),
                               std::string_view("retry-after"),
                               std::string_view("set-cookie2"),
                               std::string_view("http2-settings"),
                               std::string_view("refresh"),
                               std::string_view("strict-transport-security"),
                               std::string_view("clear-site-data")};
    // RFC 9530 §2: a digest is known only after the content, and trailers are its place.
    if (http::iequals(name, "content-digest")) return false;
    return is_forwarding_name(name) ||
           std::any_of(prefixes.begin(), prefixes.end(), [name](std::string_view prefix) { return begins_with(name, prefix); }) ||
           std::any_of(names.begin(), names.end(), [name](std::string_view forbidden) { return http::iequals(name, forbidden); });
}

}  // namespace

bool may_stand_in_trailers(std::string_view name) noexcept {
    // CGI and WSGI take `Content_Length` for Content-Length; no trailer that anybody needs is spelled so.
    if (name.find('_') != std::string_view::npos) return false;
    switch (http::field_name(name)) {
        case FieldName::other: return !is_forbidden_stranger(name);
        case FieldName::etag:  // RFC 9110 §8.8.3
        case FieldName::server_timing: return true;
        // Every other name is known because some rule decides by it, and decides when the head has come.
        default: return false;
    }
}

}  // namespace sidecache::http1
