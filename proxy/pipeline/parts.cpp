#include "proxy/pipeline/parts.hpp"

#include "cache/switches/switches.hpp"
#include "proxy/pipeline/filing.hpp"
#include "proxy/pipeline/finder.hpp"
#include "proxy/pipeline/forwarding.hpp"
#include "proxy/pipeline/making.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace sidecache::pipeline {
namespace {

using policy::Storage;

// Twice as many as there may be gaps between them (IntervalSet), so that not every part that comes copies the others.
constexpr std::size_t piece_limit = 2 * policy::IntervalSet::default_limit;

// What will be stored under the key of parts.
struct Sum {
    CombinedHead head;
    fill::Pieces pieces;
    policy::Held held;
};

std::uint64_t bytes_of(const fill::Pieces& pieces) {
    std::uint64_t bytes = 0;
    for (const fill::Piece& piece : pieces) bytes += piece.slice.length;
    return bytes;
}

// The earlier of two stamps; of two clocks neither number says anything of the other: never reusable.
epochs::Stamp earlier_of(const epochs::Stamp& a, const epochs::Stamp& b) noexcept {
    if (a.incarnation != b.incarnation || a.rules != b.rules) return {0, 0, a.rules};
    return (a.epoch <= b.epoch) != switches::is_off(switches::Rule::earliest_part) ? a : b;
}

fill::ContentPtr joined(const fill::Pieces& pieces) {
    const std::uint64_t length = bytes_of(pieces);
    const fill::ContentPtr content(new fill::Content({static_cast<std::size_t>(length), static_cast<std::size_t>(length)}, length, true));
    for (const fill::Piece& piece : pieces) append(*content, piece.slice);
    content->complete({});
    return content;
}

// Many small pieces cost more than their bytes: those that touch become one.
fill::Pieces compact(const fill::Pieces& pieces, const policy::Held& held) {
    fill::Pieces fewer;
    for (const http::ByteRange& range : held.bytes.ranges()) {
        fill::Pieces touching;
        for (const fill::Piece& piece : pieces) {
            if (range.first <= piece.first && piece.last() <= range.last) touching.push_back(piece);
        }
        fewer.push_back({range.first, {joined(touching), 0, range.length()}});
    }
    return fewer;
}

// nullopt: the newer part replaces what is stored.
std::optional<Sum> add(const Shared& shared, const Inquiry& inquiry, const fill::StoredParts& older, const ArrivingPart& newer, const policy::Part& part,
                       const fill::ContentPtr& content) {
    Sum sum{{}, older.pieces(), older.held()};
    if (!policy::add(sum.held, part)) return std::nullopt;
    fill::add_piece(sum.pieces, {part.range.first, {content, 0, part.range.length()}});
    if (bytes_of(sum.pieces) > inquiry.snapshot.options.max_object) return std::nullopt;
    if (sum.pieces.size() > piece_limit) sum.pieces = compact(sum.pieces, sum.held);
    auto head = combine_heads(shared, inquiry, older.response(), newer);
    if (!head) return std::nullopt;
    sum.head = std::move(*head);
    return sum;
}

}  // namespace

std::optional<ArrivingPart> assess_arriving_part(Assessment& assessment, const Shared& shared, const Inquiry& inquiry, const http1::ResponseHead& head, policy::Asked asked,
                                                 WallTime sent, WallTime answered) {
    std::vector<http::Field> fields;
    std::ranges::copy_if(head.view.fields, std::back_inserter(fields), policy::belongs_in_incomplete);
    assessment = assess(shared, inquiry, {200, fields, http::names_of(fields)}, sent, answered);
    const policy::PartAssessment part = policy::assess_part(head.view, head.known_length(), asked);
    const bool is_part = part.storage == policy::PartStorage::store || part.storage == policy::PartStorage::only_combined;
    // Parts are looked for under the key of the request itself, in its own partition.
    const bool is_elsewhere = assessment.primary_key != inquiry.start.exact.text;
    if ((!is_part || is_elsewhere) && assessment.storage == Storage::store) assessment.storage = Storage::status;
    if (assessment.storage != Storage::store) return std::nullopt;

    EndToEnd kept;
    select_end_to_end(kept, inquiry.snapshot, head, answered, true);
    std::erase_if(kept.fields, [](const http::Field& field) { return !policy::belongs_in_incomplete(field); });
    take_left_out(kept.fields, assessment.left_out);
    return ArrivingPart{make_response(inquiry, assessment, parts_of(shared, inquiry, assessment, 200, nullptr), kept.fields), part.part, asked};
}

