// GET, HEAD and QUERY through the cache: what is stored decides, then one fill for all who ask for the same.
#include "proxy/pipeline/pipeline.hpp"

#include "cache/policy/status.hpp"
#include "proxy/pipeline/error_reply.hpp"
#include "proxy/pipeline/judgement.hpp"
#include "proxy/pipeline/named_rows.hpp"
#include "proxy/pipeline/stored_answer.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace sidecache::pipeline {
namespace {

using policy::Forward;
using policy::Outcome;
using policy::Reuse;
using policy::Served;
using runtime::Task;

// Rounds of joining somebody's fill that turn out to be of no use, before the request goes alone (CONSISTENCY 1.1 share).
constexpr int round_limit = 2;
// Looks at the store, which may change between a look and a join.
constexpr int look_limit = 8;

Outcome with_ttl(Outcome outcome, std::optional<std::chrono::seconds> ttl) {
    outcome.ttl = ttl;
    return outcome;
}

Reply reply_from_parts(const http::RequestView& request, const fill::StoredParts& parts, const Judgement& judged) {
    Reply reply;
    reply.outcome = outcome_of(*judged.decision);
    reply.age = judged.decision->age;
    answer_with(reply, request, parts, judged.partial.answer);
    return reply;
}

// Would what is held and what is missing of it be more than may be kept?
bool is_too_much(const fill::StoredParts& held, const http::RangeSpec& missing, std::size_t limit) {
    const std::uint64_t end = held.held().complete_length ? *held.held().complete_length - 1 : http::max_position;
    const std::uint64_t last = std::min(missing.last.value_or(end), end);
    return held.held().bytes.length() + (last - *missing.first) + 1 > limit;
}

// A representation that is stored whole is validated or fetched whole, whatever part of it is asked for.
Scope scope_of(const policy::RequestFacts& facts, const Found& found, const Judgement& judged, std::size_t limit) {
    const bool is_partial = judged.partial.use == policy::PartialUse::ask;
    if (is_partial && !(facts.has_range && is_too_much(*found.parts, judged.partial.ask, limit))) return {Scope::Kind::missing, found.parts, judged.partial.ask};
    return {facts.has_range && found.response == nullptr ? Scope::Kind::asked : Scope::Kind::whole};
}

// Of a part, in the key of its fill.
std::string name_of(const Scope& scope, const http::RequestView& request) {
    std::string name;
    if (scope.kind == Scope::Kind::missing) {
        http::append_range(name, {&scope.missing, 1});
        return "missing " + name;
    }
    for (const http::Field& field : request.fields) {
        if (field.id == http::FieldName::range || field.id == http::FieldName::if_range) name.append(field.name).append(": ").append(field.value).append("\n");
    }
    return name;
}

}  // namespace

Task<Reply> Pipeline::read(Request& request, const Context& context) {
    std::optional<Outcome> brought;  // by a fill that stored what answers now
    bool has_waited = false;         // for somebody else's
    for (int round = 0, looks = 1;; ++looks) {
        Looked looked = look(request, context);
        looked.outcome.waited_in_vain = has_waited;
        if (looks == 1 && looked.found.judged() != nullptr) looked.found.judged()->note_refused(shared_.epochs);
        if (looked.reply && brought) looked.reply->outcome = with_ttl(*brought, looked.reply->outcome.ttl);
        if (looked.reply) co_return std::move(*looked.reply);
        if (looked.is_head_of_stored) co_return co_await head(request, context, looked);
        if (!looked.may_fill || round == round_limit || looks == look_limit) co_return co_await read_alone(request, context, looked);

        fill::FillTable::Joined joined = looked.fills_alone ? shared_.fills.start_alone(make_start(request, context, looked.found)) : join(request, context, looked.found);
        if (joined.fill == nullptr) continue;  // stored meanwhile: look again
        const bool is_crowded = !joined.lead && joined.fill->listeners() > context.snapshot->options.followers;  // the leader's client listens too
        if (is_crowded) co_return co_await read_alone(request, context, looked);
        if (!joined.lead && !may_wait_on(*joined.fill, request, context, looked.found)) {
            shared_.fills.detach(*joined.fill);
            shared_.counts.fills_overtaken.fetch_add(1, std::memory_order_relaxed);
            ++round;
            continue;
        }
        has_waited = has_waited || !joined.lead;
        Followed followed = co_await follow(request, context, looked, std::move(joined));
        if (followed.reply) co_return std::move(*followed.reply);
        looked.outcome.waited_in_vain = has_waited;
        if (followed.goes_alone) co_return co_await read_alone(request, context, looked);
        brought = followed.brought;
        ++round;
    }
}

Task<Reply> Pipeline::read_alone(Request& request, const Context& context, const Looked& looked) {
    Reply reply = co_await forward(request, context, looked.outcome, looked.uncacheable);
    if (!policy::is_origin_failure(reply.status)) co_return reply;
    auto stale = reply_stale_on_error(request, context, looked.found.response);
    if (!stale) co_return reply;
    if (reply.body != nullptr) co_await reply.body->close();
    stale->origin_time = reply.origin_time;
    co_return std::move(*stale);
}

