#include "cache/policy/request_facts.hpp"

namespace sidecache::policy {

RequestFacts assess_request(const http::RequestView& request, const Rules& rules) {
    using http::FieldName;
    using http::FieldSet;
    RequestFacts facts;
    const FieldSet names = request.names;
    if (names.has_any(FieldSet::of(FieldName::cache_control, FieldName::pragma))) {
        facts.cache_control = http::parse_request_cache_control(request.fields);
        if (rules.ignore_reload) {
            facts.cache_control.no_cache = false;
            facts.cache_control.max_age.reset();
            facts.cache_control.min_fresh.reset();
        }
    }
    facts.has_authorization = names.has(FieldName::authorization);
    facts.has_range = request.method == http::Method::get && names.has(FieldName::range);
    facts.is_precondition = names.has_any(FieldSet::of(FieldName::if_match, FieldName::if_unmodified_since)) ||
                            (request.method == http::Method::query && names.has(FieldName::range));
    return facts;
}

}  // namespace sidecache::policy