std::optional<CombinedHead> combine_heads(const Shared& shared, const Inquiry& inquiry, const fill::StoredResponse& older, const ArrivingPart& arriving) {
    const fill::StoredResponse& newer = *arriving.response;
    // What consistency no longer trusts is not worth combining: the sum would be as old as its oldest part (CONSISTENCY 1.1).
    const bool is_trusted = older.is_trusted(shared.epochs) || switches::is_off(switches::Rule::earliest_part);
    if (!is_trusted || !policy::may_combine(older.view(), older.facts(), newer.view(), newer.facts(), arriving.asked)) return std::nullopt;
    const std::vector<http::Field> fields = policy::combine_fields(older.view().fields, newer.view().fields);
    const WallTime answered = newer.facts().response_time;
    CombinedHead sum;
    sum.assessment = assess(shared, inquiry, {200, fields, http::names_of(fields)}, answered, answered);
    if (sum.assessment.storage != Storage::store) return std::nullopt;
    sum.assessment.facts.corrected_initial_age = newer.facts().corrected_initial_age;  // its Age is no longer among the fields
    policy::add_groups(sum.assessment.groups, older.groups());
    fill::StoredResponse::Parts parts = parts_of(shared, inquiry, sum.assessment, 200, nullptr);
    parts.stamp = earlier_of(newer.stamp(), older.stamp());
    parts.fill_number = std::min(parts.fill_number, older.fill_number());
    parts.begun = std::min(parts.begun, older.begun());
    parts.recheck_at = std::min(parts.recheck_at, older.recheck_at());
    sum.response = make_response(inquiry, sum.assessment, std::move(parts), fields);
    return sum;
}

std::optional<Join> join_around(const fill::StoredParts& held, const policy::Part& part) {
    policy::Held sum = held.held();
    if (!policy::add(sum, part) || !sum.is_complete()) return std::nullopt;
    Join join{{}, {}, part.range.last + 1, *sum.complete_length};
    if (part.range.first > 0) join.before = held.slices({0, part.range.first - 1});
    if (part.range.last + 1 < join.length) join.after = held.slices({part.range.last + 1, join.length - 1});
    return join;
}

void append(fill::Content& content, const fill::Slice& slice) {
    for (std::uint64_t given = 0; given < slice.length;) {
        const std::string_view bytes = slice.content->contiguous(slice.offset + given).substr(0, slice.length - given);
        content.append(bytes);
        given += bytes.size();
    }
}

bool file_part(Shared& shared, const Inquiry& inquiry, const Assessment& assessment, const ArrivingPart& arriving, const fill::ContentPtr& content, WallTime now) {
    const auto part = policy::received_part(arriving.part, content->complete_size(), true);
    if (!part || !content->is_kept()) return false;

    const std::string whole_key = key_of(inquiry, assessment);
    std::string key;
    append_parts_key(key, whole_key);
    const policy::Hash128 hash = policy::hash_key(key);
    shared.has_parts.store(true, std::memory_order_relaxed);
    std::optional<Sum> sum;
    const bool is_filed = shared.store.update(hash, key, [&](const memory::EntryPtr& present) -> memory::EntryPtr {
        sum.reset();
        if (present != nullptr && present->is_kept(now)) sum = add(shared, inquiry, static_cast<const fill::StoredParts&>(*present), arriving, *part, content);
        if (!sum) {
            if (arriving.asked.if_range) return nullptr;  // it may lack fields of the representation (RFC 9110 §15.3.7)
            sum = Sum{{arriving.response, assessment}, {{part->range.first, {content, 0, part->range.length()}}}, {}};
            if (!policy::add(sum->held, *part)) return nullptr;
        }
        return memory::make_entry<fill::StoredParts>(hash, key, sum->head.response, sum->pieces, sum->held);
    });
    if (!is_filed) return false;
    shared.counts.parts_filed.fetch_add(1, std::memory_order_relaxed);
    if (!sum->held.is_complete()) {
        if (!assessment.vary->empty()) note_variant(shared, policy::hash_key(whole_key), sum->head.response->kept_until(), assessment.primary_key, *assessment.vary, inquiry.snapshot.options.variants);
        return true;
    }
    shared.store.erase(hash, key);
    const fill::StoredResponsePtr whole = sum->head.response->with(joined(sum->pieces));
    if (file(shared, inquiry, tagged(inquiry, whole), sum->head.assessment, now)) shared.counts.parts_completed.fetch_add(1, std::memory_order_relaxed);
    return true;
}

}  // namespace sidecache::pipeline
