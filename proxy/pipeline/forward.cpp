// Past the cache: the request goes to the origin as it is, content and all, and the answer comes back as it comes.
#include "proxy/pipeline/pipeline.hpp"

#include "cache/policy/write_through.hpp"
#include "cache/switches/switches.hpp"
#include "proxy/pipeline/assessment.hpp"
#include "proxy/pipeline/error_reply.hpp"
#include "proxy/pipeline/forwarding.hpp"
#include "proxy/pipeline/interim.hpp"
#include "proxy/pipeline/kept_answer.hpp"
#include "proxy/pipeline/upload.hpp"

#include <cassert>

namespace sidecache::pipeline {
namespace {

using http::ProxyError;
using policy::Outcome;
using runtime::Task;

InterimSink* interim_sink(Request& request) { return request.message.head().minor_version == 0 ? nullptr : &request.interim; }

// Is there content that is still to come from the client?
bool has_content_to_come(const http1::RequestHead& head, const QueryContentPtr& content) {
    return content == nullptr && (head.framing == http1::Framing::chunked || (head.framing == http1::Framing::length && head.content_length != 0));
}

RequestFraming framing_of(const http1::RequestHead& head, const QueryContentPtr& content, bool has_begun) {
    if (content != nullptr) return framing_of(*content);
    switch (head.framing) {
        case http1::Framing::length: return {RequestFraming::Kind::length, head.content_length, has_begun};
        case http1::Framing::chunked: return {RequestFraming::Kind::chunked, 0, has_begun};
        case http1::Framing::none:
        case http1::Framing::until_close: break;
    }
    return {};
}

// What was uploaded of the request's content, if that is all of it.
void tell_request(NamedRows& rows, const Conversation& conversation, const http1::RequestHead& request) {
    const std::optional<ContentCopy>& copy = conversation.copy;
    if (copy && !copy->is_over && conversation.exchange.is_request_sent()) rows.set_request(copy->bytes, request.view.fields);
}

// Before a byte of it has left, so that nothing can have been written.
Reply refuse_content(ContentFault fault, Outcome outcome) {
    outcome.forward = policy::Forward::none;
    return make_fault_reply(fault, outcome);
}

Reply refuse_unannounced(Shared& shared, Outcome outcome) {
    shared.counts.writes_refused.fetch_add(1, std::memory_order_relaxed);
    outcome.forward = policy::Forward::none;
    Reply reply = make_own_reply(503, "The other nodes of this proxy cannot be told of writes now, so this one was not forwarded. Try it again.", outcome);
    reply.must_close = true;  // its content was not read
    return reply;
}

// What the origin answered is not delivered: then nothing may be read any more that it has replaced, and some node may not know of it yet.
Reply refuse_unheard(Shared& shared, const Outcome& outcome, bool has_content) {
    shared.counts.writes_unheard.fetch_add(1, std::memory_order_relaxed);
    Reply reply = make_own_reply(504, "The origin has answered this write, but the other nodes of this proxy could not be told in time. Look what became of it.", outcome);
    reply.must_close = reply.must_close || has_content;
    return reply;
}

}  // namespace

Task<http::Result<void>> Pipeline::read_answer(const Snapshot& snapshot, Conversation& conversation, Request& request) {
    // While content flows, its own deadlines hold; the upload arms that of the answer at its end.
    const auto until = conversation.is_uploading ? runtime::SteadyTime::max() : std::chrono::steady_clock::now() + pool_.options().first_byte;
    return read_final_head(snapshot, conversation.exchange, request.view().method, until, interim_sink(request));
}

Pipeline::Write Pipeline::make_write(const Request& request, const Context& context) {
    const http::RequestView& view = request.view();
    Write write{WriteFence(shared_, context.snapshot, context.route, view)};
    const bool is_plain = !request.message.head().is_ambiguous && !request.message.head().wants_upgrade;
    if (!is_plain || !context.rules().cache || context.who.kind == Who::Kind::alone) return write;
    const bool is_of_its_method = !policy::is_overridden(view, context.rules());
    const bool may_be_stored = is_of_its_method && policy::may_be_answered_like_get(view.method, context.rules());
    const bool wants_stored = write.fence.rows().wants(relations::Source::stored);
    if (!may_be_stored && !wants_stored) return write;
    write.sent = std::chrono::system_clock::now();
    const Found found = finder_.find(*context.snapshot, context.rules().keys, view, context.facts, request.peer, write.sent, context.who);
    if (wants_stored) write.fence.rows().set_stored(found.response);
    if (found.has_key && may_be_stored) write.start = make_start(request, context, found);
    return write;
}

Task<Reply> Pipeline::forward(Request& request, const Context& context, const Outcome& outcome, std::optional<policy::Hash128> uncacheable) {
    const http1::RequestHead& head = request.message.head();
    const bool may_be_sent_again = !policy::is_write(head.view, context.rules()) || switches::is_off(switches::Rule::sent_once);  // not what is only declared safe (RFC 9110 §9.2.2)
    if (may_be_sent_again && !has_content_to_come(head, context.content) && !may_upgrade(head)) return pass(request, context, outcome, uncacheable);
    assert(!uncacheable);
    return converse(request, context, outcome, std::nullopt);
}

Task<Reply> Pipeline::pass(Request& request, Context context, Outcome outcome, std::optional<policy::Hash128> uncacheable) {
    const auto asked = std::chrono::steady_clock::now();
    const RequestFraming framing = framing_of(request.message.head(), context.content, false);
    if (framing.length > context.snapshot->options.max_content) co_return refuse_content(ContentFault::too_large, outcome);  // of a QUERY
    std::string text = make_forwarded_head(*context.snapshot, request.message, request.peer, request.id, framing, context.rules().method_override);
    if (context.content != nullptr) text.append(context.content->bytes);
    const auto conversation = std::make_shared<Conversation>(origin::Exchange(pool_));
    const auto answer = co_await ask(conversation->exchange, *context.snapshot, text, request.view().method, interim_sink(request));
    const std::chrono::nanoseconds origin_time = std::chrono::steady_clock::now() - asked;
    Reply reply = answer ? reply_passed(request, context, conversation, outcome, uncacheable) : make_error_reply(*context.snapshot, answer.error(), outcome);
    if (answer) reply.origin_time = origin_time;
    if (request.missed) show_key(reply, request, context);
    reply.route = context.snapshot->route_ids[context.route];
    co_return reply;
}

Reply Pipeline::reply_passed(const Request& request, const Context& context, std::shared_ptr<Conversation> conversation, Outcome outcome, const std::optional<policy::Hash128>& uncacheable) {
    const http::ResponseView& answer = conversation->exchange.head().view;
    // RFC 9110 §7.8: an upgrade that nobody asked for.
    if (answer.status == 101) return make_error_reply(*context.snapshot, ProxyError::http_protocol_error, outcome);
    const bool is_as_remembered = uncacheable && is_still_uncacheable(shared_, *uncacheable, context.snapshot->options, answer);
    if (is_as_remembered) outcome.detail = policy::name_of(policy::Storage::no_store);
    return reply_from_origin(request, context, std::move(conversation), outcome, std::nullopt);
}

Task<Reply> Pipeline::converse(Request& request, const Context& context, Outcome outcome, std::optional<Write> write) {
    const http1::RequestHead& head = request.message.head();
    const auto asked = std::chrono::steady_clock::now();
    const RequestFraming framing = framing_of(head, context.content, !context.content_begun.empty());
    if (framing.length > context.snapshot->options.max_content) co_return refuse_content(ContentFault::too_large, outcome);
    if (framing.kind == RequestFraming::Kind::chunked && request.content.is_malformed_already()) co_return refuse_content(ContentFault::malformed, outcome);
    // The fleet has to know of it before a byte of it leaves: else nobody would end it if this node were lost (CONSISTENCY 1.3 begin).
    if (write) {
        const bool is_announced = co_await write->fence.announce(loop_);
        if (!is_announced) co_return refuse_unannounced(shared_, outcome);
    }
    std::string text = make_forwarded_head(*context.snapshot, request.message, request.peer, request.id, framing, context.rules().method_override);
    if (context.content != nullptr) text.append(context.content->bytes);
    const bool has_content = has_content_to_come(head, context.content);

    const auto conversation = std::make_shared<Conversation>(origin::Exchange(pool_));
    http::Result<void> answer;
    const bool upgrades = may_upgrade(head);
    if (!has_content && !upgrades && switches::is_off(switches::Rule::sent_once)) {
        answer = co_await ask(conversation->exchange, *context.snapshot, text, head.view.method, interim_sink(request));
        if (!answer) co_return make_error_reply(*context.snapshot, answer.error(), outcome);
    } else {
        // A small content that is here already goes in one write with the head.
        const auto whole = has_content && framing.kind == RequestFraming::Kind::length && !head.expects_continue ? request.content.whole() : std::nullopt;
        if (whole) text.append(*whole);
        const bool is_read = write && write->fence.rows().wants(relations::Source::request);
        if (is_read && whole) write->fence.rows().set_request(*whole, head.view.fields);
        if (write) {
            const bool has_begun = co_await write->fence.begin();
            if (!has_begun) co_return refuse_unannounced(shared_, outcome);
        }
        auto connection = co_await pool_.acquire(false);
        if (!connection) co_return make_error_reply(*context.snapshot, connection.error(), outcome);  // nothing has left
        conversation->exchange = origin::Exchange(pool_, std::move(connection.value()));
        if (is_read && !whole) conversation->copy = ContentCopy{context.snapshot->options.json};
        if (write) write->fence.on_sending();
        const auto sent = co_await conversation->exchange.send(text);
        if (sent) {
            if (whole) request.content.take_whole();
            if (has_content && !whole) {
                start_upload(loop_, conversation, request.content, context.content_begun, pool_.options().first_byte);
            } else {
                conversation->exchange.request_is_sent();
            }
        }
        answer = co_await read_answer(*context.snapshot, *conversation, request);
    }
    // RFC 9110 §7.8: an upgrade that nobody asked for.
    if (answer && conversation->exchange.head().view.status == 101 && !upgrades) answer = ProxyError::http_protocol_error;

    if (!answer) {
        const ContentFault fault = conversation->fault;
        const bool may_still_answer = answer.error() == ProxyError::http_response_timeout && fault == ContentFault::none && !conversation->is_uploading;
        if (!may_still_answer) co_await end_upload(*conversation);
        if (write) tell_request(write->fence.rows(), *conversation, head);
        if (write) write->fence.on_unknown();
        if (write && context.rules().ends_principal == policy::EndsPrincipal::everybody) end_everybody(shared_);  // it may have been done
        Reply reply = fault == ContentFault::none ? make_error_reply(*context.snapshot, answer.error(), outcome) : make_fault_reply(fault, outcome);
        reply.must_close = reply.must_close || has_content;
        reply.origin_time = std::chrono::steady_clock::now() - asked;
        // Whoever hears of the failure may look what became of it; but an error of ours promises nothing.
        if (write) co_await write->fence.heard();
        if (write && may_still_answer && !shared_.is_draining.load(std::memory_order_relaxed)) {
            // The exchange outlives its deadline: what it still brings ends what was stored since (CONSISTENCY S17).
            loop_.spawn("late answer", await_late_answer(conversation, std::move(write->fence), context.snapshot, request.message));
        }
        co_return reply;
    }
    const std::chrono::nanoseconds origin_time = std::chrono::steady_clock::now() - asked;
    if (write) co_await read_rows(*write, conversation, context, head);
    const std::shared_ptr<FleetWrite> told = write ? write->fence.told() : nullptr;
    Reply reply = reply_from_origin(request, context, conversation, outcome, std::move(write));
    reply.origin_time = origin_time;
    bool is_heard = true;
    if (told != nullptr) is_heard = co_await told->heard();
    if (is_heard) co_return reply;
    if (reply.body != nullptr) co_await reply.body->close();
    co_return refuse_unheard(shared_, outcome, has_content);
}

// What the contents of both messages say of the rows that the write changed, before its answer is delivered.
Task<> Pipeline::read_rows(Write& write, std::shared_ptr<Conversation> conversation, const Context& context, const http1::RequestHead& request) {
    NamedRows& rows = write.fence.rows();
    tell_request(rows, *conversation, request);
    const http::ResponseView& answer = conversation->exchange.head().view;
    const bool is_read = rows.wants(relations::Source::response) && answer.status >= 200 && answer.status < 400;
    if (!is_read || conversation->exchange.is_complete() || !NamedRows::is_json(answer.fields)) co_return;  // then its values are missing
    write.kept = co_await keep_answer(loop_, conversation, context.snapshot->options.answer_size, context.snapshot->options.answer_wait);
    if (write.kept->is_whole(conversation->exchange) && !write.kept->is_over) rows.set_answer(write.kept->bytes, conversation->exchange.head().view.fields);
}

Task<> Pipeline::await_late_answer(std::shared_ptr<Conversation> conversation, WriteFence fence, std::shared_ptr<const Snapshot> snapshot, OwnedRequest message) {
    // Nobody waits for it: a drain, after which nothing is reused here, does not either.
    conversation->exchange.may_be_ended_by_drain();
    const auto until = std::chrono::steady_clock::now() + snapshot->options.settle;
    const auto answer = co_await read_final_head(*snapshot, conversation->exchange, message.view().method, until, nullptr);
    if (!answer) co_return;
    co_await conversation->hear_to_end(until);
    fence.on_late_answer(message.view(), conversation->exchange.head().view);
}

}  // namespace sidecache::pipeline
