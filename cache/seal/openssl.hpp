// What OpenSSL allocates, owned; and its errors, told and not left behind.
#pragma once

#include "cache/seal/fault.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <memory>
#include <string_view>

namespace sidecache::seal {

template <auto release>
struct Release {
    template <typename T>
    void operator()(T* what) const noexcept {
        release(what);
    }
};

using Cipher = std::unique_ptr<EVP_CIPHER, Release<&EVP_CIPHER_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Release<&EVP_CIPHER_CTX_free>>;
using Kdf = std::unique_ptr<EVP_KDF, Release<&EVP_KDF_free>>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, Release<&EVP_KDF_CTX_free>>;
using Mac = std::unique_ptr<EVP_MAC, Release<&EVP_MAC_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, Release<&EVP_MAC_CTX_free>>;

// Errors of this scope do not stay in the thread's queue, where the next reader (TLS, say) would take them for its own.
class ErrorScope {
public:
    ErrorScope() noexcept { ERR_set_mark(); }
    ~ErrorScope() { ERR_pop_to_mark(); }
    ErrorScope(const ErrorScope&) = delete;
    ErrorScope& operator=(const ErrorScope&) = delete;

    static Fault fault() noexcept { return {Reason::openssl, ERR_peek_last_error()}; }
};

inline const unsigned char* octets(std::string_view text) noexcept { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace sidecache::seal
