// Keys written as JSON (RFC 7517), alone or in a set.
#pragma once

#include "cache/jwt/key.hpp"

#include <boost/json/fwd.hpp>

namespace sidecache::jwt {

// Of an object with "kty". RSA, EC P-256 and Ed25519 public keys, and secrets ("oct"). Private keys are dangerous; a key for
// another algorithm or another use is not for us (RFC 7517 §5: such members of a set are ignored).
KeyResult<Key> read_jwk(const boost::json::object& jwk);

}  // namespace sidecache::jwt
