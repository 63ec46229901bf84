#include "proxy/pipeline/error_reply.hpp"

#include "cache/http/date.hpp"
#include "proxy/http1/write.hpp"
#include "proxy/pipeline/bodies.hpp"

#include <chrono>
#include <utility>

namespace sidecache::pipeline {
namespace {

// {"status":502,"error":"connection_refused","detail":"..."}; `error` may be empty.
std::string make_error_body(int status, std::string_view error, std::string_view sentence) {
    std::string body = "{\"status\":" + std::to_string(status);
    if (!error.empty()) body.append(",\"error\":\"").append(error).append("\"");
    // Our sentences are fixed ASCII texts without quotes or backslashes.
    body.append(",\"detail\":\"").append(sentence).append("\"}\n");
    return body;
}

Reply make_reply(int status, std::string body, std::string_view proxy_status, policy::Outcome outcome) {
    Reply reply;
    reply.status = status;
    http1::append_status_line(reply.head, status);
    http1::append_field(reply.head, "Date", http::format_http_date(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())));
    http1::append_field(reply.head, "Content-Type", "application/json");
    http1::append_field(reply.head, "Cache-Control", "no-store");
    if (!proxy_status.empty()) http1::append_field(reply.head, "Proxy-Status", proxy_status);
    if (status == 405) http1::append_field(reply.head, "Allow", "GET, HEAD, QUERY, POST, PUT, PATCH, DELETE, OPTIONS");
    if (status == 503) http1::append_field(reply.head, "Retry-After", "1");  // RFC 9110 §15.6.4: what is full or stopping now is not for long
    reply.content_length = body.size();
    reply.body = std::make_unique<FixedBody>(std::move(body));
    reply.outcome = outcome;
    if (status >= 400) {  // whatever it was to become: nothing of this answer is stored
        reply.outcome.served = policy::Served::error;
        reply.outcome.stored = false;
        reply.outcome.ttl.reset();
    }
    return reply;
}

}  // namespace

Reply make_error_reply(const Snapshot& snapshot, http::ProxyError error, policy::Outcome outcome, int status) {
    const std::string_view name = http::name_of(error);
    if (status == 0) status = http::status_of(error);
    const std::string proxy_status = snapshot.options.via + "; error=" + std::string(name);
    Reply reply = make_reply(status, make_error_body(status, name, http::sentence_of(error)), proxy_status, outcome);
    reply.error = error;
    return reply;
}

Reply make_own_reply(int status, std::string_view sentence, policy::Outcome outcome) {
    const std::string proxy_status = status >= 500 ? "sidecache; details=\"" + std::string(sentence) + "\"" : "";
    return make_reply(status, make_error_body(status, {}, sentence), proxy_status, outcome);
}

Reply make_json_reply(int status, std::string json, policy::Outcome outcome) { return make_reply(status, std::move(json), {}, outcome); }

Reply make_fault_reply(ContentFault fault, policy::Outcome outcome) {
    Reply reply;
    switch (fault) {
        case ContentFault::timeout: reply = make_own_reply(408, "The content of the request did not come in time.", outcome); break;
        case ContentFault::malformed: reply = make_own_reply(400, "The content of the request is not framed as RFC 9112 has it.", outcome); break;
        case ContentFault::too_large: reply = make_own_reply(413, "The content of the request is larger than limits.content.", outcome); break;
        case ContentFault::none:
        case ContentFault::disconnected: reply = make_own_reply(400, "The content of the request did not come whole.", outcome); break;
    }
    reply.must_close = true;
    return reply;
}

}  // namespace sidecache::pipeline
