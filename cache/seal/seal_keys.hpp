// The keys under which a fleet keeps what it keeps in Redis. The first seals and names, every one opens; so a key is changed by putting the new one first.
#pragma once

#include "cache/seal/extended_gcm.hpp"
#include "cache/seal/key_text.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::seal {

using KeyId = std::array<char, 8>;  // stands in each value that the key has sealed; no secret, and nothing leads from it to the key

// One key, of which only what is derived is kept: HKDF-SHA256 with a label for each purpose, so that no octet serves two.
class SealKey {
public:
    static Result<SealKey> make(const KeyOctets& octets);

    const KeyId& id() const noexcept { return id_; }
    const ExtendedGcm& cipher() const noexcept { return cipher_; }
    const KeyOctets& naming() const noexcept { return naming_; }

private:
    SealKey(KeyId id, ExtendedGcm cipher, KeyOctets naming) noexcept : id_(id), cipher_(std::move(cipher)), naming_(std::move(naming)) {}

    KeyId id_;
    ExtendedGcm cipher_;
    KeyOctets naming_;
};

// Which of the contents is no key for us, from 0, and why: a sentence for the operator.
struct SealKeyProblem {
    std::size_t key = 0;
    std::string says;
};

// Immutable after it was made, and shared between threads. Not copied: there is one place where the keys are, and it is wiped.
class SealKeys {
public:
    static constexpr std::size_t max_keys = 8;

    // Of what each file or variable contains, in their order; at least one. The caller wipes what it has read.
    static boost::system::result<SealKeys, SealKeyProblem> parse(std::span<const std::string_view> contents);

    std::span<const SealKey> all() const noexcept { return keys_; }
    const SealKey& first() const noexcept { return keys_.front(); }
    const SealKey* find(std::string_view id) const noexcept;  // null: unknown

    SealKeys(SealKeys&&) = default;
    SealKeys& operator=(SealKeys&&) = default;

private:
    SealKeys() = default;

    std::vector<SealKey> keys_;
};

std::string hex_of(const KeyId& id);  // for logs: which key seals

}  // namespace sidecache::seal
