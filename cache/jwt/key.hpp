// One key, bound to the only algorithm that it verifies (RFC 8725 §3.1): the token has no choice.
#pragma once

#include "cache/jwt/algorithm.hpp"

#include <boost/system/result.hpp>

#include <memory>
#include <optional>
#include <string>

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace sidecache::jwt {

struct Key {
    Algorithm algorithm;
    std::optional<std::string> id;            // "kid"; nullopt: the key may be meant by any
    std::shared_ptr<evp_pkey_st> public_key;  // of rs256, es256 and eddsa
    std::string secret;                       // of hs256
};

// Why something is no key for us; what it says follows "The key ".
struct KeyProblem {
    static KeyProblem dangerous(std::string says) { return {true, std::move(says)}; }    // the whole file is refused
    static KeyProblem not_for_us(std::string says) { return {false, std::move(says)}; }  // a JWK Set may have keys for others
    bool is_dangerous = false;
    std::string says;
};
template <typename T>
using KeyResult = boost::system::result<T, KeyProblem>;

constexpr std::size_t min_secret_size = 32;  // octets; RFC 7518 §3.2
constexpr int min_rsa_bits = 2048;           // RFC 7518 §3.3
constexpr int max_rsa_bits = 8192;           // the time that a verification takes grows with the square

KeyResult<Key> key_of_secret(std::string secret);
KeyResult<Key> key_of_public_key(std::shared_ptr<evp_pkey_st> public_key);  // not null

}  // namespace sidecache::jwt
