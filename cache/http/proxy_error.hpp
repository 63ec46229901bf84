// What can fail between a proxy and its origin, in the words of RFC 9209 §2.3, and what is said of it.
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <string_view>

namespace sidecache::http {

enum class ProxyError : std::uint8_t {
    dns_timeout,
    dns_error,
    destination_unavailable,
    connection_refused,
    connection_terminated,
    connection_timeout,
    connection_read_timeout,
    connection_write_timeout,
    connection_limit_reached,
    http_request_error,
    http_request_denied,
    http_response_incomplete,
    http_response_header_section_size,
    http_response_timeout,
    http_protocol_error,
    http_upgrade_failed,
    proxy_loop_detected,
    proxy_internal_error,
    proxy_configuration_error,
};

std::string_view name_of(ProxyError error) noexcept;  // "connection_refused"
int status_of(ProxyError error) noexcept;             // the status that RFC 9209 §2.3 recommends: 400, 403, 500, 502, 503 or 504
std::string_view sentence_of(ProxyError error) noexcept;  // for a person: "The origin refused the connection."

// The world failed: what an edge returns instead of a value.
template <typename T>
using Result = boost::system::result<T, ProxyError>;

[[noreturn]] void throw_exception_from_error(ProxyError error, const boost::source_location& where);

}  // namespace sidecache::http
