#include "cache/policy/ranges.hpp"

#include "cache/http/entity_tag.hpp"
#include "cache/policy/multipart.hpp"

#include <algorithm>

namespace sidecache::policy {
namespace {

using http::ByteRange;
using http::ByteRanges;
using http::Field;
using http::FieldName;

ByteRanges satisfiable_of(const http::RangeSpecs& specs, std::uint64_t complete_length) {
    ByteRanges ranges;
    for (const http::RangeSpec& spec : specs) {
        if (const auto range = http::resolve(spec, complete_length)) ranges.push_back(*range);
    }
    return ranges;
}

// RFC 9530 §2, RFC 1864: digests of the content of one message. (Repr-Digest and Digest are of the representation.)
bool is_content_digest(const Field& field) noexcept {
    return field.id == FieldName::other &&
           (http::iequals(field.name, "content-digest") || http::iequals(field.name, "content-md5"));
}

}  // namespace

RangeDecision decide_ranges(const http::RequestView& request, const http::ResponseView& sent, const ResponseFacts& facts,
                            std::uint64_t complete_length, const RangeLimits& limits) {
    RangeDecision decision;
    decision.complete_length = complete_length;
    // RFC 9110 §14.2: only where the answer would be a 200; of an empty representation Range may be ignored.
    if (sent.status != 200 || complete_length == 0) return decision;
    const auto specs = ranges_asked(request, limits);
    if (!specs || !if_range_holds(request, sent, facts)) return decision;

    ByteRanges ranges = satisfiable_of(*specs, complete_length);
    if (ranges.empty()) {
        // §13.2.2, step 5: beside If-Range, a Range that is not applicable is ignored.
        if (!request.names.has(FieldName::if_range)) decision.answer = RangeAnswer::unsatisfiable;
        return decision;
    }
    const auto content_type = http::value_of(sent.fields, FieldName::content_type).value_or("");
    coalesce(ranges, part_overhead(content_type, complete_length));
    // §15.3.7.2: many parts may cost more than the whole.
    if (ranges.size() > 1 && multipart_length(ranges, content_type, complete_length) >= complete_length) return decision;
    decision.answer = ranges.size() == 1 ? RangeAnswer::single : RangeAnswer::multiple;
    decision.ranges = std::move(ranges);
    return decision;
}

std::optional<http::RangeSpecs> ranges_asked(const http::RequestView& request, const RangeLimits& limits) {
    if (!request.names.has(FieldName::range) || request.method != http::Method::get) return std::nullopt;
    if (http::count(request.fields, FieldName::range) != 1) return std::nullopt;
    return http::parse_range(*http::value_of(request.fields, FieldName::range), limits.ranges);
}

bool if_range_holds(const http::RequestView& request, const http::ResponseView& sent, const ResponseFacts& facts) noexcept {
    if (!request.names.has(FieldName::if_range)) return true;
    if (http::count(request.fields, FieldName::if_range) != 1) return false;
    const std::string_view validator = *http::value_of(request.fields, FieldName::if_range);
    if (const auto tag = http::parse_entity_tag(validator)) {
        if (http::count(sent.fields, FieldName::etag) != 1) return false;
        const auto own = http::parse_entity_tag(*http::value_of(sent.fields, FieldName::etag));
        return own && http::strong_match(*tag, *own);
    }
    // An exact match, not "not after": the same date written the same way.
    return facts.last_modified_is_strong && validator == *http::value_of(sent.fields, FieldName::last_modified);
}

void coalesce(ByteRanges& ranges, std::uint64_t gap) {
    struct Placed {
        ByteRange range;
        std::size_t place;  // in the request
    };
    std::vector<Placed> placed;
    placed.reserve(ranges.size());
    for (const ByteRange& range : ranges) placed.push_back({range, placed.size()});
    std::ranges::sort(placed, {}, [](const Placed& p) { return p.range.first; });

    std::size_t joined = 0;  // the last of those that stay
    for (std::size_t next = 1; next < placed.size(); ++next) {
        ByteRange& range = placed[joined].range;
        const ByteRange& other = placed[next].range;
        const bool touches = other.first <= range.last + 1;
        if (touches || other.first - range.last - 1 < gap) {
            range.last = std::max(range.last, other.last);
            placed[joined].place = std::min(placed[joined].place, placed[next].place);
        } else {
            placed[++joined] = placed[next];
        }
    }
    if (!placed.empty()) placed.erase(placed.begin() + static_cast<std::ptrdiff_t>(joined) + 1, placed.end());
    // §15.3.7.2: parts stand in the order in which they were asked for.
    std::ranges::sort(placed, {}, &Placed::place);
    ranges.clear();
    for (const Placed& one : placed) ranges.push_back(one.range);
}

bool belongs_in_206(const Field& field, RangeAnswer answer) noexcept {
    switch (field.id) {
        case FieldName::content_length:
        case FieldName::content_range:
        case FieldName::transfer_encoding:
        case FieldName::trailer:
            return false;
        case FieldName::content_type:
            return answer != RangeAnswer::multiple;  // §15.3.7.2: it goes into the parts
        default:
            return !is_content_digest(field);
    }
}

bool belongs_in_416(const Field& field) noexcept {
    switch (field.id) {
        case FieldName::age:
        case FieldName::cache_control:
        case FieldName::cdn_cache_control:
        case FieldName::sidecache_cache_control:
        case FieldName::date:
        case FieldName::expires:
        case FieldName::pragma:
        case FieldName::etag:
        case FieldName::last_modified:
        case FieldName::content_encoding:
        case FieldName::content_length:
        case FieldName::content_location:
        case FieldName::content_range:
        case FieldName::content_type:
        case FieldName::set_cookie:
        case FieldName::transfer_encoding:
        case FieldName::trailer:
            return false;
        case FieldName::other: {
            constexpr std::string_view metadata[] = {"content-disposition", "content-language", "digest", "repr-digest"};
            return !is_content_digest(field) &&
                   std::ranges::none_of(metadata, [&field](std::string_view name) { return http::iequals(name, field.name); });
        }
        default:
            return true;
    }
}

}  // namespace sidecache::policy
