#include "cache/jwt/public_lookalike.hpp"

#include "cache/jwt/base64url.hpp"
#include "cache/jwt/openssl.hpp"

#include <algorithm>
#include <array>

namespace sidecache::jwt {
namespace {

// Of both alphabets, padded or not.
std::optional<std::string> decode_any_base64(std::string_view text) {
    while (text.ends_with('=')) text.remove_suffix(1);
    std::string url(text);
    std::ranges::replace(url, '+', '-');
    std::ranges::replace(url, '/', '_');
    return decode_base64url(url);
}

bool is_public_der(std::string_view der) {
    const ErrorScope errors;
    const auto size = static_cast<long>(der.size());
    const unsigned char* at = octets(der);
    if (PublicKey(d2i_PUBKEY(nullptr, &at, size))) return true;
    at = octets(der);
    if (PublicKey(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, size))) return true;
    at = octets(der);
    return Certificate(d2i_X509(nullptr, &at, size)) != nullptr;
}

}  // namespace

bool looks_like_public_key(std::string_view text) {
    constexpr std::array<std::string_view, 3> openssh{"ssh-", "ecdsa-sha2-", "sk-"};
    if (std::ranges::any_of(openssh,
                            [&](std::string_view type) { return text.starts_with(type) && text.find(" AAAA") != text.npos; }))
        return true;
    const auto der = decode_any_base64(text);
    return der && is_public_der(*der);
}

}  // namespace sidecache::jwt
