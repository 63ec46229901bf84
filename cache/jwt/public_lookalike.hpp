// Is a text that was named a secret in truth a public key? Then anybody could sign (RFC 8725 §2.1, §3.1).
#pragma once

#include <string_view>

namespace sidecache::jwt {

// `text` is one line: base64 of a public key or certificate without its PEM frame, as some issuers show it, or an OpenSSH public
// key.
bool looks_like_public_key(std::string_view text);

}  // namespace sidecache::jwt
