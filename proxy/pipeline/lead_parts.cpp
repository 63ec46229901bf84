// Fills of what is missing: the answer is put together with the parts that are stored (RFC 9111 §3.3, §3.4).
#include "proxy/pipeline/pipeline.hpp"

#include "proxy/http1/write.hpp"
#include "proxy/pipeline/bodies.hpp"
#include "proxy/pipeline/fill_job.hpp"
#include "proxy/pipeline/forwarding.hpp"
#include "proxy/pipeline/making.hpp"
#include "proxy/pipeline/parts.hpp"

namespace sidecache::pipeline {
namespace {

using policy::Storage;
using runtime::Task;

// As it was asked for by the proxy itself.
constexpr policy::Asked with_if_range{.range = true, .if_range = true};

}  // namespace

// False: the answer does not go with what is held, which is dropped.
Task<bool> Pipeline::receive_missing(FillJob& job, origin::Exchange& exchange, WallTime asked) {
    const Inquiry inquiry = job.inquiry();
    const auto answered = std::chrono::system_clock::now();
    const fill::StoredParts& held = *job.scope.held;
    Assessment assessment;
    const auto part = assess_arriving_part(assessment, shared_, inquiry, exchange.head(), with_if_range, asked, answered);
    const auto sum = part ? combine_heads(shared_, inquiry, held.response(), *part) : std::nullopt;
    const auto join = part ? join_around(held, part->part) : std::nullopt;
    const bool is_of_use = sum && (job.facts.has_range ? part->part.range.length() <= job.snapshot->options.max_object : join.has_value());
    if (!is_of_use) {
        shared_.store.erase(held);
        exchange.abort();
        co_return false;
    }
    note_answer(shared_, *job.snapshot, job.who, job.rules(), job.message.view(), exchange.head().view);
    if (job.facts.has_range) {
        co_await receive_to_file(job, exchange, *part, assessment);
    } else {
        co_await receive_to_join(job, exchange, *sum, *join);
    }
    co_return true;
}

// Who asked for a range finds it in the store, together with what was there before.
Task<> Pipeline::receive_to_file(FillJob& job, origin::Exchange& exchange, ArrivingPart part, Assessment assessment) {
    fill::Fill& fill = *job.lead;
    const std::uint64_t length = part.part.range.length();
    const fill::Content::Limits limits{.store = job.snapshot->options.max_object, .window = job.snapshot->options.window};
    const fill::ContentPtr content(new fill::Content(limits, length, true));
    Wakeup readers_moved(loop_);
    const fill::Writing writing(content, readers_moved);
    const bool is_received = co_await append_content(job, exchange, *content, readers_moved, nullptr, length);
    if (!is_received) {
        fill.fail(content->error());
        co_return;
    }
    content->complete({});
    const bool is_filed = file_part(shared_, job.inquiry(), assessment, part, content, part.response->facts().response_time);
    // Where it was not, each goes to the origin by itself.
    fill::Answer answer{part.response, is_filed ? Storage::store : Storage::malformed, false, 206, assessment.vary};
    answer.origin_queries = queries_of(exchange.head().view);
    answer.is_filed_only = is_filed;
    fill.answer(std::move(answer));
}

// Who asked for all of it reads what was there, then what comes.
Task<> Pipeline::receive_to_join(FillJob& job, origin::Exchange& exchange, CombinedHead sum, Join join) {
    const fill::Content::Limits limits{.store = job.snapshot->options.max_object, .window = job.snapshot->options.window};
    const fill::ContentPtr content(new fill::Content(limits, join.length, true, job.has_client ? 1 : 0));
    const fill::StoredResponsePtr response = sum.response->with(content);
    Wakeup readers_moved(loop_);
    const fill::Writing writing(content, readers_moved);
    for (const fill::Slice& slice : join.before) append(*content, slice);
    fill::Answer answer{response, content->is_kept() ? Storage::store : Storage::too_large, false, 206, sum.assessment.vary};
    answer.origin_queries = queries_of(exchange.head().view);
    answer.is_combined = true;
    job.lead->answer(std::move(answer));
    if (!content->is_kept()) job.lead.retire();

    const bool is_received = co_await append_content(job, exchange, *content, readers_moved, nullptr, join.missing_end);
    if (!is_received) co_return;
    if (content->size() != join.missing_end) {  // less than its Content-Range said
        content->fail(http::ProxyError::http_response_incomplete);
        co_return;
    }
    for (const fill::Slice& slice : join.after) append(*content, slice);
    const bool was_kept = content->is_kept();
    content->complete({});
    if (!was_kept) co_return;
    const bool is_filed = file(shared_, job.inquiry(), tagged(job.inquiry(), response), sum.assessment, response->facts().response_time);
    if (is_filed) shared_.counts.parts_completed.fetch_add(1, std::memory_order_relaxed);
    shared_.store.erase(*job.scope.held);
}

}  // namespace sidecache::pipeline
