// Leading a fill: ask the origin once, decide at its head what it is worth, then append its content for all who read.
#include "proxy/pipeline/pipeline.hpp"

#include "cache/http/left_out.hpp"
#include "cache/policy/client_fields.hpp"
#include "cache/policy/content_tag.hpp"
#include "cache/policy/validation.hpp"
#include "proxy/pipeline/bodies.hpp"
#include "proxy/pipeline/fill_job.hpp"
#include "proxy/pipeline/forwarding.hpp"
#include "proxy/pipeline/interim.hpp"
#include "proxy/pipeline/judgement.hpp"

namespace sidecache::pipeline {
namespace {

using http::ProxyError;
using policy::Storage;
using runtime::Task;

// Followers and the leader's client pass interim responses on themselves, each on its own worker.
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
    std::string text = make_fill_head(*job.snapshot, job.message, job.peer, job.id, job.stored.get(), framing);
    if (job.content != nullptr) text.append(job.content->bytes);
    return text;
}

// The entity tag that clients have of what is stored, where it was made here: it stays with its content, unless that is described otherwise now.
std::string_view kept_tag(const fill::StoredResponse& stored, http::HeaderView fields) {
    const bool is_made = !stored.view().names.has(http::FieldName::etag) && policy::is_described_alike(stored.view().fields, fields);
    return is_made ? http::value_of(stored.sent().fields, http::FieldName::etag).value_or(std::string_view()) : std::string_view();
}

}  // namespace

void Pipeline::start_fill(fill::Lead lead, const Request& request, const Context& context, fill::StoredResponsePtr stored,
                          bool has_client) {
    shared_.counts.fills.fetch_add(1, std::memory_order_relaxed);
    std::unique_ptr<FillJob> job(new FillJob{context.snapshot, context.route, context.facts, context.who, request.message, context.content, request.peer,
                                             std::string(request.id), std::move(lead), std::move(stored), has_client});
    loop_.spawn("fill", this->lead(std::move(job)));
}

Task<> Pipeline::lead(std::unique_ptr<FillJob> job) {
    fill::Fill& fill = *job->lead;
    if (job->stored != nullptr && !may_validate(*job->stored, job->stored->is_trusted(shared_.epochs))) job->stored = nullptr;
    FillInterim interim(fill);
    for (;;) {
        const std::string text = make_request(*job);
        const auto asked = std::chrono::system_clock::now();
        auto exchange = co_await ask(text, job->message.view().method, &interim);
        if (!exchange) {
            fill.fail(exchange.error());
            co_return;
        }
        const http1::ResponseHead& answer = exchange.value().head();
        if (answer.view.status == 101) {
            fill.fail(ProxyError::http_protocol_error);
            co_return;
        }
        if (answer.view.status != 304 || job->stored == nullptr) {
            co_await receive(*job, exchange.value(), asked);
            co_return;
        }
        if (confirm(*job, answer, asked)) co_return;
        job->stored = nullptr;  // the 304 spoke of something else: ask for all of it
    }
}

bool Pipeline::confirm(FillJob& job, const http1::ResponseHead& head, WallTime asked) {
    fill::Fill& fill = *job.lead;
    const Inquiry inquiry = job.inquiry();
    const fill::StoredResponse& stored = *job.stored;
    const policy::Confirmation confirmation = policy::confirms(head.view, stored.view(), stored.facts(), true);
    if (confirmation == policy::Confirmation::none) return false;
    note_answer(shared_, *job.snapshot, job.who, job.rules(), job.message.view(), head.view);
    const auto answered = std::chrono::system_clock::now();
    EndToEnd news;
    select_end_to_end(news, *job.snapshot, head, answered, true);
    std::vector<http::Field> fields = policy::freshen(stored.view().fields, news.fields, job.rules().share_set_cookie);
    // Facts are those of the new header section, with the Age of the 304 itself (RFC 9111 §4.3.4).
    std::vector<http::Field> assessed = fields;
    if (const auto age = http::value_of(head.view.fields, http::FieldName::age)) assessed.push_back({http::FieldName::age, "Age", *age});
    const http::ResponseView whole{stored.status(), assessed, http::names_of(assessed)};
    Assessment result = assess(shared_, inquiry, whole, asked, answered);
    // A trailer cannot be taken out of a content that others read.
    const std::string& trailers = stored.content()->trailers();
    if (http::without_left_out(trailers, result.left_out) != trailers) return false;
    const bool is_weak = confirmation == policy::Confirmation::weak;
    if (is_weak && (result.storage != Storage::store || !is_still_trusted(shared_, stored, result.groups))) return false;
    const std::string key = result.vary ? key_of(inquiry, result) : fill.start().key;

    take_left_out(fields, result.left_out);
    // For who caused it, those of the 304 itself, not what an earlier client got; and its cookies, where they are not shared.
    if (!job.rules().share_set_cookie) result.left_out.push_back("set-cookie");
    std::string own_fields = take_left_out(news.fields, result.left_out);

    policy::ClientFields clients = policy::client_fields(job.rules().clients, fields);
    if (policy::wants_made_tag(whole, clients)) clients.etag = kept_tag(stored, fields);
    const fill::StoredResponsePtr fresh(new fill::StoredResponse(policy::hash_key(key), key, parts_of(shared_, inquiry, result, stored.status(), stored.content()), fields, clients));
    if (result.storage == Storage::store) file(shared_, inquiry, fresh, result, answered);
    fill.answer({fresh, result.storage, true, 304, result.vary, std::move(own_fields), result.search});
    return true;
}

