#include "proxy/pipeline/stored_head.hpp"

#include "cache/policy/validation.hpp"
#include "proxy/http1/write.hpp"

namespace sidecache::pipeline {

void set_stored_head(Reply& reply, const http::RequestView& request, const fill::StoredResponse& response, std::chrono::system_clock::time_point now) {
    const bool is_not_modified = policy::client_has_it(request, response.sent(), response.facts(), std::chrono::floor<std::chrono::seconds>(now));
    if (!is_not_modified) {
        reply.status = response.status();
        reply.head = response.head();
        return;
    }
    reply.status = 304;
    http1::append_status_line(reply.head, 304);
    for (const http::Field& field : response.sent().fields) {
        if (policy::belongs_in_304(field)) http1::append_field(reply.head, field.name, field.value);
    }
}

bool carries_content(const Reply& reply, const http::RequestView& request) {
    return request.method != http::Method::head && reply.status != 304 && reply.status != 204;
}

}  // namespace sidecache::pipeline
