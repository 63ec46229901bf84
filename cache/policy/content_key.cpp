#include "cache/policy/content_key.hpp"

#include "cache/http/ascii.hpp"
#include "cache/policy/sha256.hpp"

#include <algorithm>
#include <vector>

namespace sidecache::policy {
namespace {

using http::Field;

// RFC 9110 §8: whatever describes the content, also by a name that is not known here. Its length and coding of transfer do not: they are of the
// message, and the content is digested as it is without them.
bool describes_content(const Field& field) noexcept {
    if (field.id == http::FieldName::content_length) return false;
    constexpr std::string_view prefix = "content-";
    if (http::iequals(field.name.substr(0, prefix.size()), prefix)) return true;
    return http::iequals(field.name, "repr-digest") || http::iequals(field.name, "digest");  // RFC 9530 §3, RFC 3230 §4.3.2
}

bool less_lower(const Field* a, const Field* b) noexcept {
    return std::ranges::lexicographical_compare(a->name, b->name, {}, http::to_lower, http::to_lower);
}

}  // namespace

std::string content_key(http::HeaderView request_fields, std::string_view content) {
    std::vector<const Field*> metadata;
    for (const Field& field : request_fields) {
        if (describes_content(field)) metadata.push_back(&field);
    }
    // Lines of different fields may come in any order (RFC 9110 §5.3).
    std::ranges::stable_sort(metadata, less_lower);

    Sha256 digest;
    digest.add(content);
    std::string name;
    for (const Field* field : metadata) {
        name.resize(field->name.size());
        std::ranges::transform(field->name, name.begin(), http::to_lower);
        digest.add(name);
        digest.add(field->value);
    }
    const std::string text = digest.finish();
    return text.empty() ? text : "\ncontent\n" + text;
}

}  // namespace sidecache::policy
