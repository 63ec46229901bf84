// Validation with the origin and conditional answers to clients (RFC 9111 §4.3, RFC 9110 §13).
#pragma once

#include "cache/http/message.hpp"
#include "cache/policy/response_facts.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sidecache::policy {

// Has it a condition that `client_has_it` judges?
inline bool is_conditional(const http::RequestView& request) noexcept {
    return request.names.has_any(http::FieldSet::of(http::FieldName::if_none_match, http::FieldName::if_modified_since));
}

// Does the client's If-None-Match, or else If-Modified-Since, say that it has this representation? Then the answer is 304
// (RFC 9110 §13.2.2; If-Modified-Since only without If-None-Match). Evaluated only for status 200 and 206. `sent`: the stored response as clients get it.
bool client_has_it(const http::RequestView& request, const http::ResponseView& sent, const ResponseFacts& facts, http::SystemTime now) noexcept;

// Fields that a 304 to a client carries (RFC 9110 §15.4.5): Cache-Control, Content-Location, Date, ETag, Expires, Vary and
// what is not representation metadata.
bool belongs_in_304(const http::Field& field) noexcept;

// What a 304 is worth to a stored response.
enum class Confirmation : std::uint8_t {
    none,    // it speaks of something else, or does not say of what
    weak,    // what is stored still serves: enough where consistency trusts it and only its freshness is over
    strong,  // what is stored is what the origin has: enough also where a write came between (CONSISTENCY 1.1)
};

// Does a 304 speak of this stored response? By its entity tag; without one, only if the stored validators alone were sent.
Confirmation confirms(const http::ResponseView& not_modified, const http::ResponseView& stored, const ResponseFacts& stored_facts,
                      bool only_ours_sent) noexcept;

// Can an entry that consistency no longer trusts be validated at all, or must it be fetched whole? (CONSISTENCY 1.1)
bool is_strong_validator(const ResponseFacts& stored) noexcept;

// The stored header section after a 304 freshened it (RFC 9111 §3.2): fields of the 304 replace those of the same name, except
// Content-Length, Content-Encoding, Content-Range, Transfer-Encoding, Connection and what Connection names. Set-Cookie is taken over only where cookies are
// shared (it is for one client else), the stored Age is dropped. Views into both inputs.
std::vector<http::Field> freshen(http::HeaderView stored, http::HeaderView not_modified, bool share_set_cookie);

}  // namespace sidecache::policy
