#include "cache/fill/stored_response.hpp"

#include <algorithm>
#include <array>
#include <cstring>
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

// Writes fields as lines.
class Packer {
public:
    explicit Packer(char* line) : line_(line) {}
    char* line() const noexcept { return line_; }
    void add(const http::Field& field) {
        line_ += field.name.copy(line_, field.name.size());
        line_ += separator.copy(line_, separator.size());
        char* const value = line_;
        line_ += field.value.copy(line_, field.value.size());
        // RFC 9110 §5.5: or else it would be the end of the line. No reader lets one pass; this is where it would do harm.
        if (field.value.find('\n') != std::string_view::npos) std::replace(value, line_, '\n', ' ');
        line_ += line_end.copy(line_, line_end.size());
    }

private:
    char* line_;
};

}  // namespace

// What stands behind a response, in octets.
struct StoredResponse::Sizes {
    Sizes(std::string_view key, const Parts& parts, http::HeaderView fields, const policy::ClientFields& clients)
        : is_rechecked(parts.recheck_at != epochs::BootTime::max()), before_key((parts.groups.size() + is_rechecked) * sizeof(policy::Group)), head(parts.head.size()) {
        const Added added(clients);
        for (const http::HeaderView part : {added.view(), fields}) {
            for (const http::Field& field : part) head += line_size(field);
        }
        all = before_key + key.size() + head + parts.packed_content.size();
    }
    bool is_rechecked;
    std::size_t before_key;
    std::size_t head;
    std::size_t all;
};

boost::intrusive_ptr<StoredResponse> StoredResponse::make(policy::Hash128 hash, std::string_view key, const Parts& parts, http::HeaderView fields, const policy::ClientFields& clients) {
    const Sizes sizes(key, parts, fields, clients);
    return new (Behind{sizes.all}) StoredResponse(hash, key, parts, fields, clients, sizes);
}

StoredResponse::StoredResponse(policy::Hash128 hash, std::string_view key, const Parts& parts, http::HeaderView fields, const policy::ClientFields& clients, const Sizes& sizes)
    : Filed(Kind::response, hash, key, policy::kept_until(parts.facts), sizeof(StoredResponse) + sizes.before_key),
      is_rechecked_(sizes.is_rechecked),
      has_made_control_(!clients.cache_control.empty()),
      has_made_tag_(!clients.etag.empty()),
      head_size_(static_cast<std::uint32_t>(sizes.head)),
      facts_(parts.facts, parts.status),
      packed_content_size_(static_cast<std::uint32_t>(parts.packed_content.size())),
      stamp_(parts.stamp),
      fill_number_(parts.fill_number),
      begun_(parts.begun),
      content_(parts.content) {
    static_assert(sizeof(epochs::BootTime) == sizeof(policy::Group));
    char* const groups = block() + sizeof(StoredResponse);
    std::ranges::copy(parts.groups, reinterpret_cast<policy::Group*>(groups));
    if (is_rechecked_) std::memcpy(groups + parts.groups.size() * sizeof(policy::Group), &parts.recheck_at, sizeof parts.recheck_at);
    char* const head = block() + key_end();
    Packer packer(head + parts.head.copy(head, parts.head.size()));
    const Added added(clients);
    for (const http::Field& field : added.view()) packer.add(field);
    for (const http::Field& field : fields) {
        if (!clients.withholds(field)) packer.add(field);
    }
    sent_size_ = static_cast<std::uint32_t>(packer.line() - head);
    for (const http::Field& field : fields) {
        if (clients.withholds(field)) packer.add(field);
    }
    parts.packed_content.copy(packer.line(), parts.packed_content.size());
}

UnpackedResponse::UnpackedResponse(const StoredResponse& response, std::size_t skipped, std::size_t end) {
    status = response.status();
    std::string_view rest(response.head_begin(), end);
    rest.remove_prefix(std::min(rest.find(line_end.back()), rest.size() - 1) + 1);  // the status line
    while (!rest.empty()) {
        const std::size_t name_end = rest.find(separator.front());
        const std::size_t value = name_end + separator.size();
        const std::size_t next = rest.find(line_end.back(), value) + 1;
        if (skipped > 0) {
            --skipped;
        } else {
            const std::string_view name = rest.substr(0, name_end);
            const http::FieldName id = http::field_name(name);
            list_.push_back({id, name, rest.substr(value, next - line_end.size() - value)});
            names.insert(id);
        }
        rest.remove_prefix(next);
    }
    fields = list_;
}

