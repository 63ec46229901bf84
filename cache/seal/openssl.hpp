// What OpenSSL allocates for ciphers and digests, owned; and its errors, told and not left behind.
#pragma once

#include "cache/seal/fault.hpp"
#include "cache/secret/openssl.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <memory>

namespace sidecache::seal {

using secret::octets;
using secret::Release;

using Cipher = std::unique_ptr<EVP_CIPHER, Release<&EVP_CIPHER_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Release<&EVP_CIPHER_CTX_free>>;
using Kdf = std::unique_ptr<EVP_KDF, Release<&EVP_KDF_free>>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, Release<&EVP_KDF_CTX_free>>;
using Mac = std::unique_ptr<EVP_MAC, Release<&EVP_MAC_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, Release<&EVP_MAC_CTX_free>>;

// Tells the last of them as well.
class ErrorScope : public secret::ErrorScope {
public:
    static Fault fault() noexcept { return {Reason::openssl, ERR_peek_last_error()}; }
};

}  // namespace sidecache::seal
