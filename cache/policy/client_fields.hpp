// What clients are told of keeping a response, where the route decides it: `clients: revalidate` lets a browser keep a copy and ask before each use,
// and keeps proxies between it and us from storing one. What is judged here are the origin's own fields, always.
#pragma once

#include "cache/http/message.hpp"
#include "cache/policy/rules.hpp"

#include <string>
#include <string_view>

namespace sidecache::policy {

// How the fields that clients get differ from those of the origin. All of it empty: not at all.
struct ClientFields {
    http::FieldSet withheld{};         // names of the origin's fields that clients do not get
    std::string_view cache_control{};  // what they get for them; empty: no field
    std::string etag{};                // made of the content (ContentTag); empty: no field

    bool withholds(const http::Field& field) const noexcept { return withheld.has(field.id); }
};

// What tells caches which rows a response shows, or a write changed (RFC 9875, and what was there before it): of no use to who keeps no cache of them.
inline constexpr http::FieldSet group_fields = http::FieldSet::of(http::FieldName::cache_groups, http::FieldName::cache_group_invalidation, http::FieldName::surrogate_key,
                                                                  http::FieldName::cache_tag, http::FieldName::xkey);

// Of the origin's end-to-end fields. Never loosens what they say. The tag is not made here. `withheld`: what clients do not get in any case.
ClientFields client_fields(ClientCopies copies, http::HeaderView fields, http::FieldSet withheld = {});

// Does an entity tag help clients of this response to ask, which its origin did not send?
bool wants_made_tag(const http::ResponseView& response, const ClientFields& clients) noexcept;

}  // namespace sidecache::policy
