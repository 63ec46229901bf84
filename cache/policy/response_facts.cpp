#include "cache/policy/response_facts.hpp"

#include "cache/http/entity_tag.hpp"
#include "cache/http/list.hpp"
#include "cache/policy/status.hpp"
#include "cache/switches/switches.hpp"

#include <algorithm>

namespace sidecache::policy {
namespace {

using http::FieldName;
using http::HeaderView;

constexpr seconds heuristic_limit = std::chrono::hours{24};  // RFC 9111 §4.2.2 asks for a warning beyond it; we never go there
constexpr int heuristic_divisor = 10;                        // §4.2.2: "a typical setting of this fraction might be 10%"

std::optional<http::SystemTime> date_of(HeaderView fields, FieldName name, http::SystemTime now) {
    const auto value = http::value_of(fields, name);
    return value ? http::parse_http_date(*value, now) : std::nullopt;
}

// RFC 9111 §5.1: of a list the first member; what is no delta-seconds is ignored.
std::optional<seconds> age_value_of(HeaderView fields) {
    auto value = http::value_of(fields, FieldName::age);
    if (!value) return std::nullopt;
    return http::parse_delta_seconds(http::trim(value->substr(0, value->find(','))));
}

// RFC 9111 §5.3, §4.2.1: an invalid date, above all "0", is in the past; of several lines none can be believed.
seconds lifetime_by_expires(HeaderView fields, http::SystemTime date, http::SystemTime now) {
    if (http::count(fields, FieldName::expires) > 1) return seconds{0};
    const auto expires = date_of(fields, FieldName::expires, now);
    return expires ? std::max(*expires - date, seconds{0}) : seconds{0};
}

struct Lifetime {
    seconds length{0};
    LifetimeSource source = LifetimeSource::none;
};

// RFC 9111 §4.2.1, in its order; the operator's word replaces the origin's where the status is cacheable by default, so that
// `fresh: 5m` does not keep a 500 for five minutes.
Lifetime lifetime_of(const http::ResponseView& response, const http::ResponseCacheControl& control, const Rules& rules,
                     const std::optional<http::SystemTime>& last_modified, http::SystemTime date, http::SystemTime now) {
    const bool by_default = is_heuristically_cacheable(response.status);
    if (rules.fresh && by_default) return {*rules.fresh, LifetimeSource::route};
    if (control.s_maxage) return {*control.s_maxage, LifetimeSource::s_maxage};  // §5.2.2.10
    if (control.max_age) return {*control.max_age, LifetimeSource::max_age};     // §5.2.2.1
    if (response.names.has(FieldName::expires) && !control.is_targeted) {
        return {lifetime_by_expires(response.fields, date, now), LifetimeSource::expires};
    }
    // §4.2.2: only without any explicit expiration time, for a status that allows it or a response marked `public`.
    if (last_modified && *last_modified < date && (by_default || control.is_public)) {
        return {std::min((date - *last_modified) / heuristic_divisor, heuristic_limit), LifetimeSource::heuristic};
    }
    return {};
}

void assess_validators(ResponseFacts& facts, const http::ResponseView& response, std::optional<http::SystemTime> date,
                       http::SystemTime now) {
    if (http::count(response.fields, FieldName::etag) == 1) {  // two of them name nothing
        if (const auto tag = http::parse_entity_tag(*http::value_of(response.fields, FieldName::etag))) {
            facts.has_etag = true;
            facts.has_strong_etag = !tag->is_weak;
        }
    }
    if (http::count(response.fields, FieldName::last_modified) != 1) return;
    facts.last_modified = date_of(response.fields, FieldName::last_modified, now);
    facts.has_last_modified = facts.last_modified.has_value();
    // RFC 9110 §8.8.2.2 asks for one second between them; a second one covers two clocks that round differently.
    facts.last_modified_is_strong = facts.last_modified && date && *date - *facts.last_modified >= seconds{switches::is_off(switches::Rule::strong_dates) ? 0 : 2};
}

}  // namespace

std::string_view name_of(LifetimeSource source) noexcept {
    switch (source) {
        case LifetimeSource::none:
            return "none";
        case LifetimeSource::route:
            return "route";
        case LifetimeSource::s_maxage:
            return "s-maxage";
        case LifetimeSource::max_age:
            return "max-age";
        case LifetimeSource::expires:
            return "expires";
        case LifetimeSource::heuristic:
            return "heuristic";
    }
    return "";
}

ResponseFacts assess_response(const http::ResponseView& response, const Rules& rules, Time request_time, Time response_time, Audience audience) {
    const auto now = std::chrono::floor<seconds>(response_time);
    auto control = http::parse_response_cache_control(response.fields);
    // "s-maxage=0" says that no shared cache is to reuse it unasked: not that it serves everybody. Nor does a refusal where the route names who asks, whatever it
    // says: a framework puts the Cache-Control of a view on its 401 and 403 as well.
    const bool is_of_who_asked = rules.principal && is_refusal(response.status);
    const bool is_shared = (control.is_public || control.s_maxage.value_or(seconds{0}) > seconds{0}) && !control.is_private && !is_of_who_asked;
    if (audience != Audience::everybody && !is_shared) {  // §5.2.2.10, §5.2.2.8: both say nothing to a private cache
        control.s_maxage.reset();
        control.proxy_revalidate = false;
    }
    const auto date = date_of(response.fields, FieldName::date, now);
    const http::SystemTime date_value = date.value_or(now);  // RFC 9110 §6.6.1

    ResponseFacts facts;
    facts.status = response.status;
    facts.response_time = response_time;
    facts.date = date_value;
    assess_validators(facts, response, date, now);

    const Lifetime lifetime = lifetime_of(response, control, rules, facts.last_modified, date_value, now);
    facts.lifetime = lifetime.length;
    facts.source = lifetime.source;

    // RFC 9111 §4.2.3
    facts.had_age = response.names.has(FieldName::age);
    facts.age_value = age_value_of(response.fields).value_or(seconds{0});
    const seconds apparent_age = std::max(now - date_value, seconds{0});
    const seconds response_delay = std::max(std::chrono::floor<seconds>(response_time - request_time), seconds{0});
    facts.corrected_initial_age = std::max(apparent_age, facts.age_value + response_delay);

    facts.is_shared = is_shared;
    facts.always_validate = control.no_cache;
    facts.never_stale = control.must_revalidate || control.proxy_revalidate || control.s_maxage.has_value();
    // The route lengthens a lifetime, it gives none: what is stored for validation only stays so.
    const seconds route_while_revalidate = facts.source == LifetimeSource::none ? seconds{0} : rules.stale.while_revalidate;
    facts.while_revalidate = control.stale_while_revalidate.value_or(route_while_revalidate);
    facts.if_error = control.stale_if_error.value_or(rules.stale.if_error);
    facts.keep = rules.stale.keep;
    return facts;
}

seconds current_age(const ResponseFacts& facts, Time now) noexcept { return facts.corrected_initial_age + resident_time(facts, now); }

Time kept_until(const ResponseFacts& facts) noexcept {
    const seconds grace = facts.never_stale ? seconds{0} : std::max(facts.while_revalidate, facts.if_error);
    // What came stale is kept from then on: an origin whose clock is slow sends nothing else.
    const seconds of_use = std::max(facts.lifetime + grace - facts.corrected_initial_age, seconds{0});
    constexpr seconds longest = std::chrono::years{100};  // an Expires of another age would not fit in a Time
    return facts.response_time + std::min(of_use + facts.keep, longest);
}

}  // namespace sidecache::policy
