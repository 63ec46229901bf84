// Public keys in PEM (RFC 7468 §13), one after the other.
#pragma once

#include "cache/jwt/key.hpp"

#include <vector>

namespace sidecache::jwt {

// "PUBLIC KEY" and "RSA PUBLIC KEY". Anything else in PEM, a certificate or a private key too, is a problem, and what it says is
// a whole sentence. At most `max_keys`.
KeyResult<std::vector<Key>> read_pem(std::string_view text, std::size_t max_keys);

}  // namespace sidecache::jwt