Task<> Pipeline::receive(FillJob& job, origin::Exchange& exchange, WallTime asked) {
    fill::Fill& fill = *job.lead;
    const Inquiry inquiry = job.inquiry();
    const http1::ResponseHead& head = exchange.head();
    const auto answered = std::chrono::system_clock::now();
    note_answer(shared_, *job.snapshot, job.who, job.rules(), job.message.view(), head.view);
    Assessment result = assess(shared_, inquiry, head.view, asked, answered);
    std::optional<std::uint64_t> expected;
    if (head.framing == http1::Framing::length) expected = head.content_length;
    if (head.framing == http1::Framing::none) expected = 0;
    const fill::Content::Limits limits{.store = job.snapshot->options.max_object, .window = job.snapshot->options.window};
    if (result.storage == Storage::store && expected.value_or(0) > limits.store) result.storage = Storage::too_large;

    const bool is_kept = result.storage == Storage::store;
    const fill::ContentPtr content(new fill::Content(limits, expected, is_kept, job.has_client ? 1 : 0));
    const std::string key = is_kept ? key_of(inquiry, result) : fill.start().key;
    EndToEnd fields;
    select_end_to_end(fields, *job.snapshot, head, answered, true);
    std::string own_fields = take_left_out(fields.fields, result.left_out);
    // Names are copied before the next bytes of the connection take their place.
    const std::vector<std::string> unshared(result.left_out.begin(), result.left_out.end());
    policy::ClientFields clients = policy::client_fields(job.rules().clients, fields.fields);
    fill::StoredResponsePtr response(new fill::StoredResponse(policy::hash_key(key), key, parts_of(shared_, inquiry, result, head.view.status, content), fields.fields, clients));
    std::optional<policy::ContentTag> tag;
    if (is_kept && policy::wants_made_tag(response->view(), clients)) tag.emplace(response->view().fields);
    if (!is_kept) remember_uncacheable(shared_, inquiry, result.storage, head.view.status);

    Wakeup readers_moved(loop_);
    const fill::Writing writing(content, readers_moved);
    fill.answer({response, result.storage, false, head.view.status, result.vary, std::move(own_fields), result.search});
    if (!is_kept) job.lead.retire();  // nobody else shall wait for what is one client's alone

    bool was_kept = is_kept;
    auto failure = std::optional<ProxyError>();
    for (auto demand = content->demand(); !failure;) {
        if (demand == fill::Content::Demand::nobody) {
            failure = ProxyError::connection_terminated;
        } else if (demand == fill::Content::Demand::wait) {
            // Each reader's door has a deadline for its client.
            co_await readers_moved.event.wait(runtime::SteadyTime::max());
            demand = content->demand();
        } else {
            const auto piece = co_await exchange.read_content();
            if (!piece) {
                failure = piece.error();
            } else if (piece.value().empty()) {
                break;
            } else {
                if (tag) tag->add(piece.value());
                demand = content->append(piece.value());
                if (was_kept && !content->is_kept()) {
                    was_kept = false;
                    remember_uncacheable(shared_, inquiry, Storage::too_large, head.view.status);
                    job.lead.retire();
                }
            }
        }
    }
    if (failure) {
        content->fail(*failure);
        exchange.abort();
        co_return;
    }
    content->complete(is_kept ? http::without_left_out(exchange.trailers(), {unshared.begin(), unshared.end()}) : exchange.trailers());
    if (!was_kept) co_return;
    if (tag) {
        clients.etag = tag->finish();
        response.reset(new fill::StoredResponse(*response, clients));
        fill.complete(response);
    }
    file(shared_, inquiry, response, result, answered);
}

}  // namespace sidecache::pipeline
