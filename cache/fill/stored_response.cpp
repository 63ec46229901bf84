#include "cache/fill/stored_response.hpp"

#include <array>
#include <utility>

namespace sidecache::fill {

StoredResponse::StoredResponse(policy::Hash128 hash, std::string key, Parts parts, http::HeaderView fields, const policy::ClientFields& clients)
    : Filed(Kind::response, hash, std::move(key), policy::kept_until(parts.facts)), parts_(std::move(parts)) {
    std::array<http::Field, 2> added;
    if (!clients.cache_control.empty()) added[added_++] = {http::FieldName::cache_control, "Cache-Control", clients.cache_control};
    if (!clients.etag.empty()) added[added_++] = {http::FieldName::etag, "ETag", clients.etag};
    const http::HeaderView for_clients(added.data(), added_);
    // All room at once: the views must not move.
    std::size_t bytes = parts_.head.size();
    for (const http::HeaderView part : {for_clients, fields}) {
        for (const http::Field& field : part) bytes += field.name.size() + field.value.size() + 4;
    }
    parts_.head.reserve(bytes);
    fields_.reserve(for_clients.size() + fields.size());
    for (const http::Field& field : for_clients) append(field);
    for (const http::Field& field : fields) {
        names_.insert(field.id);
        if (!clients.withholds(field)) append(field);
    }
    withheld_ = static_cast<std::uint32_t>(for_clients.size() + fields.size() - fields_.size());
    if (withheld_ == 0) return;
    for (const http::Field& field : fields) {
        if (clients.withholds(field)) append(field);
    }
}

void StoredResponse::append(const http::Field& field) {
    const std::size_t start = parts_.head.size();
    parts_.head.append(field.name).append(": ").append(field.value).append("\r\n");
    const std::string_view line = std::string_view(parts_.head).substr(start);
    fields_.push_back({field.id, line.substr(0, field.name.size()), line.substr(field.name.size() + 2, field.value.size())});
}

http::ResponseView StoredResponse::sent_otherwise() const noexcept {
    const http::HeaderView fields = std::span(fields_).first(fields_.size() - withheld_);
    return {parts_.status, fields, http::names_of(fields)};
}

std::string_view StoredResponse::head_for_clients() const noexcept {
    const std::string_view all = parts_.head;
    return all.substr(0, static_cast<std::size_t>(fields_[fields_.size() - withheld_].name.data() - all.data()));
}

StoredResponse::StoredResponse(const StoredResponse& other, ContentPtr content)
    : StoredResponse(other.hash(), std::string(other.key()), other.parts_with(std::move(content), other.stamp()), other.view().fields, other.clients_without_tag()) {}

StoredResponse::StoredResponse(const StoredResponse& other, const epochs::Stamp& stamp)
    : StoredResponse(other.hash(), std::string(other.key()), other.parts_with(other.content(), stamp), other.view().fields, other.clients()) {}

StoredResponse::StoredResponse(const StoredResponse& other, const policy::ClientFields& clients)
    : StoredResponse(other.hash(), std::string(other.key()), other.parts_with(other.content(), other.stamp()), other.view().fields, clients) {}

StoredResponse::Parts StoredResponse::parts_with(ContentPtr content, const epochs::Stamp& stamp) const {
    Parts parts = parts_;
    if (!fields_.empty()) parts.head = parts_.head.substr(0, static_cast<std::size_t>(fields_.front().name.data() - parts_.head.data()));
    parts.content = std::move(content);
    parts.stamp = stamp;
    return parts;
}

policy::ClientFields StoredResponse::clients() const {
    policy::ClientFields clients;
    for (const http::Field& field : std::span(fields_).first(added_)) {
        if (field.id == http::FieldName::cache_control) clients.cache_control = field.value;
        if (field.id == http::FieldName::etag) clients.etag = field.value;
    }
    for (const http::Field& field : std::span(fields_).last(withheld_)) clients.withheld.insert(field.id);
    return clients;
}

policy::ClientFields StoredResponse::clients_without_tag() const {
    policy::ClientFields untagged = clients();
    untagged.etag.clear();
    return untagged;
}

std::size_t StoredResponse::charge() const noexcept {
    const std::size_t spilled =
        parts_.groups.capacity() > decltype(parts_.groups)::static_capacity ? parts_.groups.capacity() * sizeof(policy::Group) + memory::block_overhead : 0;
    return sizeof(*this) + key_bytes() + parts_.head.capacity() + fields_.capacity() * sizeof(http::Field) + spilled + 3 * memory::block_overhead + parts_.content->charge();
}

VaryMark::VaryMark(policy::Hash128 hash, std::string key, memory::Time kept_until, std::vector<policy::VarySpec> specs, std::vector<policy::Hash128> variants)
    : Filed(Kind::vary_mark, hash, std::move(key), kept_until), specs_(std::move(specs)), variants_(std::move(variants)) {}

std::size_t VaryMark::charge() const noexcept {
    std::size_t bytes = sizeof(*this) + key_bytes() + variants_.capacity() * sizeof(policy::Hash128) + 3 * memory::block_overhead;  // its own, and both vectors'
    for (const policy::VarySpec& spec : specs_) {
        bytes += sizeof(spec) + spec.ids.capacity() * sizeof(http::FieldName) + 2 * memory::block_overhead;
        for (const std::string& name : spec.names) bytes += sizeof(name) + name.capacity();
    }
    return bytes;
}

SearchMark::SearchMark(policy::Hash128 hash, std::string key, memory::Time kept_until, std::vector<http::NoVarySearch> specs)
    : Filed(Kind::search_mark, hash, std::move(key), kept_until), specs_(std::move(specs)) {}

std::size_t SearchMark::charge() const noexcept {
    std::size_t bytes = sizeof(*this) + key_bytes() + 2 * memory::block_overhead;
    for (const http::NoVarySearch& spec : specs_) {
        bytes += sizeof(spec) + memory::block_overhead;
        for (const std::string& name : spec.names) bytes += sizeof(name) + name.capacity();
    }
    return bytes;
}

}  // namespace sidecache::fill
