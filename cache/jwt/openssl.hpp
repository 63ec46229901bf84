// What OpenSSL allocates for keys and signatures, owned.
#pragma once

#include "cache/secret/openssl.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <memory>

namespace sidecache::jwt {

using secret::ErrorScope;
using secret::octets;
using secret::Release;

using Bignum = std::unique_ptr<BIGNUM, Release<&BN_free>>;
using Bio = std::unique_ptr<BIO, Release<&BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Release<&X509_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Release<&EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Release<&ECDSA_SIG_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Release<&OSSL_PARAM_free>>;
using ParamsBuilder = std::unique_ptr<OSSL_PARAM_BLD, Release<&OSSL_PARAM_BLD_free>>;
using PublicKey = std::unique_ptr<EVP_PKEY, Release<&EVP_PKEY_free>>;
using PublicKeyContext = std::unique_ptr<EVP_PKEY_CTX, Release<&EVP_PKEY_CTX_free>>;

}  // namespace sidecache::jwt
