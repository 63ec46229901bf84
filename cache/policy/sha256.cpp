#include "cache/policy/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdint>

namespace sidecache::policy {

void Sha256::Free::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) { is_good_ = context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1; }

void Sha256::add(std::string_view text) {
    std::array<char, sizeof(std::uint64_t)> length;
    for (std::size_t i = 0; i < length.size(); ++i) length[i] = static_cast<char>(std::uint64_t{text.size()} >> (8 * i));
    update({length.data(), length.size()});
    update(text);
}

std::string Sha256::finish() {
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

void Sha256::update(std::string_view bytes) { is_good_ = is_good_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1; }

}  // namespace sidecache::policy
