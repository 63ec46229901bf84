#include "cache/policy/head_update.hpp"

#include "cache/http/entity_tag.hpp"
#include "cache/switches/switches.hpp"

#include <charconv>
#include <optional>

namespace sidecache::policy {
namespace {

using http::FieldName;
using http::HeaderView;

bool has_same_value(FieldName name, HeaderView a, HeaderView b) noexcept {
    return http::count(a, name) == 1 && http::count(b, name) == 1 && *http::value_of(a, name) == *http::value_of(b, name);
}

bool has_length(HeaderView head, std::optional<std::uint64_t> stored_length) noexcept {
    const auto text = http::value_of(head, FieldName::content_length);
    if (!text || !stored_length) return true;
    std::uint64_t length = 0;
    const auto end = text->data() + text->size();
    const auto [rest, error] = std::from_chars(text->data(), end, length);
    return error == std::errc{} && rest == end && length == *stored_length;
}

}  // namespace

HeadUpdate assess_head(const http::ResponseView& head, const http::ResponseView& stored, const ResponseFacts& stored_facts, std::optional<std::uint64_t> stored_length) noexcept {
    if (head.status != 200 || stored.status != 200) return HeadUpdate::none;
    // Of validators that only one of the two has, "any received validator fields" match not.
    bool is_compared = false;
    for (const FieldName validator : {FieldName::etag, FieldName::last_modified}) {
        if (!head.names.has(validator)) continue;
        if (!has_same_value(validator, head.fields, stored.fields)) return HeadUpdate::outdated;
        is_compared = true;
    }
    if (!has_length(head.fields, stored_length)) return HeadUpdate::outdated;
    if (switches::is_off(switches::Rule::head_confirms)) return HeadUpdate::confirm;
    if (!is_compared) return HeadUpdate::none;
    return head.names.has(FieldName::etag) && stored_facts.has_strong_etag ? HeadUpdate::confirm : HeadUpdate::fields;
}

}  // namespace sidecache::policy
