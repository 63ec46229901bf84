#include "proxy/pipeline/judgement.hpp"

#include "cache/switches/switches.hpp"

#include "cache/policy/validation.hpp"

namespace sidecache::pipeline {
namespace {

using policy::Forward;
using policy::Reuse;
using policy::Served;

Alone alone_because(const http::RequestView& request, const policy::RequestFacts& facts, bool is_uncacheable) {
    if (request.method == http::Method::head) return Alone::head;
    if (facts.is_precondition) return Alone::precondition;
    if (facts.cache_control.no_store) return Alone::no_store;
    return is_uncacheable ? Alone::uncacheable : Alone::no;
}

// RFC 9111 §3.3: parts answer only for ranges within them, and only as a whole response would be reused.
void judge_parts(Judgement& judged, const http::RequestView& request, const fill::StoredParts& parts) {
    const bool may_reuse = judged.decision->reuse == Reuse::fresh || judged.decision->reuse == Reuse::stale;
    if (may_reuse) judged.partial = policy::decide_partial(request, parts.response().view(), parts.response().facts(), parts.held());
    if (judged.partial.use == policy::PartialUse::answer) {
        judged.then = Judgement::Then::reuse;
        judged.outcome = outcome_of(*judged.decision);
    } else if (judged.decision->reuse == Reuse::unsatisfiable) {
        judged.then = Judgement::Then::refuse;
    } else {
        judged.outcome.forward = may_reuse ? Forward::partial : judged.decision->forward;  // RFC 9211 §2.2
    }
}

}  // namespace

Judgement judge_read(const http::RequestView& request, const policy::RequestFacts& facts, const Found& found, bool is_trusted, std::optional<std::chrono::seconds> softened_for,
                     const fill::Uncacheable& uncacheable, std::chrono::system_clock::time_point wall, std::chrono::steady_clock::time_point steady) {
    Judgement judged;
    policy::Outcome& outcome = judged.outcome;
    outcome.served = Served::miss;
    outcome.forward = found.is_vary_miss ? Forward::vary_miss : Forward::uri_miss;
    if (!found.has_key) {
        outcome.forward = Forward::bypass;
        outcome.detail = "unkeyable";
        judged.alone = Alone::unkeyable;
        return judged;
    }
    if (const fill::StoredResponse* stored = found.judged(); stored != nullptr) {
        judged.decision = policy::decide_reuse(facts, stored->facts(), is_trusted, wall, softened_for);
        if (!is_trusted) outcome.detail = "invalidated";
    }
    if (found.response != nullptr) {
        const policy::ReuseDecision& decision = *judged.decision;
        outcome.forward = decision.forward;
        switch (decision.reuse) {
            case Reuse::stale_while_revalidate:
            case Reuse::fresh:
            case Reuse::stale:
                judged.then = decision.reuse == Reuse::stale_while_revalidate ? Judgement::Then::reuse_and_refresh : Judgement::Then::reuse;
                judged.outcome = outcome_of(decision);
                return judged;
            case Reuse::unsatisfiable: judged.then = Judgement::Then::refuse; return judged;
            case Reuse::bypass:
                outcome.forward = Forward::bypass;
                judged.alone = alone_because(request, facts, false);
                return judged;
            case Reuse::validate: break;
        }
    } else if (found.parts != nullptr) {
        judge_parts(judged, request, *found.parts);
    }
    if (judged.then == Judgement::Then::ask && facts.cache_control.only_if_cached) judged.then = Judgement::Then::refuse;  // §5.2.1.7
    if (judged.then != Judgement::Then::ask) return judged;
    judged.uncacheable = uncacheable.find(uncacheable_hash(found.hash, facts), steady);
    if (judged.uncacheable) outcome.detail = "uncacheable";
    judged.alone = alone_because(request, facts, judged.uncacheable.has_value());
    return judged;
}

bool goes_past_cache(const http::RequestView& request, const Found& found, const Judgement& judged) noexcept {
    using http::FieldName;
    constexpr auto of_one_client = http::FieldSet::of(FieldName::range, FieldName::if_none_match, FieldName::if_modified_since);
    return judged.alone == Alone::uncacheable && judged.uncacheable->why == policy::Storage::no_store && !judged.uncacheable->is_mixed && found.response == nullptr &&
           found.parts == nullptr && !request.names.has_any(of_one_client);
}

bool asks_for_new(const policy::RequestFacts& facts) noexcept {
    if (switches::is_off(switches::Rule::asked_after)) return false;
    const auto& control = facts.cache_control;
    return control.no_cache || (control.max_age && control.max_age->count() == 0);
}

bool may_validate(const fill::StoredResponse& stored, bool is_trusted) noexcept { return is_trusted || policy::is_strong_validator(stored.facts()); }

}  // namespace sidecache::pipeline
