// The top of the pipeline: the hit path, and the choice between reading through the cache, writing, and going past it.
#include "proxy/pipeline/pipeline.hpp"

#include "cache/fleet/control.hpp"
#include "cache/secret/keyed_digest.hpp"
#include "cache/switches/switches.hpp"
#include "proxy/pipeline/announcement.hpp"
#include "proxy/pipeline/error_reply.hpp"
#include "proxy/pipeline/judgement.hpp"
#include "proxy/pipeline/mask.hpp"
#include "proxy/pipeline/proof.hpp"
#include "proxy/pipeline/stored_answer.hpp"
#include "proxy/pipeline/way.hpp"

namespace sidecache::pipeline {
namespace {

using policy::Forward;
using policy::Outcome;
using policy::Reuse;
using policy::Served;
using runtime::Task;

}  // namespace

Pipeline::Pipeline(runtime::Loop& loop, Shared& shared, origin::Pool& pool, telemetry::Recorder& recorder, std::shared_ptr<const Snapshot> snapshot, tiers::TierReader* tier)
    : loop_(loop), shared_(shared), pool_(pool), recorder_(recorder), snapshot_(std::move(snapshot)), tier_(tier), finder_(shared) {
    secret::prepare();
    watch_writes();
    is_verifying_ = shared_.fleet != nullptr && shared_.fleet->verifies();
}

Task<bool> Pipeline::prove() {
    const bool is_proven = co_await prove_current(loop_, *shared_.fleet);
    (is_proven ? shared_.counts.reads_proven : shared_.counts.reads_unproven).fetch_add(1, std::memory_order_relaxed);
    co_return is_proven;
}

void Pipeline::adopt(std::shared_ptr<const Snapshot> snapshot) {
    snapshot_ = std::move(snapshot);
    identifier_.forget();
    watch_writes();
}

telemetry::RouteId Pipeline::route_id(const http::RequestView& request) const {
    std::string path;
    return snapshot_->route_ids[route_of(*snapshot_, request, path)];
}

std::optional<Hit> Pipeline::try_hit(const memory::Reader::Look& look, const http1::RequestHead& head, const Peer& peer, const Arrival& arrival, std::optional<Missed>& missed) {
    // Ranges are no matter of the hit path: they need room for their heads.
    if (!arrival.is_proven || !may_be_cached(head) || head.view.names.has(http::FieldName::range)) return std::nullopt;
    const http::RequestView& request = head.view;
    const std::size_t route = route_of(*snapshot_, request, path_);
    const policy::Rules& rules = snapshot_->routes.rules(route);
    if (!rules.cache || policy::is_overridden(request, rules)) return std::nullopt;
    const Who who = who_asks(*snapshot_, rules, request, identifier_, shared_.standings);
    if (who.kind == Who::Kind::alone) return std::nullopt;

    const policy::RequestFacts facts = policy::assess_request(request, rules);
    const Sighting seen = finder_.see(look, *snapshot_, rules.keys, request, facts, peer, arrival.wall, who);
    if (seen.response == nullptr) {
        missed = past_cache(request, facts, seen, arrival);
        return std::nullopt;
    }
    const fill::StoredResponse& stored = *seen.response;
    if (!stored.is_trusted(shared_.epochs)) return std::nullopt;

    const policy::ReuseDecision decision = policy::decide_reuse(facts, stored.facts(), true, arrival.wall, stored.softened_for(shared_.epochs, arrival.boot));
    if (decision.reuse != Reuse::fresh && decision.reuse != Reuse::stale) return std::nullopt;

    note_served(shared_, stored);
    Hit hit;
    hit.outcome = outcome_of(decision);
    hit.age = decision.age;
    hit.route = snapshot_->route_ids[route];
    hit.is_not_modified = pipeline::is_not_modified(request, stored, arrival.wall);
    hit.response = &stored;
    if (snapshot_->options.cache_status_key) {
        shown_key_ = masked_key(finder_.target_key());
        hit.key = shown_key_;
    }
    return hit;
}

std::optional<Missed> Pipeline::past_cache(const http::RequestView& request, const policy::RequestFacts& facts, const Sighting& seen, const Arrival& arrival) const {
    if (request.method != http::Method::get || seen.parts != nullptr || is_in_loop(request, *snapshot_)) return std::nullopt;
    const Found found(seen);
    const Judgement judged = judge_read(request, facts, found, false, std::nullopt, shared_.uncacheable, arrival.wall, arrival.steady);
    if (!goes_past_cache(request, found, judged)) return std::nullopt;
    return Missed{judged.outcome, uncacheable_hash(found.hash, facts)};
}

void Pipeline::show_key(Reply& reply, const Request& request, const Context& context) {
    if (!context.snapshot->options.cache_status_key) return;
    std::string key;
    if (finder_.append_target_key(key, *context.snapshot, context.rules().keys, request.view(), request.peer)) reply.key = masked_key(key);
}

Pipeline::Context Pipeline::make_context(const http::RequestView& request) {
    Context context;
    context.snapshot = snapshot_;
    context.route = route_of(*snapshot_, request, path_);
    context.facts = policy::assess_request(request, context.rules());
    context.who = who_asks(*snapshot_, context.rules(), request, identifier_, shared_.standings);
    return context;
}

Task<Reply> Pipeline::serve(Request& request) {
    // Nothing is stored that would answer if the origin failed.
    if (request.missed) return pass(request, make_context(request.view()), request.missed->outcome, request.missed->uncacheable);
    return serve_any(request);
}

Task<Reply> Pipeline::serve_any(Request& request) {
    const http1::RequestHead& head = request.message.head();
    const http::RequestView& view = head.view;
    Context context = make_context(view);
    // Nothing is reused for it, and only what was asked for after it came is shared (CONSISTENCY 1.3, no trust).
    context.is_proven = request.arrival.is_proven;
    if (!context.is_proven) context.facts.cache_control.no_cache = true;
    Outcome outcome;
    outcome.served = Served::pass;
    Reply reply;
    const Way way = way_of(head, *context.snapshot, context.route, context.who);
    if (way == Way::loop) {
        reply = make_error_reply(*context.snapshot, http::ProxyError::proxy_loop_detected, outcome);
    } else if (way == Way::trace) {
        // It would echo credentials and forwarding fields to whoever asks (RFC 9110 §9.3.8).
        reply = make_own_reply(405, "TRACE is not forwarded.", outcome);
    } else if (way == Way::last_hop) {
        outcome.served = Served::own;
        reply = make_own_reply(200, "The request was to end at this proxy (Max-Forwards: 0).", outcome);
    } else if (way == Way::purge) {
        // Whoever sends it: the origin does not hear of it.
        outcome.served = Served::own;
        if (request.peer.may_purge) {
            Announced told = co_await invalidate(loop_, shared_, invalidation_of(*context.snapshot, view));
            reply = make_json_reply(told.status, std::move(told.json), outcome);
        } else {
            reply = make_own_reply(403, "PURGE is not allowed from this address.", outcome);
        }
    } else if (way == Way::write) {
        outcome.forward = Forward::method;
        if (shared_.is_draining.load(std::memory_order_relaxed)) {
            // The process that takes over does not hear of this write (CONSISTENCY S26): it must go there.
            outcome.forward = Forward::none;
            reply = make_own_reply(503, "This proxy is stopping and takes no more writes.", outcome);
            reply.must_close = true;
        } else if (!policy::is_overridden(view, context.rules()) && relations::Relations(context.snapshot->write_rules, view).is_safe() && !switches::is_off(switches::Rule::declared_safe)) {
            reply = co_await forward(request, context, outcome);
        } else {
            reply = co_await converse(request, context, outcome, make_write(request, context));
        }
    } else if (way == Way::options || way == Way::past) {
        outcome.forward = way == Way::options ? Forward::method : Forward::bypass;
        reply = co_await forward(request, context, outcome);
    } else if (way == Way::route_off) {
        outcome.forward = Forward::bypass;
        outcome.detail = "route-off";
        reply = co_await forward(request, context, outcome);
    } else if (way == Way::alone) {
        outcome.forward = Forward::bypass;
        outcome.detail = context.who.detail;
        reply = co_await forward(request, context, outcome);
    } else if (way == Way::query) {
        reply = co_await query(request, context);
    } else {
        reply = co_await read(request, context);
        show_key(reply, request, context);
    }
    reply.route = context.snapshot->route_ids[context.route];
    co_return reply;
}

}  // namespace sidecache::pipeline
