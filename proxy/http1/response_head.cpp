#include "proxy/http1/connection_options.hpp"
#include "proxy/http1/framing.hpp"
#include "proxy/http1/head.hpp"
#include "proxy/http1/read_head.hpp"

namespace sidecache::http1 {

bool parse_response_head(std::string_view head, const HeadLimits& limits, http::Method request_method, Fields& fields,
                         ResponseHead& out) {
    fields.clear();
    out = {};
    if (head.size() > limits.head) return false;
    const auto line = read_status_line(head);
    if (!line || line->status < 100 || line->status > 599) return false;  // RFC 9110 §15
    const RawStatus status = *line;
    RawSection section;
    if (read_fields(head, limits.fields, fields, section)) return false;
    Extent extent;
    if (!judge_response_framing(fields, section, status.minor_version, status.status, request_method, extent)) return false;

    out.view = {status.status, fields, section.names};
    out.minor_version = status.minor_version;
    out.framing = extent.framing;
    out.content_length = extent.content_length;
    out.keep_alive = status.minor_version >= 1;
    if (section.names.has(http::FieldName::connection)) {
        const ConnectionOptions options = connection_options(fields);
        if (options.is_malformed) return false;
        out.keep_alive = is_kept_alive(options, status.minor_version);
    }
    // RFC 9112 §6.3 rule 8, and a 204 that says it has content (RFC 9110 §8.6): what follows it might be read as the next
    // response.
    const bool is_dubious = status.status == 204 && section.names.has_any(http::FieldSet::of(http::FieldName::content_length,
                                                                                             http::FieldName::transfer_encoding));
    if (extent.framing == Framing::until_close || is_dubious) out.keep_alive = false;
    return true;
}

}  // namespace sidecache::http1
