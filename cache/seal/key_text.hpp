// What a key file or variable contains, read as the 32 octets that it stands for.
#pragma once

#include "cache/seal/secret_octets.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace sidecache::seal {

using KeyOctets = SecretOctets<32>;

// 64 hexadecimal digits, base64 or base64url of 32 octets (RFC 4648 §4, §5; padded or not), each with one line end after it or none; or 32 octets as they are.
// Refused is what is no random key beyond reasonable doubt: text of 32 characters, and few octets over and over. The error is a sentence for the operator,
// and tells nothing of what was read but its length.
boost::system::result<KeyOctets, std::string> read_key_text(std::string_view content);

}  // namespace sidecache::seal
