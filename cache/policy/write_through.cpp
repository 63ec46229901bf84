#include "cache/policy/write_through.hpp"

#include "cache/http/cache_control.hpp"
#include "cache/policy/location.hpp"

namespace sidecache::policy {

using http::FieldName;

bool may_answer_get(const http::RequestView& write, const http::ResponseView& response) {
    if (write.method != http::Method::post && write.method != http::Method::patch) return false;
    // Of 201 and others the status would be wrong for a GET.
    if (response.status != 200 || http::count(response.fields, FieldName::content_location) != 1) return false;
    const auto control = http::parse_response_cache_control(response.fields);
    const bool is_explicit = control.s_maxage || control.max_age || (response.names.has(FieldName::expires) && !control.is_targeted);
    return is_explicit && names_target(write, *http::value_of(response.fields, FieldName::content_location));
}

}  // namespace sidecache::policy
