#include "cache/fill/stored_response.hpp"

#include <utility>

namespace sidecache::fill {

StoredResponse::StoredResponse(policy::Hash128 hash, std::string key, Parts parts, http::HeaderView fields)
    : Filed(Kind::response, hash, std::move(key)), parts_(std::move(parts)) {
    std::size_t bytes = parts_.head.size();
    for (const http::Field& field : fields) bytes += field.name.size() + field.value.size() + 4;
    parts_.head.reserve(bytes);
    fields_.reserve(fields.size());
    for (const http::Field& field : fields) {
        const std::size_t start = parts_.head.size();
        parts_.head.append(field.name).append(": ").append(field.value).append("\r\n");
        const std::string_view line = std::string_view(parts_.head).substr(start);
        fields_.push_back({field.id, line.substr(0, field.name.size()), line.substr(field.name.size() + 2, field.value.size())});
        names_.insert(field.id);
    }
}

StoredResponse::StoredResponse(const StoredResponse& other, ContentPtr content)
    : StoredResponse(other.hash(), std::string(other.key()), other.parts_with(std::move(content), other.stamp()), other.fields_) {}

StoredResponse::StoredResponse(const StoredResponse& other, const epochs::Stamp& stamp)
    : StoredResponse(other.hash(), std::string(other.key()), other.parts_with(other.content(), stamp), other.fields_) {}

StoredResponse::Parts StoredResponse::parts_with(ContentPtr content, const epochs::Stamp& stamp) const {
    Parts parts = parts_;
    parts.head.resize(parts.head.find('\n') + 1);  // the status line; the fields follow it anew
    parts.content = std::move(content);
    parts.stamp = stamp;
    return parts;
}

std::size_t StoredResponse::charge() const noexcept {
    const std::size_t spilled = parts_.groups.capacity() > decltype(parts_.groups)::static_capacity ? parts_.groups.capacity() * sizeof(policy::Group) : 0;
    return sizeof(*this) + key_bytes() + parts_.head.capacity() + fields_.capacity() * sizeof(http::Field) + spilled + parts_.content->charge();
}

VaryMark::VaryMark(policy::Hash128 hash, std::string key, std::vector<policy::VarySpec> specs, std::vector<policy::Hash128> variants)
    : Filed(Kind::vary_mark, hash, std::move(key)), specs_(std::move(specs)), variants_(std::move(variants)) {}

std::size_t VaryMark::charge() const noexcept {
    std::size_t bytes = sizeof(*this) + key_bytes() + variants_.capacity() * sizeof(policy::Hash128);
    for (const policy::VarySpec& spec : specs_) {
        bytes += sizeof(spec) + spec.ids.capacity() * sizeof(http::FieldName);
        for (const std::string& name : spec.names) bytes += sizeof(name) + name.capacity();
    }
    return bytes;
}

SearchMark::SearchMark(policy::Hash128 hash, std::string key, std::vector<http::NoVarySearch> specs)
    : Filed(Kind::search_mark, hash, std::move(key)), specs_(std::move(specs)) {}

std::size_t SearchMark::charge() const noexcept {
    std::size_t bytes = sizeof(*this) + key_bytes();
    for (const http::NoVarySearch& spec : specs_) {
        bytes += sizeof(spec);
        for (const std::string& name : spec.names) bytes += sizeof(name) + name.capacity();
    }
    return bytes;
}

}  // namespace sidecache::fill
