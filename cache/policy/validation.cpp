#include "cache/policy/validation.hpp"

#include "cache/http/entity_tag.hpp"
#include "cache/http/list.hpp"
#include "cache/switches/switches.hpp"

#include <algorithm>

namespace sidecache::policy {
namespace {

using http::Field;
using http::FieldName;
using http::HeaderView;

std::optional<http::EntityTag> tag_of(HeaderView fields) noexcept {
    if (http::count(fields, FieldName::etag) != 1) return std::nullopt;
    return http::parse_entity_tag(*http::value_of(fields, FieldName::etag));
}

bool none_match_names(HeaderView request_fields, HeaderView stored_fields) noexcept {
    const auto tag = tag_of(stored_fields);
    // Of a response without an entity tag only "*" is true; a tag that no list can spell stands for it.
    const http::EntityTag compared = tag.value_or(http::EntityTag{});
    for (const Field& field : request_fields) {
        if (field.id == FieldName::if_none_match && http::any_weak_match(field.value, compared)) return true;
    }
    return false;
}

bool is_unmodified_since(http::SystemTime since, const http::ResponseView& stored, const ResponseFacts& facts,
                         http::SystemTime now) noexcept {
    if (facts.last_modified) return *facts.last_modified <= since;
    if (facts.has_last_modified) return false;  // too far away to be kept
    // RFC 9111 §4.3.2: without Last-Modified by Date, or else by the time of receipt. Strictly before, a departure: a client
    // whose copy is of the same second may have one that a write replaced in that second.
    const auto date = http::value_of(stored.fields, FieldName::date);
    const auto parsed = date ? http::parse_http_date(*date, now) : std::nullopt;
    return parsed.value_or(std::chrono::ceil<seconds>(facts.response_time)) < since;
}

// Fields that a 304 may not change in what is stored (RFC 9111 §3.2, and hop by hop: §3.1). Content-Type may: of the exceptions there none is ours, since the
// content is stored as it came.
bool stays_as_stored(const Field& field, HeaderView not_modified, bool share_set_cookie) noexcept {
    switch (field.id) {
        case FieldName::content_encoding:
        case FieldName::content_length:
        case FieldName::content_range:
        case FieldName::transfer_encoding:
        case FieldName::connection:
        case FieldName::keep_alive:
        case FieldName::proxy_authenticate:
        case FieldName::proxy_connection:
        case FieldName::te:
        case FieldName::trailer:
        case FieldName::upgrade:
            return true;
        // A cookie is for the client that asked, and was no part of the decision to store.
        case FieldName::set_cookie:
            return !share_set_cookie;
        default:
            return http::has_token(not_modified, FieldName::connection, field.name);
    }
}

// Two dates of one representation; a side that tells none does not disagree.
bool agrees_on_last_modified(HeaderView not_modified, HeaderView stored) noexcept {
    const auto newer = http::value_of(not_modified, FieldName::last_modified);
    const auto older = http::value_of(stored, FieldName::last_modified);
    return !newer || !older || *newer == *older;
}

bool is_same_name(const Field& a, const Field& b) noexcept {
    return a.id == b.id && (a.id != FieldName::other || http::iequals(a.name, b.name));
}

}  // namespace

bool client_has_it(const http::RequestView& request, const http::ResponseView& sent, const ResponseFacts& facts,
                   http::SystemTime now) noexcept {
    if (sent.status != 200 && sent.status != 206) return false;  // a 206 is that of a 200 (RFC 9110 §15.3.7)
    if (request.names.has(FieldName::if_none_match)) return none_match_names(request.fields, sent.fields);
    // RFC 9110 §13.1.3: ignored unless there is exactly one, a valid date, and the method is GET or HEAD. A QUERY selects as a GET of its
    // equivalent resource does (RFC 10008 §2.6).
    if (http::count(request.fields, FieldName::if_modified_since) != 1) return false;
    const bool selects = request.method == http::Method::get || request.method == http::Method::head || request.method == http::Method::query;
    if (!selects) return false;
    const auto since = http::parse_http_date(*http::value_of(request.fields, FieldName::if_modified_since), now);
    return since && is_unmodified_since(*since, sent, facts, now);
}

bool belongs_in_304(const http::Field& field) noexcept {
    switch (field.id) {
        case FieldName::content_encoding:
        case FieldName::content_length:
        case FieldName::content_range:
        case FieldName::content_type:
        case FieldName::last_modified:
        case FieldName::transfer_encoding:
        case FieldName::trailer:
            return false;
        case FieldName::other: {
            constexpr std::string_view metadata[] = {"content-digest", "content-disposition", "content-language", "content-md5",
                                                     "digest",         "repr-digest"};
            return std::ranges::none_of(metadata, [&field](std::string_view name) { return http::iequals(name, field.name); });
        }
        default:
            return true;
    }
}

Confirmation confirms(const http::ResponseView& not_modified, const http::ResponseView& stored, const ResponseFacts& stored_facts,
                      bool only_ours_sent) noexcept {
    if (switches::is_off(switches::Rule::named_by_304)) return Confirmation::strong;
    const auto stored_tag = tag_of(stored.fields);
    bool is_weakly_named = false;
    if (not_modified.names.has(FieldName::etag)) {
        const auto tag = tag_of(not_modified.fields);
        if (!tag) return Confirmation::none;
        // RFC 9111 §4.3.4: a strong validator names the stored responses that have the same one, and no others.
        if (!tag->is_weak) return stored_tag && http::strong_match(*tag, *stored_tag) ? Confirmation::strong : Confirmation::none;
        // A weak one names nothing for certain, but one that differs speaks of something else.
        is_weakly_named = stored_tag && http::weak_match(*tag, *stored_tag);
        if (stored_tag && !is_weakly_named) return Confirmation::none;
    }
    if (!only_ours_sent) return Confirmation::none;
    if (is_strong_validator(stored_facts)) return Confirmation::strong;
    // RFC 9111 §4.3.4: weak validators name a stored response that has them; RFC 9110 §13.1.2: If-None-Match is compared weakly, so
    // that a 304 without a tag, against RFC 9110 §15.4.5, means the one that was sent; §13.1.3: or its Last-Modified.
    if (is_weakly_named) return Confirmation::weak;
    const bool has_other_tag = not_modified.names.has(FieldName::etag);
    const bool was_asked_about = stored_facts.has_etag || stored_facts.has_last_modified;
    if (has_other_tag || !was_asked_about || !agrees_on_last_modified(not_modified.fields, stored.fields)) return Confirmation::none;
    return Confirmation::weak;
}

bool is_strong_validator(const ResponseFacts& stored) noexcept {
    return stored.has_strong_etag || stored.last_modified_is_strong;
}

std::vector<http::Field> freshen(http::HeaderView stored, http::HeaderView not_modified, bool share_set_cookie) {
    std::vector<Field> fields;
    fields.reserve(stored.size() + not_modified.size());
    for (const Field& field : stored) {
        // The age of the stored response is not that of the one just confirmed (RFC 9111 §4.2.3).
        if (field.id == FieldName::age) continue;
        const bool is_replaced =
            !stays_as_stored(field, not_modified, share_set_cookie) &&
            std::ranges::any_of(not_modified, [&field](const Field& newer) { return is_same_name(field, newer); });
        if (!is_replaced) fields.push_back(field);
    }
    for (const Field& field : not_modified) {
        if (!stays_as_stored(field, not_modified, share_set_cookie)) fields.push_back(field);
    }
    return fields;
}

}  // namespace sidecache::policy
