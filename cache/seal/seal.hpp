// A value as Redis keeps it: encrypted, and not to be changed or moved without notice.
//
//     offset 0      3        4       12      36                  size - 16
//            "scs"  version  key id  nonce   ciphertext          tag
//
// AES-256-GCM under a key of its own for each value (extended_gcm.hpp says why). What stands before the nonce is authenticated with the associated data.
#pragma once

#include "cache/seal/seal_keys.hpp"

#include <string>
#include <string_view>

namespace sidecache::seal {

constexpr std::size_t overhead = 4 + std::tuple_size_v<KeyId> + ExtendedGcm::nonce_size + ExtendedGcm::tag_size;  // 52 octets
constexpr std::size_t max_sealed_size = 512 * 1024 * 1024;                                                        // Redis' own limit of a value

// `associated` is where the value stands: its whole name in Redis, prefix included, so that it opens under no other. Also empty values are sealed.
// A fault means: do not store it.
Result<std::string> seal(const SealKeys& keys, std::string_view plaintext, std::string_view associated);

// Reason::damaged does not tell whether it was cut, changed, moved or forged: nothing but the tag knows, and it knows only that. An older value that was put
// back under its own name does open; whether it is still valid is for what it says of itself.
Result<std::string> open(const SealKeys& keys, std::string_view sealed, std::string_view associated);

// Seals, opens and names with each key: called once at start, so that no request finds out what OpenSSL cannot do.
Result<void> prove(const SealKeys& keys);

}  // namespace sidecache::seal
