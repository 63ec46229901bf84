#include "proxy/http1/connection_options.hpp"

#include "cache/http/list.hpp"

namespace sidecache::http1 {
namespace {

using http::FieldName;

constexpr auto hop_by_hop_names = http::FieldSet::of(FieldName::connection, FieldName::keep_alive, FieldName::proxy_authenticate,
                                                     FieldName::proxy_authorization, FieldName::proxy_connection, FieldName::te,
                                                     FieldName::trailer, FieldName::upgrade);

// RFC 9110 §7.6.1: "A sender MUST NOT send a connection option corresponding to a field that is intended for all recipients".
// Every name that some rule of ours asks for is such a field, unless it is of one hop; Transfer-Encoding is not listed either,
// since framing rests on it.
bool is_end_to_end(std::string_view option) noexcept {
    const FieldName id = http::field_name(option);
    if (id == FieldName::other) return is_forwarding_name(option);
    return !hop_by_hop_names.has(id);
}

void add_option(ConnectionOptions& options, std::string_view option) noexcept {
    if (http::iequals(option, "keep-alive")) {
        options.keep_alive = true;
    } else if (http::iequals(option, "close")) {
        options.close = true;
    } else if (http::iequals(option, "upgrade")) {
        options.upgrade = true;
    } else if (!http::is_token(option)) {
        options.is_malformed = true;
    } else if (is_end_to_end(option)) {
        options.names_end_to_end = true;
    } else if (http::field_name(option) == FieldName::other) {
        options.names_unknown = true;
    }
}

}  // namespace

ConnectionOptions connection_options(http::HeaderView fields) noexcept {
    ConnectionOptions options;
    for (const http::Field& field : fields) {
        if (field.id != FieldName::connection) continue;
        std::string_view rest = field.value;
        while (const auto option = http::next_member(rest)) add_option(options, *option);
    }
    return options;
}

bool is_kept_alive(const ConnectionOptions& options, int minor_version) noexcept {
    if (options.close) return false;
    // To the client we are the origin server, so HTTP/1.0's keep-alive may be honoured, which a forward proxy may not.
    return minor_version >= 1 || options.keep_alive;
}

bool is_forwarding_name(std::string_view name) noexcept {
    constexpr std::string_view prefix = "x-forwarded-";
    return http::iequals(name.substr(0, prefix.size()), prefix) || http::iequals(name, "x-real-ip");
}

}  // namespace sidecache::http1
