#include "cache/policy/partial.hpp"

#include "cache/http/list.hpp"
#include "cache/policy/validation.hpp"

#include <algorithm>

namespace sidecache::policy {
namespace {

using http::ByteRange;
using http::ByteRanges;
using http::Field;
using http::FieldName;
using http::HeaderView;

bool is_multipart(HeaderView fields) noexcept {
    const std::string_view type = http::value_of(fields, FieldName::content_type).value_or("");
    return http::iequals(http::trim(type.substr(0, type.find(';'))), "multipart/byteranges");
}

// The codings of the content, line by line as if they were one list.
bool has_same_coding(HeaderView a, HeaderView b) {
    const auto codings_of = [](HeaderView fields) {
        std::vector<std::string_view> codings;
        for (const Field& field : fields) {
            if (field.id != FieldName::content_encoding) continue;
            std::string_view rest = field.value;
            while (const auto coding = http::next_member(rest)) codings.push_back(*coding);
        }
        return codings;
    };
    return std::ranges::equal(codings_of(a), codings_of(b), http::iequals);
}

// The bytes asked for; nullopt: they depend on an end that nobody knows. Unsatisfiable ones are left out.
std::optional<ByteRanges> resolve_all(const http::RangeSpecs& specs, std::optional<std::uint64_t> complete_length) {
    ByteRanges ranges;
    for (const http::RangeSpec& spec : specs) {
        if (complete_length) {
            if (const auto range = http::resolve(spec, *complete_length)) ranges.push_back(*range);
        } else if (spec.first && spec.last) {
            ranges.push_back({*spec.first, *spec.last});
        } else {
            return std::nullopt;
        }
    }
    return ranges;
}

// The bytes from the first to the last that are missing in `wanted`; nullopt: none is.
std::optional<ByteRange> span_missing(const Held& held, std::span<const ByteRange> wanted) {
    std::optional<ByteRange> span;
    for (const ByteRange& range : wanted) {
        for (const ByteRange& gap : held.bytes.missing(range)) {
            if (!span) span = gap;
            span->first = std::min(span->first, gap.first);
            span->last = std::max(span->last, gap.last);
        }
    }
    return span;
}

std::uint64_t total_of(std::span<const ByteRange> ranges) noexcept {
    std::uint64_t bytes = 0;
    for (const ByteRange& range : ranges) bytes += range.length();
    return bytes;
}

// Only if some of it is here, and if asking costs no more than what the client would fetch by itself.
bool is_worth_asking(const Held& held, std::span<const ByteRange> wanted, const ByteRange& span) {
    const bool has_some = std::ranges::any_of(wanted, [&held](const ByteRange& range) {
        const auto gaps = held.bytes.missing(range);
        return gaps.empty() || gaps.front() != range;
    });
    return has_some && span.length() <= total_of(wanted);
}

http::RangeSpec spec_of(const ByteRange& range, std::optional<std::uint64_t> complete_length) noexcept {
    const std::uint64_t end = complete_length ? *complete_length - 1 : http::max_position;
    if (range.last >= end) return {range.first, std::nullopt};
    return {range.first, range.last};
}

// The rest of a representation of which a GET wants all (RFC 9111 §3.3). nullopt: nothing is gained, as its beginning and its end
// are missing.
std::optional<ByteRange> rest_of(const Held& held) {
    const ByteRange whole{0, held.complete_length ? *held.complete_length - 1 : http::max_position};
    const auto rest = span_missing(held, {&whole, 1});
    return rest && *rest != whole ? rest : std::nullopt;
}

}  // namespace

PartAssessment assess_part(const http::ResponseView& response, std::optional<std::uint64_t> content_length, Asked asked) {
    if (response.status != 206) return {PartStorage::not_partial};
    if (!asked.range) return {PartStorage::unasked};
    if (is_multipart(response.fields)) return {PartStorage::multiple};
    if (http::count(response.fields, FieldName::content_range) != 1) return {PartStorage::content_range};
    const auto parsed = http::parse_content_range(*http::value_of(response.fields, FieldName::content_range));
    if (!parsed || !parsed->range) return {PartStorage::content_range};
    if (content_length && *content_length != parsed->range->length()) return {PartStorage::content_length};
    return {asked.if_range ? PartStorage::only_combined : PartStorage::store, {*parsed->range, parsed->complete_length}};
}

std::optional<Part> received_part(const Part& announced, std::uint64_t received, bool is_complete) noexcept {
    const std::uint64_t length = announced.range.length();
    if (received == 0 || received > length || (is_complete && received != length)) return std::nullopt;
    return Part{{announced.range.first, announced.range.first + received - 1}, announced.complete_length};
}

bool Held::is_complete() const noexcept {
    return complete_length && *complete_length != 0 && bytes.covers({0, *complete_length - 1});
}

bool add(Held& held, const Part& part) {
    if (held.complete_length && part.complete_length && *held.complete_length != *part.complete_length) return false;
    const auto complete_length = held.complete_length ? held.complete_length : part.complete_length;
    const auto ends_within = [&](const ByteRange& range) { return !complete_length || range.last < *complete_length; };
    if (!ends_within(part.range) || !std::ranges::all_of(held.bytes.ranges(), ends_within)) return false;
    if (!held.bytes.insert(part.range)) return false;
    held.complete_length = complete_length;
    return true;
}

std::optional<std::string_view> strong_validator_of(const http::ResponseView& response, const ResponseFacts& facts) noexcept {
    if (facts.has_strong_etag) return http::value_of(response.fields, FieldName::etag);
    if (facts.last_modified_is_strong && !response.names.has(FieldName::etag))
        return http::value_of(response.fields, FieldName::last_modified);
    return std::nullopt;
}

bool may_combine(const http::ResponseView& stored, const ResponseFacts& stored_facts, const http::ResponseView& newer,
                 const ResponseFacts& newer_facts, Asked newer_asked) {
    const auto validator = strong_validator_of(stored, stored_facts);
    if (!validator || validator != strong_validator_of(newer, newer_facts)) return false;
    const bool is_left_out = newer_asked.if_range && !newer.names.has(FieldName::content_encoding);
    return is_left_out || has_same_coding(stored.fields, newer.fields);
}

bool belongs_in_incomplete(const Field& field) noexcept {
    return belongs_in_206(field, RangeAnswer::single);  // what describes one message does so on the way in as on the way out
}

std::vector<Field> combine_fields(HeaderView stored, HeaderView newer) {
    std::vector<Field> fields = freshen(stored, newer, false);
    std::erase_if(fields, [](const Field& field) { return !belongs_in_incomplete(field); });
    return fields;
}

PartialDecision decide_partial(const http::RequestView& request, const http::ResponseView& stored, const ResponseFacts& facts,
                               const Held& held, const RangeLimits& limits) {
    PartialDecision decision;
    if (request.method != http::Method::get || held.bytes.empty()) return decision;
    const bool may_ask = strong_validator_of(stored, facts).has_value();
    if (!request.names.has(FieldName::range)) {
        const auto rest = rest_of(held);
        if (may_ask && rest) decision = {PartialUse::ask, {}, spec_of(*rest, held.complete_length)};
        return decision;
    }
    const auto specs = ranges_asked(request, limits);
    if (!specs || !if_range_holds(request, stored, facts)) return decision;
    auto wanted = resolve_all(*specs, held.complete_length);
    if (!wanted || wanted->empty()) return decision;
    coalesce(*wanted, 0);  // only what overlaps or touches: the bytes of a gap may not be here

    const auto span = span_missing(held, *wanted);
    if (!span) {
        const auto answer = wanted->size() == 1 ? RangeAnswer::single : RangeAnswer::multiple;
        decision = {PartialUse::answer, {answer, std::move(*wanted), held.complete_length}, {}};
    } else if (may_ask && is_worth_asking(held, *wanted, *span)) {
        decision = {PartialUse::ask, {}, spec_of(*span, held.complete_length)};
    }
    return decision;
}

}  // namespace sidecache::policy
