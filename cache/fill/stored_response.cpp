#include "cache/fill/stored_response.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sidecache::fill {
namespace {

constexpr std::string_view separator = ": ";
constexpr std::string_view line_end = "\r\n";

std::size_t line_size(const http::Field& field) noexcept { return field.name.size() + separator.size() + field.value.size() + line_end.size(); }

// What clients get in place of what they do not.
struct Added {
    explicit Added(const policy::ClientFields& clients) {
        if (!clients.cache_control.empty()) fields[count++] = {http::FieldName::cache_control, "Cache-Control", clients.cache_control};
        if (!clients.etag.empty()) fields[count++] = {http::FieldName::etag, "ETag", clients.etag};
    }
    http::HeaderView view() const noexcept { return {fields.data(), count}; }
    std::array<http::Field, 2> fields;
    std::size_t count = 0;
};

std::size_t packed_size(const StoredResponse::Parts& parts, http::HeaderView fields, const policy::ClientFields& clients) {
    std::size_t size = parts.groups.size() * sizeof(policy::Group) + parts.head.size() + parts.packed_content.size();
    const Added added(clients);
    for (const http::HeaderView part : {added.view(), fields}) {
        for (const http::Field& field : part) size += line_size(field) + 1;
    }
    return size;
}

// Writes fields as lines, and their ids behind the room for all lines.
class Packer {
public:
    Packer(char* line, char* id) : line_(line), id_(id) {}
    char* line() const noexcept { return line_; }
    char* id() const noexcept { return id_; }
    void add(const http::Field& field) {
        line_ += field.name.copy(line_, field.name.size());
        line_ += separator.copy(line_, separator.size());
        char* const value = line_;
        line_ += field.value.copy(line_, field.value.size());
        // RFC 9110 §5.5: or else it would be the end of the line. No reader lets one pass; this is where it would do harm.
        if (field.value.find('\n') != std::string_view::npos) std::replace(value, line_, '\n', ' ');
        line_ += line_end.copy(line_, line_end.size());
        *id_++ = static_cast<char>(field.id);
    }

private:
    char* line_;
    char* id_;
};

}  // namespace

StoredResponse::StoredResponse(policy::Hash128 hash, std::string_view key, const Parts& parts, http::HeaderView fields, const policy::ClientFields& clients)
    : Filed(Kind::response, hash, key, policy::kept_until(parts.facts), packed_size(parts, fields, clients)),
      facts_(parts.facts),
      stamp_(parts.stamp),
      fill_number_(parts.fill_number),
      begun_(parts.begun),
      recheck_at_(parts.recheck_at),
      content_(parts.content),
      group_count_(static_cast<std::uint32_t>(parts.groups.size())),
      status_line_size_(static_cast<std::uint32_t>(parts.head.size())),
      packed_content_size_(static_cast<std::uint32_t>(parts.packed_content.size())),
      status_(static_cast<std::uint16_t>(parts.status)) {
    const Added added(clients);
    added_ = static_cast<std::uint16_t>(added.count);
    field_count_ = static_cast<std::uint32_t>(added.count + fields.size());
    head_size_ = status_line_size_;
    for (const http::HeaderView part : {added.view(), fields}) {
        for (const http::Field& field : part) head_size_ += static_cast<std::uint32_t>(line_size(field));
    }
    std::ranges::copy(parts.groups, reinterpret_cast<policy::Group*>(packed()));
    char* const head = packed() + group_count_ * sizeof(policy::Group);
    parts.head.copy(head, parts.head.size());
    Packer packer(head + parts.head.size(), head + head_size_);
    for (const http::Field& field : added.view()) packer.add(field);
    for (const http::Field& field : fields) {
        if (!clients.withholds(field)) packer.add(field);
    }
    sent_size_ = static_cast<std::uint32_t>(packer.line() - head);
    for (const http::Field& field : fields) {
        if (!clients.withholds(field)) continue;
        packer.add(field);
        ++withheld_;
    }
    parts.packed_content.copy(packer.id(), parts.packed_content.size());
}

UnpackedResponse::UnpackedResponse(const StoredResponse& response, std::size_t first, std::size_t end) {
    status = response.status_;
    std::string_view rest(response.head_begin() + response.status_line_size_, response.head_size_ - response.status_line_size_);
    for (std::size_t i = 0; i < end; ++i) {
        const std::size_t name = rest.find(separator.front());
        const std::size_t value = name + separator.size();
        const std::size_t next = rest.find(line_end.back(), value) + 1;
        if (i >= first) {
            const auto id = static_cast<http::FieldName>(response.ids_begin()[i]);
            list_.push_back({id, rest.substr(0, name), rest.substr(value, next - line_end.size() - value)});
            names.insert(id);
        }
        rest.remove_prefix(next);
    }
    fields = list_;
}

