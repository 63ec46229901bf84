#include "cache/policy/write_through.hpp"

#include "cache/http/cache_control.hpp"
#include "cache/policy/location.hpp"

namespace sidecache::policy {

using http::FieldName;

bool may_be_answered_like_get(http::Method method, const Rules& rules) noexcept {
    return method == http::Method::post || method == http::Method::patch || (method == http::Method::put && rules.write_through);
}

bool may_answer_get(const http::RequestView& write, const http::ResponseView& response, const Rules& rules) {
    // Of 201 and others the status would be wrong for a GET.
    if (!may_be_answered_like_get(write.method, rules) || response.status != 200) return false;
    const std::size_t locations = http::count(response.fields, FieldName::content_location);
    if (locations > 1) return false;
    if (rules.write_through) return locations == 0 || names_target(write, *http::value_of(response.fields, FieldName::content_location));
    if (locations == 0) return false;
    const auto control = http::parse_response_cache_control(response.fields);
    const bool is_explicit = control.s_maxage || control.max_age || (response.names.has(FieldName::expires) && !control.is_targeted);
    return is_explicit && names_target(write, *http::value_of(response.fields, FieldName::content_location));
}

}  // namespace sidecache::policy
