// HEAD that the origin has to answer: what it says of the stored response to GET is taken over (RFC 9111 §4.3.5).
#include "proxy/pipeline/pipeline.hpp"

#include "cache/policy/head_update.hpp"
#include "cache/policy/status.hpp"
#include "cache/policy/validation.hpp"
#include "proxy/pipeline/assessment.hpp"
#include "proxy/pipeline/error_reply.hpp"
#include "proxy/pipeline/filing.hpp"
#include "proxy/pipeline/forwarding.hpp"
#include "proxy/pipeline/making.hpp"
#include "proxy/pipeline/upload.hpp"

#include <vector>

namespace sidecache::pipeline {

using policy::HeadUpdate;
using runtime::Task;

namespace {

void update(Shared& shared, const Inquiry& inquiry, const fill::StoredResponse& stored, const http1::ResponseHead& head, WallTime sent) {
    const auto answered = std::chrono::system_clock::now();
    const fill::UnpackedResponse view = stored.view();
    const HeadUpdate meaning = policy::assess_head(head.view, view, stored.facts(), stored.content_size());
    if (meaning == HeadUpdate::none) return;
    if (meaning == HeadUpdate::outdated) {
        shared.counts.heads_ended.fetch_add(1, std::memory_order_relaxed);
        take_back(shared, stored);
        return;
    }
    EndToEnd news;
    select_end_to_end(news, inquiry.snapshot, head, answered, true);
    std::vector<http::Field> fields = policy::freshen(view.fields, news.fields, inquiry.rules.share_set_cookie);
    const Assessment result = assess_freshened(shared, inquiry, stored.status(), fields, head, sent, answered);
    if (is_taken_back(result.storage)) take_back(shared, stored);
    if (result.storage != policy::Storage::store) return;  // of this request, or of consistency: what is stored is judged by itself
    if (key_of(inquiry, result) != stored.key()) return;  // it varies by other fields now: whose answer it is, is no longer known
    take_left_out(fields, result.left_out);
    fill::StoredResponse::Parts parts = parts_with_content_of(shared, inquiry, result, stored);
    if (meaning != HeadUpdate::confirm) {
        // Its fields are new, its content is as old as it was (CONSISTENCY 1.1).
        parts.stamp = stored.stamp();
        parts.fill_number = stored.fill_number();
        parts.begun = stored.begun();
        parts.recheck_at = stored.recheck_at();
        policy::add_groups(parts.groups, stored.groups());
    }
    const bool is_filed = file(shared, inquiry, make_response(inquiry, result, std::move(parts), fields, kept_tag(stored, fields)), result, answered);
    if (is_filed) shared.counts.heads_renewed.fetch_add(1, std::memory_order_relaxed);
}

// Nothing of parts is renewed: they are of the version that the origin has, or go.
void drop_if_outdated(Shared& shared, const fill::StoredParts& parts, const http1::ResponseHead& head) {
    const fill::StoredResponse& stored = parts.response();
    if (policy::assess_head(head.view, stored.view(), stored.facts(), parts.held().complete_length) == HeadUpdate::outdated) shared.store.erase(parts);
}

}  // namespace

Task<Reply> Pipeline::head(Request& request, const Context& context, const Looked& looked) {
    const fill::Fill::Start start = make_start(request, context, looked.found);
    const std::string text = make_forwarded_head(*context.snapshot, request.message, request.peer, request.id, {});
    InterimSink* interim = request.message.head().minor_version == 0 ? nullptr : &request.interim;
    const auto sent = std::chrono::system_clock::now();
    const auto asked = std::chrono::steady_clock::now();
    const auto conversation = std::make_shared<Conversation>(origin::Exchange(pool_));
    const auto answer = co_await ask(conversation->exchange, *context.snapshot, text, http::Method::head, interim);
    const http1::ResponseHead& head = conversation->exchange.head();
    if (!answer || policy::is_origin_failure(head.view.status)) {
        auto stale = reply_stale_on_error(request, context, looked.found.response);
        if (stale) co_return std::move(*stale);
        if (!answer) co_return make_error_reply(*context.snapshot, answer.error(), looked.outcome);
    }
    const Inquiry inquiry{*context.snapshot, context.rules(), context.facts, context.who, as_get(request.view()), start};
    if (looked.found.response != nullptr) update(shared_, inquiry, *looked.found.response, head, sent);
    if (looked.found.parts != nullptr) drop_if_outdated(shared_, *looked.found.parts, head);
    Reply reply = reply_from_origin(request, context, conversation, looked.outcome, std::nullopt);
    reply.origin_time = std::chrono::steady_clock::now() - asked;
    co_return reply;
}

}  // namespace sidecache::pipeline
