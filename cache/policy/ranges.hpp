// What part of a complete stored response answers a request (RFC 9110 §14.2, §13.1.5).
//
// Range comes last (§13.2.2): the caller first asks whether the response may be reused at all, then `client_has_it` (validation.hpp),
// which may make it a 304, and only then this.
#pragma once

#include "cache/http/message.hpp"
#include "cache/http/range.hpp"
#include "cache/policy/response_facts.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace sidecache::policy {

// RFC 9110 §17.15: a request may ask for many ranges at little cost.
struct RangeLimits {
    std::size_t ranges = 64;  // a request with more of them is answered whole
};

enum class RangeAnswer : std::uint8_t {
    whole,          // 200: there is no Range, or it is ignored
    single,         // 206 with Content-Range
    multiple,       // 206 multipart/byteranges (multipart.hpp)
    unsatisfiable,  // 416 with the complete length
};

struct RangeDecision {
    RangeAnswer answer = RangeAnswer::whole;
    http::ByteRanges ranges;  // single: one; multiple: in the order asked for, disjoint
    std::optional<std::uint64_t> complete_length;  // none only of a part of what nobody knows the length of (partial.hpp)
};

// `sent`: the stored response as clients get it; `complete_length`: of its content, as it would be sent with 200.
RangeDecision decide_ranges(const http::RequestView& request, const http::ResponseView& sent, const ResponseFacts& facts,
                            std::uint64_t complete_length, const RangeLimits& limits = {});

// The ranges that count (§14.2): nullopt without Range, with more than one line of it, with one that is to be ignored, and for another
// method than GET.
std::optional<http::RangeSpecs> ranges_asked(const http::RequestView& request, const RangeLimits& limits);

// §13.1.5: true without If-Range, else only if its validator is strong and exactly that of the response.
bool if_range_holds(const http::RequestView& request, const http::ResponseView& sent, const ResponseFacts& facts) noexcept;

// Joins ranges that overlap, touch, or lie less than `gap` bytes apart (§15.3.7.2). A joined one stands where the first of those in it stood.
void coalesce(http::ByteRanges& ranges, std::uint64_t gap);

// Fields of a stored head that go into a 206 (`answer`: single or multiple); Content-Range or the multipart Content-Type is added to them.
// §15.3.7 would have an answer to If-Range bare of representation metadata; they are sent all the same, since a cache behind us may store it.
bool belongs_in_206(const http::Field& field, RangeAnswer answer) noexcept;

// Fields of a stored head that go into a 416, beside its own Date and Content-Range: none that describes or validates the representation,
// and none that lets a cache behind us store the refusal under the URI of the representation. (What remains: Vary, those of CORS ...)
bool belongs_in_416(const http::Field& field) noexcept;

}  // namespace sidecache::policy
