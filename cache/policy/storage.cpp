#include "cache/policy/storage.hpp"

#include "cache/http/left_out.hpp"
#include "cache/http/list.hpp"
#include "cache/policy/status.hpp"
#include "cache/policy/vary.hpp"

#include <algorithm>

namespace sidecache::policy {
namespace {

using http::FieldName;

bool has_explicit_freshness(LifetimeSource source) noexcept {
    switch (source) {
        case LifetimeSource::route:
        case LifetimeSource::s_maxage:
        case LifetimeSource::max_age:
        case LifetimeSource::expires:
            return true;
        case LifetimeSource::none:
        case LifetimeSource::heuristic:
            return false;
    }
    return false;
}

// A response that could neither be reused, fresh or stale, nor validated would only take room.
bool is_useful(const ResponseFacts& facts) noexcept {
    if (kept_until(facts) <= facts.response_time) return false;
    if (facts.has_etag || facts.has_last_modified) return true;
    if (facts.always_validate) return false;
    return facts.lifetime > seconds{0} || (std::max(facts.while_revalidate, facts.if_error) > seconds{0} && !facts.never_stale);
}

// RFC 9111 §3.5
bool may_share_authorized(const http::ResponseCacheControl& control) noexcept {
    return control.is_public || control.must_revalidate || control.s_maxage.has_value();
}

}  // namespace

std::string_view name_of(Storage storage) noexcept {
    switch (storage) {
        case Storage::store:
            return "store";
        case Storage::route_off:
            return "route-off";
        case Storage::method:
            return "method";
        case Storage::status:
            return "status";
        case Storage::request_no_store:
            return "request-no-store";
        case Storage::no_store:
            return "no-store";
        case Storage::is_private:
            return "private";
        case Storage::authorization:
            return "authorization";
        case Storage::set_cookie:
            return "set-cookie";
        case Storage::vary_star:
            return "vary-star";
        case Storage::language:
            return "language";
        case Storage::no_freshness:
            return "no-freshness";
        case Storage::malformed:
            return "malformed";
        case Storage::groups:
            return "groups";
        case Storage::held:
            return "held";
        case Storage::too_large:
            return "too-large";
        case Storage::not_admitted:
            return "not-admitted";
    }
    return "";
}

std::vector<std::string_view> left_out(const http::ResponseCacheControl& control, const ResponseFacts& facts, Audience audience) {
    std::vector<std::string_view> names = control.no_cache_fields;
    if (audience != Audience::credential || facts.is_shared) names.insert(names.end(), control.private_fields.begin(), control.private_fields.end());
    return names;
}

Storage assess_storage(const http::RequestView& request, const RequestFacts& request_facts, const http::ResponseView& response,
                       const http::ResponseCacheControl& response_control, const ResponseFacts& facts, const Rules& rules, Audience audience) {
    const http::ResponseCacheControl& control = response_control;
    if (!rules.cache) return Storage::route_off;
    // RFC 10008 §2.7: cacheable, under a key of its own.
    if (request.method != http::Method::get && request.method != http::Method::query) return Storage::method;
    if (is_never_stored(response.status)) return Storage::status;
    if (request_facts.cache_control.no_store) return Storage::request_no_store;
    if (control.must_understand) {  // §5.2.2.3: no-store counts for those who do not understand the status
        if (!is_understood(response.status)) return Storage::status;
    } else if (control.no_store) {
        return Storage::no_store;
    }
    if (audience == Audience::everybody) {
        if (control.is_private) return Storage::is_private;
        if (request_facts.has_authorization && !may_share_authorized(control)) return Storage::authorization;
    }
    // A refusal is of one credential, whoever shares its partition.
    if (is_refusal(response.status) && rules.principal && audience != Audience::credential) return Storage::is_private;
    const bool has_cookie = response.names.has(FieldName::set_cookie) && !http::is_left_out("set-cookie", left_out(control, facts, audience));
    if (has_cookie && !control.is_public && !rules.share_set_cookie) return Storage::set_cookie;
    if (response.names.has(FieldName::vary)) {
        if (http::has_token(response.fields, FieldName::vary, "*")) return Storage::vary_star;
        if (!parse_vary(response.fields)) return Storage::malformed;
    }
    // §3, the last condition: a word of the origin or of the route, or a status that needs none.
    if (!has_explicit_freshness(facts.source) && !control.is_public && !is_heuristically_cacheable(response.status)) {
        return Storage::status;
    }
    return is_useful(facts) ? Storage::store : Storage::no_freshness;
}

}  // namespace sidecache::policy
