// What the content of a request adds to its key: a QUERY is the same as another only if it asks the same (RFC 10008 §2.7).
#pragma once

#include "cache/http/message.hpp"

#include <string>
#include <string_view>

namespace sidecache::policy {

// "\ncontent\n" and the SHA-256 of the content and of what is said about it, to follow the target in the key. A cryptographic hash, since the
// text of the key is what is compared on a hit, and clients choose their contents. Nothing is normalised: a cache may, but must not err.
// Empty, and the request is not cached, if the digest cannot be made.
std::string content_key(http::HeaderView request_fields, std::string_view content);

}  // namespace sidecache::policy