Pipeline::Looked Pipeline::look(const Request& request, const Context& context) {
    const http::RequestView& view = request.view();
    Looked looked;
    const auto wall = std::chrono::system_clock::now();
    looked.found = finder_.find(*context.snapshot, context.rules().keys, view, context.facts, request.peer, wall, context.who, context.content_key());
    const Found& found = looked.found;
    const bool is_trusted = found.judged() != nullptr && context.is_proven && found.judged()->is_trusted(shared_.epochs);
    const auto softened_for = found.judged() != nullptr ? found.judged()->softened_for(shared_.epochs, epochs::BootClock::now()) : std::nullopt;
    const Judgement judged = judge_read(view, context.facts, found, is_trusted, softened_for, shared_.uncacheable, wall, std::chrono::steady_clock::now());
    looked.outcome = judged.outcome;
    const bool is_invalidated = looked.outcome.detail == "invalidated";
    if (is_invalidated && (!context.is_proven || shared_.epochs.standing_of(found.judged()->stamp(), found.judged()->groups()) == epochs::Standing::unproven)) {
        looked.outcome.detail = "unproven";  // no write has ended it that this node knows of
    }
    looked.is_head_of_stored = judged.alone == Alone::head && found.judged() != nullptr;
    looked.scope = scope_of(context.facts, found, judged, context.snapshot->options.max_object);
    // What brings a part is of use to those alone who ask for the same.
    const bool brings_part = context.facts.has_range && looked.scope.kind != Scope::Kind::whole;
    // A condition of its own goes along to the origin, which a fill leaves out.
    const bool has_condition = view.names.has_any(http::FieldSet::of(http::FieldName::if_none_match, http::FieldName::if_modified_since));
    looked.fills_alone = judged.alone == Alone::uncacheable && !has_condition && !brings_part;
    if (goes_past_cache(view, found, judged)) {
        looked.uncacheable = uncacheable_hash(found.hash, context.facts);
        looked.fills_alone = false;
    }
    looked.may_fill = judged.alone == Alone::no || looked.fills_alone;
    switch (judged.then) {
        case Judgement::Then::reuse_and_refresh: refresh(request, context, found); [[fallthrough]];
        case Judgement::Then::reuse:
            looked.reply = found.response != nullptr ? reply_from_store(request, *found.response, *judged.decision) : reply_from_parts(request.view(), *found.parts, judged);
            break;
        case Judgement::Then::refuse:
            looked.reply = make_own_reply(504, found.response != nullptr ? "Only a stored response was asked for, and none may be reused."
                                                                         : "Only a stored response was asked for, and there is none.", {});
            break;
        case Judgement::Then::ask:
            if (brings_part) {
                finder_.narrow(looked.found, name_of(looked.scope, view));
                looked.may_fill = looked.may_fill && !shared_.uncacheable.knows(uncacheable_hash(found.hash, context.facts), std::chrono::steady_clock::now());
            }
            break;
    }
    return looked;
}

void Pipeline::refresh(const Request& request, const Context& context, const Found& found) {
    if (request.view().method == http::Method::head) return;  // its answer has no content to keep
    fill::FillTable::Joined joined = join(request, context, found);
    if (!joined.lead) return;  // somebody does it already
    shared_.counts.refreshes.fetch_add(1, std::memory_order_relaxed);
    start_fill(std::move(joined.lead), request, context, found.response, {}, false);
}

fill::FillTable::Joined Pipeline::join(const Incoming& request, const Context& context, const Found& found) {
    return shared_.fills.join(found.hash, finder_.key(), [&]() -> std::optional<fill::Fill::Start> {
        // Between the lookup and here a fill of this key may have ended: then what it stored is to be looked at first.
        const auto present = shared_.store.find(found.hash, finder_.key());
        const bool is_news = present != nullptr && present.get() != found.response.get() && present.get() != found.passed_over.get();
        if (is_news && present->is_kept(std::chrono::system_clock::now())) return std::nullopt;
        return make_start(request, context, found);
    });
}

// Of what was found last; before anything of the request can leave.
fill::Fill::Start Pipeline::make_start(const Incoming& request, const Context& context, const Found& found) {
    fill::Fill::Start start;
    start.hash = found.hash;
    start.key = finder_.key();
    start.exact = finder_.exact_key();
    start.stamp = shared_.epochs.stamp();
    // Its groups are named by this snapshot, whatever was adopted meanwhile.
    start.stamp.rules = context.snapshot->rules_identity.value_or(start.stamp.rules);
    start.begun = epochs::BootClock::now();
    start.number = shared_.fill_number.fetch_add(1, std::memory_order_relaxed);
    if (!groups_of_read(start.groups, *context.snapshot, context.route, request.view())) start.groups.clear();
    return start;
}

Reply Pipeline::reply_from_store(const Request& request, const fill::StoredResponse& response, const policy::ReuseDecision& decision) {
    note_served(shared_, response);
    Reply reply;
    reply.outcome = outcome_of(decision);
    reply.age = decision.age;
    [[maybe_unused]] const bool is_here = answer_with(reply, loop_, request.view(), response, Source::store);
    assert(is_here);  // what is stored is kept whole
    return reply;
}

std::optional<Reply> Pipeline::reply_stale_on_error(const Request& request, const Context& context, const fill::StoredResponsePtr& stored) {
    if (stored == nullptr) return std::nullopt;
    if (!stored->facts().is_shared && !is_still_served(shared_.standings, context.who, stored->fill_number())) return std::nullopt;
    const auto now = std::chrono::system_clock::now();
    const auto softened_for = stored->softened_for(shared_.epochs, epochs::BootClock::now());
    if (!policy::may_serve_on_error(context.facts, stored->facts(), stored->is_trusted(shared_.epochs), now, softened_for)) return std::nullopt;
    policy::ReuseDecision decision;
    decision.reuse = Reuse::stale;
    decision.age = policy::current_age(stored->facts(), now);
    decision.ttl = stored->facts().lifetime - decision.age;
    Reply reply = reply_from_store(request, *stored, decision);
    reply.outcome.detail = "origin-error";
    return reply;
}

}  // namespace sidecache::pipeline
