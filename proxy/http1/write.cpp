#include "proxy/http1/write.hpp"

#include "cache/http/list.hpp"
#include "proxy/http1/grammar.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>

namespace sidecache::http1 {
namespace {

[[maybe_unused]] bool is_one_line(std::string_view text) { return std::all_of(text.begin(), text.end(), is_value_char); }

}  // namespace

void append_request_line(std::string& out, std::string_view method, std::string_view target) {
    assert(http::is_token(method));
    assert(!target.empty() && target_chars.has_all_of(target));
    out.append(method).append(1, ' ').append(target).append(" HTTP/1.1\r\n");
}

void append_status_line(std::string& out, int status) {
    assert(status >= 100 && status <= 599);
    const char digits[] = {static_cast<char>('0' + status / 100), static_cast<char>('0' + status / 10 % 10),
                           static_cast<char>('0' + status % 10)};
    // RFC 9112 §4: the space before the reason stands even without one.
    out.append("HTTP/1.1 ").append(digits, sizeof digits).append(1, ' ').append(reason_phrase(status)).append("\r\n");
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    assert(http::is_token(name));
    assert(is_one_line(value));
    out.append(name).append(": ").append(value).append("\r\n");
}

void append_field(std::string& out, std::string_view name, std::uint64_t value) {
    char digits[20];
    const char* const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    append_field(out, name, std::string_view(digits, static_cast<std::size_t>(end - digits)));
}

void append_end(std::string& out) { out.append("\r\n"); }

bool is_hop_by_hop(const http::Field& field, http::HeaderView section) noexcept {
    using http::FieldName;
    switch (field.id) {
        case FieldName::connection:
        case FieldName::keep_alive:
        case FieldName::proxy_connection:
        case FieldName::te:
        case FieldName::trailer:
        case FieldName::transfer_encoding:
        case FieldName::upgrade:
        // RFC 9110 §11.7: for the proxy that asked, and this one does not ask. They would hand its credentials to the origin.
        case FieldName::proxy_authenticate:
        case FieldName::proxy_authorization: return true;
        case FieldName::other:
            if (http::iequals(field.name, "proxy-authentication-info") || http::iequals(field.name, "http2-settings"))
                return true;
            break;
        default: break;
    }
    return http::has_token(section, FieldName::connection, field.name);
}

}  // namespace sidecache::http1
