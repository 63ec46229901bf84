#include "proxy/pipeline/judgement.hpp"

#include "cache/policy/validation.hpp"

namespace sidecache::pipeline {
namespace {

using policy::Forward;
using policy::Reuse;
using policy::Served;

Alone alone_because(const http::RequestView& request, const policy::RequestFacts& facts, bool is_uncacheable) {
    if (request.method == http::Method::head) return Alone::head;
    if (facts.has_range) return Alone::range;
    if (facts.is_precondition) return Alone::precondition;
    if (facts.cache_control.no_store) return Alone::no_store;
    return is_uncacheable ? Alone::uncacheable : Alone::no;
}

}  // namespace

Judgement judge_read(const http::RequestView& request, const policy::RequestFacts& facts, const Found& found, bool is_trusted,
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
    if (found.response != nullptr) {
        judged.decision = policy::decide_reuse(facts, found.response->facts(), is_trusted, wall);
        const policy::ReuseDecision& decision = *judged.decision;
        outcome.forward = decision.forward;
        if (!is_trusted) outcome.detail = "invalidated";
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
    } else if (facts.cache_control.only_if_cached) {
        judged.then = Judgement::Then::refuse;
        return judged;
    }
    judged.uncacheable = uncacheable.find(uncacheable_hash(found.hash, facts), steady);
    if (judged.uncacheable) outcome.detail = "uncacheable";
    judged.alone = alone_because(request, facts, judged.uncacheable.has_value());
    return judged;
}

bool may_validate(const fill::StoredResponse& stored, bool is_trusted) noexcept { return is_trusted || policy::is_strong_validator(stored.facts()); }

}  // namespace sidecache::pipeline
