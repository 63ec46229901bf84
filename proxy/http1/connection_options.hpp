// What the Connection field asks of this connection (RFC 9110 §7.6.1).
#pragma once

#include "cache/http/field.hpp"

#include <string_view>

namespace sidecache::http1 {

struct ConnectionOptions {
    bool close = false;
    bool keep_alive = false;
    bool upgrade = false;
    bool is_malformed = false;      // not a list of tokens
    bool names_unknown = false;     // lists what no rule knows: a field of that name goes no further
    bool names_end_to_end = false;  // lists a field that is for everyone on the way, so that removing it would change the message
};

ConnectionOptions connection_options(http::HeaderView fields) noexcept;

// Is the connection kept after this message (RFC 9112 §9.3)?
bool is_kept_alive(const ConnectionOptions& options, int minor_version) noexcept;

// Does a field with this name, which no rule knows, carry routing or identity that proxies before us vouch for?
bool is_forwarding_name(std::string_view name) noexcept;

}  // namespace sidecache::http1
