// Heads as they go out: always made anew from the validated model, never forwarded as received. What is given must be valid
// already (a token, a target, values of one line): asserted, not repaired.
#pragma once

#include "cache/http/field.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sidecache::http1 {

void append_request_line(std::string& out, std::string_view method, std::string_view target);
void append_status_line(std::string& out, int status);  // with the reason phrase of RFC 9110 §15
void append_field(std::string& out, std::string_view name, std::string_view value);
void append_field(std::string& out, std::string_view name, std::uint64_t value);
void append_end(std::string& out);  // the empty line

std::string_view reason_phrase(int status) noexcept;  // "" for an unknown status

// Is this a field of one connection, not of the message (RFC 9110 §7.6.1)? Connection, Keep-Alive, Proxy-Connection, TE,
// Transfer-Encoding, Upgrade, Trailer... and every name that a Connection line of the same section lists.
bool is_hop_by_hop(const http::Field& field, http::HeaderView section) noexcept;

}  // namespace sidecache::http1
