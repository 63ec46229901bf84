// The origin's answer as the reply of a request that went past the cache.
#include "proxy/pipeline/pipeline.hpp"

#include "cache/policy/client_fields.hpp"
#include "proxy/http1/write.hpp"
#include "proxy/pipeline/bodies.hpp"
#include "proxy/pipeline/forwarding.hpp"
#include "proxy/pipeline/write_through.hpp"

#include <charconv>

namespace sidecache::pipeline {
namespace {

using policy::Outcome;

constexpr std::size_t usual_head = 1024;  // octets: most heads of answers are smaller, and grow in one block

}  // namespace

Reply Pipeline::reply_from_origin(const Request& request, const Context& context, std::shared_ptr<Conversation> conversation, Outcome outcome,
                                  std::optional<Write> write) {
    origin::Exchange& exchange = conversation->exchange;
    const http1::ResponseHead& head = exchange.head();
    const bool is_write = policy::is_write(request.view(), context.rules());
    note_answer(shared_, *context.snapshot, context.who, context.rules(), request.view(), head.view);
    auto body = std::make_unique<OriginBody>(conversation, context.snapshot);
    if (write) {
        if (write->kept != nullptr) body->begin_with(std::move(write->kept));
        const bool is_sent = exchange.is_request_sent();
        const bool is_whole = is_sent && body->is_whole();
        std::unique_ptr<WriteThrough> through;
        if (write->start) through = WriteThrough::begin(shared_, {context.snapshot, context.route, context.facts, context.who, request.message, *std::move(write->start), write->sent}, head);
        if (through != nullptr) write->fence.watch(through->groups());
        write->fence.on_answer(request.view(), head.view, is_whole);
        // It may wait for the slowest of the fleet's nodes, and the origin has no part in that.
        if (is_whole && shared_.fleet != nullptr) body->detach(loop_);
        // Whether it is stored its last byte decides: Cache-Status does not say what is not known yet (RFC 9211 §2.5).
        body->guard_with(loop_, std::move(write->fence), std::move(through));
    }

    Reply reply;
    reply.status = head.view.status;
    outcome.forward_status = reply.status;
    reply.outcome = outcome;
    reply.origin_queries = queries_of(head.view);
    EndToEnd& fields = end_to_end_;
    select_end_to_end(fields, *context.snapshot, head, std::chrono::system_clock::now(), false);
    // What answers a write is no copy of the resource that a client could keep and ask about.
    const bool is_told_otherwise = !is_write && reply.status != 101;
    const auto clients = policy::client_fields(is_told_otherwise ? context.rules().clients : policy::ClientCopies::origin, fields.fields, withheld_from_clients(*context.snapshot));
    reply.head.reserve(usual_head);
    http1::append_status_line(reply.head, reply.status);
    if (!clients.cache_control.empty()) http1::append_field(reply.head, "Cache-Control", clients.cache_control);
    for (const http::Field& field : fields.fields) {
        if (!clients.withholds(field)) http1::append_field(reply.head, field.name, field.value);
    }
    if (reply.status == 101) {
        http1::append_field(reply.head, "Connection", "upgrade");
        if (const auto protocol = http::value_of(head.view.fields, http::FieldName::upgrade)) http1::append_field(reply.head, "Upgrade", *protocol);
        reply.tunnel = std::make_unique<origin::Exchange>(std::move(exchange));
        return reply;
    }
    if (head.framing == http1::Framing::length) {
        reply.content_length = head.content_length;
    } else if (head.framing == http1::Framing::none && reply.status != 204) {
        // HEAD and 304: what a GET would be told, not a framing of this message (RFC 9110 §8.6).
        if (const auto length = http::value_of(head.view.fields, http::FieldName::content_length)) {
            std::uint64_t value = 0;
            if (std::from_chars(length->data(), length->data() + length->size(), value).ec == std::errc{}) reply.content_length = value;
        }
    }
    reply.content_flows = conversation->is_uploading;
    // A body even where there is no content: its end gives the connection back and ends an upload.
    reply.body = std::move(body);
    return reply;
}

}  // namespace sidecache::pipeline
