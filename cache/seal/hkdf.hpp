// HKDF with SHA-256 (RFC 5869): keys for different purposes out of one.
#pragma once

#include "cache/seal/fault.hpp"

#include <span>
#include <string_view>

namespace sidecache::seal {

// Fills `out`; no salt is the empty one (RFC 5869 §2.2). OpenSSL allocates: for the start, not for each value.
Result<void> derive(std::span<const unsigned char> key, std::string_view salt, std::string_view info, std::span<unsigned char> out);

}  // namespace sidecache::seal
