// What OpenSSL allocates, owned; and its queue of errors, left as it was.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <memory>
#include <string_view>

namespace sidecache::jwt {

template <auto release>
struct Release {
    template <typename T>
    void operator()(T* what) const noexcept {
        release(what);
    }
};

using Bignum = std::unique_ptr<BIGNUM, Release<&BN_free>>;
using Bio = std::unique_ptr<BIO, Release<&BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Release<&X509_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Release<&EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Release<&ECDSA_SIG_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Release<&OSSL_PARAM_free>>;
using ParamsBuilder = std::unique_ptr<OSSL_PARAM_BLD, Release<&OSSL_PARAM_BLD_free>>;
using PublicKey = std::unique_ptr<EVP_PKEY, Release<&EVP_PKEY_free>>;
using PublicKeyContext = std::unique_ptr<EVP_PKEY_CTX, Release<&EVP_PKEY_CTX_free>>;

// Errors of this scope do not stay in the thread's queue, where the next reader (TLS, say) would take them for its own.
class ErrorScope {
public:
    ErrorScope() noexcept { ERR_set_mark(); }
    ~ErrorScope() { ERR_pop_to_mark(); }
    ErrorScope(const ErrorScope&) = delete;
    ErrorScope& operator=(const ErrorScope&) = delete;
};

inline const unsigned char* octets(std::string_view text) noexcept { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace sidecache::jwt
