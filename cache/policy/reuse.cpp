#include "cache/policy/reuse.hpp"

#include "cache/switches/switches.hpp"

#include <algorithm>

namespace sidecache::policy {

using switches::is_off;
using switches::Rule;

namespace {

// §5.2.1.1. Ages are whole seconds rounded down, so that an age of 0 is more than 0 in truth: max-age=0 asks for validation.
bool is_too_old(const http::RequestCacheControl& control, seconds age) noexcept {
    return control.max_age && (age > *control.max_age || *control.max_age == seconds{0});
}

// Does the request itself allow a response this far past its freshness? (§5.2.1.2)
bool allows_stale(const http::RequestCacheControl& control, seconds staleness) noexcept {
    return control.max_stale && staleness <= *control.max_stale;
}

Reuse decide_stale(ReuseDecision& decision, const http::RequestCacheControl& control, const ResponseFacts& stored) noexcept {
    const seconds staleness = -decision.ttl;
    decision.rule = ReuseRule::never_stale;
    if (stored.never_stale) return Reuse::validate;  // §4.2.4
    decision.rule = ReuseRule::max_stale;
    if (allows_stale(control, staleness)) return Reuse::stale;
    // §5.2.1.1: with max-age and without max-stale the client does not wish for a stale response.
    const bool refuses_stale = control.max_age && !control.max_stale;
    decision.rule = ReuseRule::while_revalidate;
    if (staleness <= stored.while_revalidate && stored.while_revalidate > seconds{0} && !refuses_stale) {
        return Reuse::stale_while_revalidate;  // RFC 5861 §3
    }
    decision.rule = ReuseRule::stale;
    return Reuse::validate;
}

Reuse decide(ReuseDecision& decision, const RequestFacts& request, const ResponseFacts& stored, bool may_trust) noexcept {
    const http::RequestCacheControl& control = request.cache_control;
    const auto validate_for = [&decision](Forward reason, ReuseRule rule) {
        decision.forward = reason;
        decision.rule = rule;
        return Reuse::validate;
    };
    if (request.is_precondition) {
        decision.forward = Forward::request;
        decision.rule = ReuseRule::precondition;
        return Reuse::bypass;
    }
    if (!may_trust && is_off(Rule::trust_first) && (control.max_stale || stored.while_revalidate > seconds{0})) return Reuse::stale;
    if (!may_trust) return validate_for(Forward::stale, ReuseRule::untrusted);
    if (control.no_cache) return validate_for(Forward::request, ReuseRule::request_no_cache);       // §5.2.1.4
    if (stored.always_validate) return validate_for(Forward::stale, ReuseRule::response_no_cache);  // §5.2.2.4
    const bool is_fresh = decision.ttl > seconds{0};                                                // §4.2
    // Fresh, and fresh enough for this client?
    const Forward not_enough = is_fresh ? Forward::request : Forward::stale;
    if (is_too_old(control, decision.age)) return validate_for(not_enough, ReuseRule::request_max_age);
    if (control.min_fresh && decision.ttl < *control.min_fresh) return validate_for(not_enough, ReuseRule::request_min_fresh);  // §5.2.1.3
    decision.rule = ReuseRule::fresh;
    if (is_fresh) return Reuse::fresh;
    const Reuse reuse = decide_stale(decision, control, stored);
    return reuse == Reuse::validate ? validate_for(Forward::stale, decision.rule) : reuse;
}

}  // namespace

ReuseDecision decide_reuse(const RequestFacts& request, const ResponseFacts& stored, bool may_trust, Time now, std::optional<seconds> softened_for) noexcept {
    ReuseDecision decision;
    decision.age = current_age(stored, now);
    decision.ttl = stored.lifetime - decision.age;
    if (softened_for) decision.ttl = std::min(decision.ttl, -*softened_for);
    decision.reuse = decide(decision, request, stored, may_trust);
    const bool asks_origin = decision.reuse == Reuse::validate || decision.reuse == Reuse::bypass;
    if (asks_origin && request.cache_control.only_if_cached) decision.reuse = Reuse::unsatisfiable;  // §5.2.1.7
    return decision;
}

bool may_serve_on_error(const RequestFacts& request, const ResponseFacts& stored, bool may_trust, Time now, std::optional<seconds> softened_for) noexcept {
    if ((!may_trust && !is_off(Rule::trust_first)) || stored.always_validate) return false;
    if (request.is_precondition || request.cache_control.no_cache) return false;
    seconds staleness = current_age(stored, now) - stored.lifetime;
    if (softened_for) staleness = std::max(staleness, *softened_for);
    if (staleness < seconds{0}) return true;  // fresh: §4.2.4 forbids nothing, the client had only wished for a newer one
    if (stored.never_stale) return false;     // §4.2.4; RFC 5861 §4 gives way to it
    if (stored.if_error > seconds{0} && staleness <= stored.if_error) return true;
    const auto& asked = request.cache_control.stale_if_error;
    return (asked && staleness <= *asked) || allows_stale(request.cache_control, staleness);
}

}  // namespace sidecache::policy
