// Leading a fill: ask the origin once, decide at its head what it is worth, then append its content for all who read.
#include "proxy/pipeline/pipeline.hpp"

#include "cache/http/left_out.hpp"
#include "cache/policy/content_tag.hpp"
#include "cache/tiers/redis_tier.hpp"
#include "proxy/pipeline/bodies.hpp"
#include "proxy/pipeline/fill_job.hpp"
#include "proxy/pipeline/forwarding.hpp"
#include "proxy/pipeline/freshening.hpp"
#include "proxy/pipeline/interim.hpp"
#include "proxy/pipeline/judgement.hpp"
#include "proxy/pipeline/making.hpp"
#include "proxy/pipeline/parts.hpp"

namespace sidecache::pipeline {
namespace {

using http::ProxyError;
using policy::Storage;
using runtime::Task;

// For the leader's client, which hears of them as of the answer.
class FillInterim final : public InterimSink {
public:
    explicit FillInterim(fill::Fill& fill) : fill_(fill) {}
    Task<> send_interim(std::string_view head) override {
        fill_.add_interim(std::string(head));
        co_return;
    }

private:
    fill::Fill& fill_;
};

// What is sent to the origin: a QUERY with the content that it was keyed by.
std::string make_request(const FillJob& job) {
    const auto framing = job.content == nullptr ? RequestFraming() : framing_of(*job.content);
    std::string text = make_fill_head(*job.snapshot, job.message, job.peer, job.id, job.stored.get(), job.scope, framing);
    if (job.content != nullptr) text.append(job.content->bytes);
    return text;
}

}  // namespace

void Pipeline::start_fill(fill::Lead lead, const Incoming& request, const Context& context, fill::StoredResponsePtr stored, Scope scope, bool has_client,
                          std::optional<WriteRefreshes::Due> due) {
    shared_.counts.fills.fetch_add(1, std::memory_order_relaxed);
    std::unique_ptr<FillJob> job(new FillJob{context.snapshot, context.route, context.facts, context.who, request.message, context.content, request.peer,
                                             std::string(request.id), std::move(lead), std::move(stored), std::move(scope), has_client, std::move(due)});
    loop_.spawn("fill", this->lead(std::move(job)));
}

// Where each read is proven, what was proven for one says nothing of what is sent later: only a strong validator does.
bool Pipeline::may_ask_about(const fill::StoredResponse& stored) const { return may_validate(stored, !is_verifying_ && stored.is_trusted(shared_.epochs)); }

Task<> Pipeline::lead(std::unique_ptr<FillJob> job) {
    fill::Fill& fill = *job->lead;
    // However it ends: what it has stored is written before.
    struct Promise {
        Shared& shared;
        FillJob& job;
        ~Promise() {
            if (job.lease) shared.tier->release(*std::move(job.lease));
        }
    } const promise{shared_, *job};
    if (job->stored != nullptr && !may_ask_about(*job->stored)) job->stored = nullptr;
    if (tier_ != nullptr) {
        const bool is_answered = co_await look_in_tier(*job);
        if (is_answered) co_return;
    }
    FillInterim interim(fill);
    for (;;) {
        const std::string text = make_request(*job);
        const auto asked = std::chrono::system_clock::now();
        const auto began = std::chrono::steady_clock::now();
        origin::Exchange exchange(pool_);
        const auto answered = co_await ask(exchange, *job->snapshot, text, job->message.view().method, &interim);
        if (!job->has_client) {
            const std::int32_t queries = answered ? queries_of(exchange.head().view) : -1;
            recorder_.record(telemetry::FetchRecord{job->snapshot->route_ids[job->route], std::chrono::steady_clock::now() - began, queries});
        }
        if (!answered) {
            fill.fail(answered.error());
            co_return;
        }
        const http1::ResponseHead& answer = exchange.head();
        // Nobody asked for an upgrade, or whether it still holds what it gave.
        if (answer.view.status == 101 || (answer.view.status == 304 && job->stored == nullptr)) {
            fill.fail(ProxyError::http_protocol_error);
            co_return;
        }
        if (job->scope.kind == Scope::Kind::missing && answer.view.status == 206) {
            const bool is_received = co_await receive_missing(*job, exchange, asked);
            if (is_received) co_return;
            job->scope = {};  // it does not go with what is stored: ask for all of it
            continue;
        }
        if (job->scope.kind == Scope::Kind::missing && answer.view.status == 416) {
            shared_.store.erase(*job->scope.held);  // no such bytes: it is not as it was; and an answer to a Range that nobody sent is nobody's
            job->scope = {};
            continue;
        }
        if (answer.view.status != 304 || job->stored == nullptr) {
            co_await receive(*job, exchange, asked);
            co_return;
        }
        if (confirm(*job, answer, asked)) co_return;
        job->stored = nullptr;  // the 304 spoke of something else: ask for all of it
    }
}

bool Pipeline::confirm(FillJob& job, const http1::ResponseHead& head, WallTime asked) {
    const Inquiry inquiry = job.inquiry();
    const auto answered = std::chrono::system_clock::now();
    auto freshened = freshen(shared_, inquiry, *job.stored, head, true, asked, answered);
    if (!freshened) return false;
    note_answer(shared_, *job.snapshot, job.who, job.rules(), job.message.view(), head.view);
    if (job.due) freshened->response->mark_unasked();
    file_freshened(shared_, inquiry, *job.stored, *freshened, head, asked, answered);
    if (freshened->assessment.storage == Storage::store) note_filed(job, *freshened->response);
    const Assessment& result = freshened->assessment;
    fill::Answer answer{freshened->response, result.storage, true, 304, result.vary, std::move(freshened->own_fields), result.search};
    answer.origin_queries = queries_of(head.view);
    job.lead->answer(std::move(answer));
    return true;
}

Task<> Pipeline::receive(FillJob& job, origin::Exchange& exchange, WallTime asked) {
    fill::Fill& fill = *job.lead;
    const Inquiry inquiry = job.inquiry();
    const http1::ResponseHead& head = exchange.head();
    const int status = head.view.status;
    const auto answered = std::chrono::system_clock::now();
    note_answer(shared_, *job.snapshot, job.who, job.rules(), job.message.view(), head.view);
    const std::optional<std::uint64_t> expected = head.known_length();
    std::optional<ArrivingPart> part;
    Assessment result;
    if (job.scope.kind == Scope::Kind::asked && status == 206) {
        const policy::Asked as{.range = true, .if_range = job.message.view().names.has(http::FieldName::if_range)};
        part = assess_arriving_part(result, shared_, inquiry, head, as, asked, answered);
    } else {
        result = assess(shared_, inquiry, head.view, asked, answered);
        // What else the origin answers to a Range may be no answer to a request without it, as a 416.
        // And a Content-Range means nothing in a 200 (RFC 9110 §14.4), but that some origins answer other units so.
        const bool is_of_a_range = job.scope.kind == Scope::Kind::asked && (status != 200 || head.view.names.has(http::FieldName::content_range));
        if (result.storage == Storage::store && is_of_a_range) result.storage = Storage::status;
    }
    const fill::Content::Limits limits{.store = job.snapshot->options.max_object, .window = job.snapshot->options.window};
    if (result.storage == Storage::store && expected.value_or(0) > limits.store) result.storage = Storage::too_large;
    std::optional<Weighed> weighed;
    if (result.storage == Storage::store && !part) weighed = Weighed{policy::hash_key(key_of(inquiry, result)), fill.listeners()};
    if (weighed && expected) {
        if (!shared_.store.admit(weighed->filed_as, *expected, weighed->misses)) result.storage = Storage::not_admitted;
        weighed.reset();
    }

    const bool is_kept = result.storage == Storage::store;
    const fill::ContentPtr content(new fill::Content(limits, expected, is_kept, job.has_client ? 1 : 0));
    EndToEnd fields;
    select_end_to_end(fields, *job.snapshot, head, answered, true);
    std::string own_fields = take_left_out(fields.fields, result.left_out);
    // Names are copied before the next bytes of the connection take their place.
    const std::vector<std::string> unshared(result.left_out.begin(), result.left_out.end());
    const fill::StoredResponsePtr response = make_response(inquiry, result, parts_of(shared_, inquiry, result, status, content), fields.fields);
    if (job.due) response->mark_unasked();
    std::optional<policy::ContentTag> tag;
    if (is_kept && !part) tag = begin_tag(inquiry, *response);
    if (!is_kept && !job.due) remember_uncacheable(shared_, inquiry, result.storage, status);  // nobody asked: the next may get another answer

    Wakeup readers_moved(loop_);
    const fill::Writing writing(content, readers_moved);
    fill::Answer answer{response, result.storage, false, status, result.vary, std::move(own_fields), result.search};
    answer.origin_queries = queries_of(head.view);
    answer.may_not_be_kept = (part && part->asked.if_range) || (weighed && shared_.store.is_full_for(limits.store));
    fill.answer(std::move(answer));
    if (!is_kept) job.lead.retire();  // nobody else shall wait for what is one client's alone

    const bool is_whole = co_await append_content(job, exchange, *content, readers_moved, tag ? &*tag : nullptr, http::max_position, weighed);
    if (!is_whole) co_return;
    const bool was_kept = content->is_kept();
    const std::string trailers = trailers_for_clients(*job.snapshot, exchange.trailers());
    content->complete(is_kept ? http::without_left_out(trailers, {unshared.begin(), unshared.end()}) : trailers);
    if (!was_kept) co_return;
    if (part) {
        file_part(shared_, inquiry, result, *part, content, answered);
        co_return;
    }
    const fill::StoredResponsePtr whole = tag ? tagged(inquiry, response, tag->finish()) : response;
    if (tag) fill.complete(whole);
    if (whole != response && response->is_unasked()) whole->mark_unasked();
    if (file(shared_, inquiry, whole, result, answered)) note_filed(job, *whole);
}

Task<bool> Pipeline::append_content(FillJob& job, origin::Exchange& exchange, fill::Content& content, Wakeup& readers_moved, policy::ContentTag* tag, std::uint64_t end,
                                    std::optional<Weighed> weighed) {
    bool was_kept = content.is_kept();
    memory::Store::Reservation room(shared_.store, job.lead->start().hash);
    auto failure = std::optional<ProxyError>();
    for (auto demand = content.demand(); !failure;) {
        if (demand == fill::Content::Demand::nobody) {
            failure = ProxyError::connection_terminated;
        } else if (demand == fill::Content::Demand::wait) {
            // Each reader's door has a deadline for its client.
            co_await readers_moved.event.wait(runtime::SteadyTime::max());
            demand = content.demand();
        } else {
            const auto piece = co_await exchange.read_content();
            if (!piece) {
                failure = piece.error();
            } else if (piece.value().empty()) {
                co_return true;
            } else if (piece.value().size() > end - content.size()) {
                failure = ProxyError::http_protocol_error;  // more than its head announced
            } else {
                if (tag != nullptr) tag->add(piece.value());
                const std::uint64_t size = content.size() + piece.value().size();
                const bool is_admitted = !was_kept || !weighed || shared_.store.admit(weighed->filed_as, size, weighed->misses, room.bytes());
                if (!is_admitted) content.keep_no_longer();
                if (was_kept && is_admitted) room.cover(size);
                demand = content.append(piece.value());
                if (was_kept && !content.is_kept()) {
                    was_kept = false;
                    room.release();
                    remember_uncacheable(shared_, job.inquiry(), is_admitted ? Storage::too_large : Storage::not_admitted, exchange.head().view.status);
                    job.lead.retire();
                }
            }
        }
    }
    content.fail(*failure);
    exchange.abort();
    co_return false;
}

}  // namespace sidecache::pipeline
