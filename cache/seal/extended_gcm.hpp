// XAES-256-GCM (https://c2sp.org/XAES-256-GCM): AES-256-GCM with random nonces of 192 bits, of which the first half makes a key for each value.
//
// Plain AES-GCM with random nonces of 96 bits may seal 2^32 values under one key, all nodes of a fleet counted together (NIST SP 800-38D §8.3), which a
// busy fleet reaches in weeks; counters that never meet (§8.2.1) would take coordination. Here it is 2^80 values at the same risk of 2^-32 that two share a
// nonce, for two blocks of AES and a key schedule more. The derivation is SP 800-108r1 §4.1 with CMAC-AES256; it commits to no key: random ones need none.
#pragma once

#include "cache/seal/fault.hpp"
#include "cache/seal/secret_octets.hpp"

#include <array>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>

namespace sidecache::seal {

class ExtendedGcm {
public:
    static constexpr std::size_t key_size = 32;
    static constexpr std::size_t nonce_size = 24;
    static constexpr std::size_t tag_size = 16;
    using Nonce = std::span<const unsigned char, nonce_size>;

    static Result<ExtendedGcm> make(SecretOctets<key_size> key);

    // `out` gets the ciphertext and then the tag: tag_size octets more than the plaintext. A nonce must come from a random generator, anew for each call.
    // The parts of the associated data count as one text. At most INT_MAX octets each.
    Result<void> encrypt(Nonce nonce, std::initializer_list<std::string_view> associated, std::string_view plaintext, std::span<char> out) const;

    // `out` gets tag_size octets less than `sealed`, which must have as many at least. After a fault it holds nothing that may be used.
    Result<void> decrypt(Nonce nonce, std::initializer_list<std::string_view> associated, std::string_view sealed, std::span<char> out) const;

private:
    ExtendedGcm(SecretOctets<key_size> key, SecretOctets<16> mask) noexcept : key_(std::move(key)), mask_(std::move(mask)) {}
    Result<void> derive_key(Nonce nonce, SecretOctets<key_size>& derived) const;

    SecretOctets<key_size> key_;
    SecretOctets<16> mask_;  // CMAC's K1 (SP 800-38B §6.1)
};

}  // namespace sidecache::seal
