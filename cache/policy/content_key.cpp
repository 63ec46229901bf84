#include "cache/policy/content_key.hpp"

#include "cache/http/ascii.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
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

class Sha256 {
public:
    Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
        is_good_ = context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1;
    }

    // With its length before it, so that no two sequences of texts are one.
    void add(std::string_view text) {
        std::array<unsigned char, sizeof(std::uint64_t)> length;
        for (std::size_t i = 0; i < length.size(); ++i) length[i] = static_cast<unsigned char>(std::uint64_t{text.size()} >> (8 * i));
        update(length.data(), length.size());
        update(text.data(), text.size());
    }

    // In hexadecimal; empty if anything failed.
    std::string finish() {
        std::array<unsigned char, 32> digest;
        if (!is_good_ || EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) != 1) return {};
        constexpr char digits[] = "0123456789abcdef";
        std::string out;
        for (const unsigned char byte : digest) {
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
        return out;
    }

private:
    void update(const void* bytes, std::size_t size) { is_good_ = is_good_ && EVP_DigestUpdate(context_.get(), bytes, size) == 1; }

    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
    bool is_good_;
};

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