epochs::BootTime StoredResponse::recheck_at() const noexcept {
    if (!is_rechecked_) return epochs::BootTime::max();
    epochs::BootTime time;
    std::memcpy(&time, packed() + group_count() * sizeof(policy::Group), sizeof time);
    return time;
}

boost::intrusive_ptr<StoredResponse> StoredResponse::with(const ContentPtr& content) const {
    return make(policy::hash_key(key()), key(), parts_with(content, stamp_), view().fields, clients_without_tag());
}

boost::intrusive_ptr<StoredResponse> StoredResponse::with(const epochs::Stamp& stamp) const {
    return make(policy::hash_key(key()), key(), parts_with(content_, stamp), view().fields, clients());
}

boost::intrusive_ptr<StoredResponse> StoredResponse::with(const policy::ClientFields& clients) const {
    return make(policy::hash_key(key()), key(), parts_with(content_, stamp_), view().fields, clients);
}

StoredResponse::Parts StoredResponse::parts_with(const ContentPtr& content, const epochs::Stamp& stamp) const {
    const std::string_view all_lines(head_begin(), head_size_);
    return {.status = status(),
            .head = std::string(all_lines.substr(0, all_lines.find(line_end.back()) + 1)),
            .facts = facts(),
            .stamp = stamp,
            .fill_number = fill_number_,
            .groups = policy::Groups(groups().begin(), groups().end()),
            .begun = begun_,
            .recheck_at = recheck_at(),
            .content = content,
            .packed_content = content == nullptr ? packed_content() : std::string_view()};
}

StoredResponsePtr packed(const StoredResponsePtr& response) {
    if (response->content() == nullptr || !response->is_whole() || response->content_size() > largest_packed || !response->trailers().empty()) return response;
    std::string room;
    StoredResponse::Parts parts = response->parts_with(nullptr, response->stamp());
    parts.packed_content = response->whole_content(room);
    const auto made = StoredResponse::make(policy::hash_key(response->key()), response->key(), parts, response->view().fields, response->clients());
    if (response->is_unasked()) made->mark_unasked();
    return made;
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
    const UnpackedResponse all(*this, 0, head_size_);
    for (const http::Field& field : all.fields.first(added())) {
        if (field.id == http::FieldName::cache_control) clients.cache_control = field.value;
        if (field.id == http::FieldName::etag) clients.etag = field.value;
    }
    for (const http::Field& field : all.fields) {
        if (field.name.data() >= head_begin() + sent_size_) clients.withheld.insert(field.id);
    }
    return clients;
}

policy::ClientFields StoredResponse::clients_without_tag() const {
    policy::ClientFields untagged = clients();
    untagged.etag.clear();
    return untagged;
}

std::size_t StoredResponse::charge() const noexcept {
    return key_end() + head_size_ + packed_content_size_ + memory::block_overhead + (content_ == nullptr ? 0 : content_->charge());
}

VaryMark::VaryMark(memory::Room, policy::Hash128 hash, std::string_view key, memory::Time kept_until, std::vector<policy::VarySpec> specs, std::vector<policy::Hash128> variants) noexcept
    : Filed(Kind::vary_mark, hash, key, kept_until, sizeof(VaryMark)), specs_(std::move(specs)), variants_(std::move(variants)) {}

std::size_t VaryMark::charge() const noexcept {
    std::size_t bytes = key_end() + variants_.capacity() * sizeof(policy::Hash128) + 3 * memory::block_overhead;  // its own, and both vectors'
    for (const policy::VarySpec& spec : specs_) {
        bytes += sizeof(spec) + spec.ids.capacity() * sizeof(http::FieldName) + 2 * memory::block_overhead;
        for (const std::string& name : spec.names) bytes += sizeof(name) + name.capacity();
    }
    return bytes;
}

SearchMark::SearchMark(memory::Room, policy::Hash128 hash, std::string_view key, memory::Time kept_until, std::vector<http::NoVarySearch> specs)
    : Filed(Kind::search_mark, hash, key, kept_until, sizeof(SearchMark)), specs_(std::move(specs)) {}

std::size_t SearchMark::charge() const noexcept {
    std::size_t bytes = key_end() + 2 * memory::block_overhead;
    for (const http::NoVarySearch& spec : specs_) {
        bytes += sizeof(spec) + memory::block_overhead;
        for (const std::string& name : spec.names) bytes += sizeof(name) + name.capacity();
    }
    return bytes;
}

}  // namespace sidecache::fill
