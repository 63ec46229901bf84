// The keys that a route believes.
#pragma once

#include "cache/jwt/key.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sidecache::jwt {

constexpr std::size_t max_keys = 32;  // a token without "kid" is tried against each key of its algorithm
constexpr std::size_t max_key_file_size = 64 * 1024;

// Immutable after it was made, and shared between threads.
class KeySet {
public:
    template <typename T>
    using Parsed = boost::system::result<T, std::string>;  // an error is a sentence for the operator

    // Of a file that says itself what it is: a JWK Set or one JWK (RFC 7517; begins with '{'), or public keys in PEM ("-----BEGIN
    // ..."). It is never taken for a secret, however broken it is.
    static Parsed<KeySet> parse(std::string_view file);

    // Of a file that holds one secret for HS256: one line of printable ASCII, at least 32 characters, whose octets are the
    // secret; one line end after it is no part of it. A secret of any octets is written as a JWK with "kty": "oct", for `parse`.
    // Refused is what parse() would take, and what a public key looks like in other forms: a key that everybody knows would sign
    // any token.
    static Parsed<KeySet> from_secret(std::string_view file);

    const std::vector<Key>& keys() const noexcept { return keys_; }

    // Of each key of a JWK Set that is left out, why: "Key 2 (kid "enc-1") is for the use "enc", not for "sig"; it is left out."
    const std::vector<std::string>& notes() const noexcept { return notes_; }

private:
    KeySet() = default;
    static Parsed<KeySet> parse_json(std::string_view file);

    std::vector<Key> keys_;
    std::vector<std::string> notes_;
};

}  // namespace sidecache::jwt
