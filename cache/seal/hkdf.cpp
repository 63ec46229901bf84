#include "cache/seal/hkdf.hpp"

#include "cache/seal/openssl.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

namespace sidecache::seal {

Result<void> derive(std::span<const unsigned char> key, std::string_view salt, std::string_view info, std::span<unsigned char> out) {
    const ErrorScope errors;
    const Kdf kdf(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr));
    const KdfContext context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
    if (!context) return errors.fault();
    // OpenSSL takes pointers to what it does not change, and refuses null even for nothing.
    const auto parameter = [](const char* name, std::string_view text) {
        return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(text.empty() ? "" : text.data()), text.size());
    };
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, sizeof digest - 1),
                                     parameter(OSSL_KDF_PARAM_KEY, {reinterpret_cast<const char*>(key.data()), key.size()}),
                                     parameter(OSSL_KDF_PARAM_SALT, salt), parameter(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_construct_end()};
    if (EVP_KDF_derive(context.get(), out.data(), out.size(), parameters) != 1) return errors.fault();
    return {};
}

}  // namespace sidecache::seal
