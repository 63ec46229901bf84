#include "cache/forms/stored_form.hpp"

#include "cache/forms/facts_form.hpp"
#include "cache/forms/head_form.hpp"
#include "cache/forms/octet_reader.hpp"
#include "cache/forms/octet_writer.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <optional>
#include <utility>

namespace sidecache::forms {
namespace {

using fill::Content;
using fill::StoredResponse;

using MadeResponse = Decoded<boost::intrusive_ptr<StoredResponse>>;

bool is_storable(const StoredResponse& response, const Moment& now) {
    return response.is_whole() && is_time(now.wall) && is_final_status(response.status()) && are_storable(response.facts()) &&
           are_storable(response.view().names);
}

// Gives whether it was compressed. It ends with the form, so that its size there is known.
bool append_content(OctetWriter& writer, std::string& out, const StoredResponse& response, const Compression& compression) {
    writer.varint(response.content_size());
    if (response.content_size() > compression.above && may_shrink(response.view().fields)) {
        std::string room;
        if (append_compressed(out, response.whole_content(room), compression.level)) return true;
    }
    response.for_each_piece([&writer](std::string_view piece) { writer.octets(piece); });
    return false;
}

void read_stamp(OctetReader& reader, epochs::Stamp& stamp) noexcept {
    stamp.epoch = reader.varint();
    stamp.incarnation = reader.word();
    stamp.rules = reader.word();
}

void read_groups(OctetReader& reader, policy::Groups& groups, std::size_t limit) {
    const std::size_t count = reader.count(sizeof(policy::Group));
    reader.require(count <= limit, Refusal::too_large);
    if (reader.refusal()) return;
    groups.reserve(count);
    for (std::size_t i = 0; i < count; ++i) groups.push_back(reader.word());
}

// What is left is the content: as it stands there, or decompressed into `room`.
std::string_view read_content(OctetReader& reader, bool is_compressed_content, std::size_t limit, std::unique_ptr<char[]>& room) {
    const std::uint64_t size = reader.varint();
    // A chunk counts its octets in 32 bits.
    reader.require(size <= std::min<std::uint64_t>(limit, std::numeric_limits<std::uint32_t>::max()), Refusal::too_large);
    std::string_view octets = reader.rest();
    reader.require(is_compressed_content || octets.size() == size, Refusal::lengths);
    if (reader.refusal() || !is_compressed_content) return octets;
    room = decompress(octets, static_cast<std::size_t>(size));
    reader.require(room != nullptr, Refusal::content);
    return {room.get(), room == nullptr ? 0 : static_cast<std::size_t>(size)};
}

void set_content(StoredResponse::Parts& parts, std::string_view octets, std::string_view trailers) {
    if (octets.size() <= fill::largest_packed && trailers.empty()) {
        parts.packed_content = octets;
        return;
    }
    parts.content = new Content({octets.size(), octets.size()}, octets.size(), true);
    parts.content->append(octets);
    parts.content->complete(std::string(trailers));
}

MadeResponse read_response(const Opened& opened, std::string_view key, const Moment& now, const FormLimits& limits, std::optional<std::uint64_t> fill_number) {
    const Elapsed elapsed(opened.written, now.wall, limits.clock_error);
    OctetReader reader(opened.parts);
    reader.require(reader.text() == key, Refusal::key);
    StoredResponse::Parts parts;
    ReadHead head;
    const std::uint64_t status = reader.varint();
    parts.status = static_cast<int>(std::min<std::uint64_t>(status, 1000));
    reader.require(is_final_status(parts.status), Refusal::status);
    head.status_line = read_status_line(reader, parts.status);
    parts.facts = read_facts(reader, opened.written, elapsed);
    read_stamp(reader, parts.stamp);
    parts.fill_number = reader.varint();
    if (fill_number) parts.fill_number = *fill_number;
    read_groups(reader, parts.groups, limits.groups);
    read_boot_times(reader, parts, opened.flags, elapsed, now.boot);
    read_fields(reader, head, {limits.head, limits.fields});
    const std::string_view trailers = read_trailers(reader, limits.head);
    std::unique_ptr<char[]> room;
    const std::string_view content = read_content(reader, (opened.flags & is_compressed) != 0, limits.content, room);
    if (reader.refusal()) return *reader.refusal();
    set_content(parts, content, trailers);
    parts.head = std::move(head.status_line);
    return StoredResponse::make(policy::hash_key(key), key, parts, head.fields, head.clients);
}

}  // namespace

bool append_form(std::string& out, const StoredResponse& response, const Moment& now, const Compression& compression) {
    const auto reason = reason_of(response.head(), response.status());
    if (!reason || !is_storable(response, now)) return false;
    out.reserve(out.size() + head_size + response.key().size() + response.head().size() + response.groups().size() * sizeof(policy::Group) + response.content_size() + 256);
    const Flags flags = boot_flags(response, now);
    const std::size_t begin = begin_form(out, Kind::response, flags, now.wall);
    OctetWriter writer(out);
    writer.text(response.key());
    writer.varint(static_cast<std::uint64_t>(response.status()));
    writer.text(*reason);
    append_facts(writer, response.facts(), now.wall);
    writer.varint(response.stamp().epoch);
    writer.word(response.stamp().incarnation);
    writer.word(response.stamp().rules);
    writer.varint(response.fill_number());
    writer.varint(response.groups().size());
    for (const policy::Group group : response.groups()) writer.word(group);
    append_boot_times(writer, response, now);
    append_fields(writer, response);
    writer.text(response.trailers());
    if (append_content(writer, out, response, compression)) add_flag(out, begin, is_compressed);
    return end_form(out, begin);
}

MadeResponse decode_response(std::string_view form, std::string_view key, const Moment& now, const FormLimits& limits, std::optional<std::uint64_t> fill_number) noexcept try {
    const auto opened = open_form(form, Kind::response);
    return opened.has_error() ? MadeResponse(opened.error()) : read_response(*opened, key, now, limits, fill_number);
} catch (const std::bad_alloc&) {
    return Refusal::too_large;
}

}  // namespace sidecache::forms
