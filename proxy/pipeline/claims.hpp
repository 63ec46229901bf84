// What a proxy before us says of the client and of what it has asked for, and a client could say as well: believed of trusted peers alone.
#pragma once

#include "cache/http/message.hpp"
#include "proxy/pipeline/peer.hpp"
#include "proxy/pipeline/shared.hpp"

#include <string>
#include <string_view>

namespace sidecache::pipeline {

// X-Forwarded-*, X-Real-IP, and those by which applications answer for another target or host than that of the request. Forwarded is one as well.
bool is_claim(std::string_view field_name) noexcept;

// Whose responses a key is of: the origin's space, and whatever a believed claim may change in them. Addresses are left out: a response that depends on one says so by
// Vary, and then it is not stored.
void append_key_space(std::string& out, const Snapshot& snapshot, const http::RequestView& request, const Peer& peer);

// Does a key hold claims that may name who asks? They stand in it as digests of this process.
bool has_claims_of_somebody(std::string_view key) noexcept;

}  // namespace sidecache::pipeline