StoredResponse::StoredResponse(const StoredResponse& other, const ContentPtr& content)
    : StoredResponse(other.hash(), other.key(), other.parts_with(content, other.stamp()), other.view().fields, other.clients_without_tag()) {}

StoredResponse::StoredResponse(const StoredResponse& other, const epochs::Stamp& stamp)
    : StoredResponse(other.hash(), other.key(), other.parts_with(other.content(), stamp), other.view().fields, other.clients()) {}

StoredResponse::StoredResponse(const StoredResponse& other, const policy::ClientFields& clients)
    : StoredResponse(other.hash(), other.key(), other.parts_with(other.content(), other.stamp()), other.view().fields, clients) {}

StoredResponse::StoredResponse(const StoredResponse& other, std::string_view packed_content)
    : StoredResponse(other.hash(), other.key(), other.packed_parts(packed_content), other.view().fields, other.clients()) {
    if (other.is_unasked()) mark_unasked();
}

StoredResponse::Parts StoredResponse::packed_parts(std::string_view content) const {
    Parts parts = parts_with(nullptr, stamp_);
    parts.packed_content = content;
    return parts;
}

StoredResponse::Parts StoredResponse::parts_with(const ContentPtr& content, const epochs::Stamp& stamp) const {
    return {.status = status_,
            .head = std::string(head_begin(), status_line_size_),
            .facts = facts_,
            .stamp = stamp,
            .fill_number = fill_number_,
            .groups = policy::Groups(groups().begin(), groups().end()),
            .begun = begun_,
            .recheck_at = recheck_at_,
            .content = content,
            .packed_content = content == nullptr ? packed_content() : std::string_view()};
}

StoredResponsePtr packed(const StoredResponsePtr& response) {
    if (response->content() == nullptr || !response->is_whole() || response->content_size() > largest_packed || !response->trailers().empty()) return response;
    std::string room;
    return StoredResponsePtr(new StoredResponse(*response, response->whole_content(room)));
}

std::string_view StoredResponse::whole_content(std::string& room) const {
    const std::string_view first = bytes_from(0);
    if (first.size() == content_size()) return first;
    room.reserve(static_cast<std::size_t>(content_size()));
    for_each_piece([&room](std::string_view piece) { room.append(piece); });
    return room;
}

policy::ClientFields StoredResponse::clients() const {
    policy::ClientFields clients;
    const UnpackedResponse all(*this, 0, field_count_);
    for (const http::Field& field : all.fields.first(added_)) {
        if (field.id == http::FieldName::cache_control) clients.cache_control = field.value;
        if (field.id == http::FieldName::etag) clients.etag = field.value;
    }
    for (const http::Field& field : all.fields.last(withheld_)) clients.withheld.insert(field.id);
    return clients;
}

policy::ClientFields StoredResponse::clients_without_tag() const {
    policy::ClientFields untagged = clients();
    untagged.etag.clear();
    return untagged;
}

std::size_t StoredResponse::charge() const noexcept { return sizeof(*this) + memory::block_overhead + block_bytes() + (content_ == nullptr ? 0 : content_->charge()); }

VaryMark::VaryMark(policy::Hash128 hash, std::string_view key, memory::Time kept_until, std::vector<policy::VarySpec> specs, std::vector<policy::Hash128> variants)
    : Filed(Kind::vary_mark, hash, key, kept_until), specs_(std::move(specs)), variants_(std::move(variants)) {}

std::size_t VaryMark::charge() const noexcept {
    std::size_t bytes = sizeof(*this) + block_bytes() + variants_.capacity() * sizeof(policy::Hash128) + 3 * memory::block_overhead;  // its own, and both vectors'
    for (const policy::VarySpec& spec : specs_) {
        bytes += sizeof(spec) + spec.ids.capacity() * sizeof(http::FieldName) + 2 * memory::block_overhead;
        for (const std::string& name : spec.names) bytes += sizeof(name) + name.capacity();
    }
    return bytes;
}

SearchMark::SearchMark(policy::Hash128 hash, std::string_view key, memory::Time kept_until, std::vector<http::NoVarySearch> specs)
    : Filed(Kind::search_mark, hash, key, kept_until), specs_(std::move(specs)) {}

std::size_t SearchMark::charge() const noexcept {
    std::size_t bytes = sizeof(*this) + block_bytes() + 2 * memory::block_overhead;
    for (const http::NoVarySearch& spec : specs_) {
        bytes += sizeof(spec) + memory::block_overhead;
        for (const std::string& name : spec.names) bytes += sizeof(name) + name.capacity();
    }
    return bytes;
}

}  // namespace sidecache::fill
