// QUERY through the cache (RFC 10008 §2.7): its content is read first, as far as it may take up memory, since the key is made of it.
#include "proxy/pipeline/pipeline.hpp"

#include "cache/policy/content_key.hpp"
#include "proxy/http1/write.hpp"
#include "proxy/pipeline/error_reply.hpp"

#include <utility>

namespace sidecache::pipeline {
namespace {

using runtime::Task;

// RFC 9110 §10.1.1: the content is wanted whatever the origin will say, so the proxy answers itself; not where all of it has come already.
Task<> invite_content(const Request& request) {
    if (!request.message.head().expects_continue || request.content.whole()) co_return;
    std::string head;
    http1::append_status_line(head, 100);
    http1::append_end(head);
    co_await request.interim.send_interim(head);
}

}  // namespace

Task<Gathered> gather(ContentSource& content, std::size_t limit) {
    Gathered gathered;
    while (!gathered.is_whole && gathered.bytes.size() <= limit) {
        const ContentSource::Piece piece = co_await content.next();
        gathered.fault = piece.fault;
        if (piece.fault != ContentFault::none) break;
        gathered.bytes.append(piece.bytes);
        gathered.is_whole = piece.is_end && gathered.bytes.size() <= limit;
    }
    co_return gathered;
}

Task<Reply> Pipeline::query(Request& request, Context& context) {
    const http1::RequestHead& head = request.message.head();
    policy::Outcome outcome;
    outcome.served = policy::Served::pass;
    outcome.forward = policy::Forward::bypass;
    outcome.detail = "content-too-large";
    const std::size_t limit = context.snapshot->options.query_content;
    if (head.framing == http1::Framing::length && head.content_length > limit) co_return co_await forward(request, context, outcome);

    co_await invite_content(request);
    Gathered gathered = co_await gather(request.content, limit);
    // Nothing has left: half of a question asks something else.
    if (gathered.fault != ContentFault::none) co_return make_fault_reply(gathered.fault, {});
    if (!gathered.is_whole) {
        context.content_begun = std::move(gathered.bytes);
        co_return co_await forward(request, context, outcome);
    }
    std::string key = policy::content_key(request.view().fields, gathered.bytes);
    const bool has_key = !key.empty();
    context.content = std::make_shared<const QueryContent>(QueryContent{std::move(gathered.bytes), std::move(key)});
    // While the content came the origin may have refused the credential, and a reload may have taken keys away that are not to be remembered again.
    principals::Identifier of_old_keys;
    principals::Identifier& identifier = context.snapshot == snapshot_ ? identifier_ : of_old_keys;
    context.who = who_asks(*context.snapshot, context.rules(), request.view(), identifier, shared_.standings);
    const bool is_alone = context.who.kind == Who::Kind::alone;
    if (has_key && !is_alone) {
        Reply reply = co_await read(request, context);
        show_key(reply, request, context);
        co_return reply;
    }
    outcome.detail = is_alone ? context.who.detail : "unkeyable";
    co_return co_await forward(request, context, outcome);
}

}  // namespace sidecache::pipeline
