// Base64url without padding (RFC 7515 §2, RFC 4648 §5), read so that no two texts stand for the same octets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sidecache::jwt {

// nullopt for padding, spaces, characters of other alphabets, an impossible length, and spare bits that are not zero.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace sidecache::jwt
