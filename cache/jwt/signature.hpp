// Is a signature that of a key?
#pragma once

#include "cache/jwt/key.hpp"

#include <string_view>

namespace sidecache::jwt {

// `signature` as RFC 7518 §3.2-§3.4 and RFC 8037 §3.1 write it; for ES256 that is R and S, 32 octets each, not DER. Thread-safe.
bool verifies(const Key& key, std::string_view signed_text, std::string_view signature) noexcept;

}  // namespace sidecache::jwt
