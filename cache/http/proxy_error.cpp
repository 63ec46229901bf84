#include "cache/http/proxy_error.hpp"

#include <cassert>
#include <stdexcept>
#include <string>

namespace sidecache::http {
namespace {

struct Description {
    std::string_view name;
    int status;
    std::string_view sentence;
};

Description describe(ProxyError error) noexcept {
    switch (error) {
        case ProxyError::dns_timeout:  // §2.3.1
            return {"dns_timeout", 504, "The name of the origin could not be resolved in time."};
        case ProxyError::dns_error:  // §2.3.2
            return {"dns_error", 502, "The name of the origin could not be resolved."};
        case ProxyError::destination_unavailable:  // §2.3.4
            return {"destination_unavailable", 503, "The origin is considered unavailable."};
        case ProxyError::connection_refused:  // §2.3.7
            return {"connection_refused", 502, "The origin refused the connection."};
        case ProxyError::connection_terminated:  // §2.3.8
            return {"connection_terminated", 502, "The origin closed the connection before a complete response came."};
        case ProxyError::connection_timeout:  // §2.3.9
            return {"connection_timeout", 504, "The connection to the origin could not be opened in time."};
        case ProxyError::connection_read_timeout:  // §2.3.10
            return {"connection_read_timeout", 504, "The origin sent nothing for too long."};
        case ProxyError::connection_write_timeout:  // §2.3.11
            return {"connection_write_timeout", 504, "The origin took nothing for too long."};
        case ProxyError::connection_limit_reached:  // §2.3.12
            return {"connection_limit_reached", 503, "All connections to the origin are in use."};
        case ProxyError::http_request_error:  // §2.3.16: the applicable 4xx; 400 where no other is known
            return {"http_request_error", 400, "The request is not valid HTTP."};
        case ProxyError::http_request_denied:  // §2.3.17
            return {"http_request_denied", 403, "The request is not allowed by the configuration."};
        case ProxyError::http_response_incomplete:  // §2.3.18
            return {"http_response_incomplete", 502, "The origin's response ended before it was complete."};
        case ProxyError::http_response_header_section_size:  // §2.3.19
            return {"http_response_header_section_size", 502, "The header section of the origin's response is too large."};
        case ProxyError::http_response_timeout:  // §2.3.26
            return {"http_response_timeout", 504, "The origin did not respond in time."};
        case ProxyError::http_upgrade_failed:  // §2.3.27
            return {"http_upgrade_failed", 502, "The origin did not agree to the upgrade."};
        case ProxyError::http_protocol_error:  // §2.3.28
            return {"http_protocol_error", 502, "The origin's response is not valid HTTP."};
        case ProxyError::proxy_internal_error:  // §2.3.30
            return {"proxy_internal_error", 500, "The proxy failed by a fault of its own."};
        case ProxyError::proxy_configuration_error:  // §2.3.31
            return {"proxy_configuration_error", 500, "The configuration of the proxy is at fault."};
        case ProxyError::proxy_loop_detected:  // §2.3.32
            return {"proxy_loop_detected", 502, "The request has come through this proxy before."};
    }
    assert(false);
    return {"proxy_internal_error", 500, "The proxy failed by a fault of its own."};
}

}  // namespace

std::string_view name_of(ProxyError error) noexcept { return describe(error).name; }
int status_of(ProxyError error) noexcept { return describe(error).status; }
std::string_view sentence_of(ProxyError error) noexcept { return describe(error).sentence; }

void throw_exception_from_error(ProxyError error, const boost::source_location& where) {
    (void)where;  // the sentence is for an operator, who has no use for a line of our source
    throw std::runtime_error(std::string(sentence_of(error)));
}

}  // namespace sidecache::http
