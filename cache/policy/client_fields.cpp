#include "cache/policy/client_fields.hpp"

#include "cache/http/cache_control.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

namespace sidecache::policy {
namespace {

using http::Field;
using http::FieldName;
using http::HeaderView;

// What the lines of this name say, the other fields left aside.
http::ResponseCacheControl control_of(HeaderView fields, FieldName name) {
    std::vector<Field> lines;
    std::ranges::copy_if(fields, std::back_inserter(lines), [name](const Field& field) { return field.id == name; });
    return http::parse_response_cache_control(lines);
}

// RFC 9111 §5.2.2.4, §5.2.2.7: kept by the client alone, and asked about before each use. What else the origin said of time and of who may keep it is looser than
// that (§5.2.2.1, §5.2.2.2, §5.2.2.8 to §5.2.2.10, RFC 5861, RFC 8246); what is not stays.
std::string_view revalidated(bool has_no_store, bool has_no_transform) noexcept {
    // RFC 9111 §5.2.2.3: beside must-understand, no-store counts for caches that do not know the directive or the status, so both go on together.
    if (has_no_store) return has_no_transform ? "private, no-cache, must-understand, no-store, no-transform" : "private, no-cache, must-understand, no-store";
    return has_no_transform ? "private, no-cache, no-transform" : "private, no-cache";  // §5.2.2.6
}

}  // namespace

ClientFields client_fields(ClientCopies copies, HeaderView fields, http::FieldSet withheld) {
    ClientFields clients;
    clients.withheld = withheld;
    if (copies == ClientCopies::origin) return clients;
    // RFC 9213 §2.2: whom they target obeys them instead of Cache-Control, a proxy before us also. Those that forbid to store (RFC 9111 §5.2.2.5) stay.
    bool has_no_transform = false;
    for (const FieldName name : {FieldName::sidecache_cache_control, FieldName::cdn_cache_control}) {
        const http::ResponseCacheControl targeted = control_of(fields, name);
        if (targeted.no_store) continue;
        clients.withheld.insert(name);
        has_no_transform |= targeted.no_transform;
    }
    const http::ResponseCacheControl control = control_of(fields, FieldName::cache_control);
    if (control.no_store && !control.must_understand) return clients;  // §5.2.2.5: they keep none
    clients.withheld.insert(FieldName::cache_control);
    clients.withheld.insert(FieldName::expires);  // §5.3: no freshness is left
    clients.withheld.insert(FieldName::pragma);   // §5.4: says nothing in a response, whatever some make of it
    clients.cache_control = revalidated(control.no_store, has_no_transform || control.no_transform);
    return clients;
}

bool wants_made_tag(const http::ResponseView& response, const ClientFields& clients) noexcept {
    // RFC 9110 §13.2.1: only where the answer would be 200; where the origin sent a tag, also one that cannot be read, that is its word.
    return !clients.cache_control.empty() && response.status == 200 && !response.names.has(FieldName::etag);
}

}  // namespace sidecache::policy
