// What stands for a credential wherever it would be kept: SipHash-2-4 of 128 bits under a key that only this process knows, so that neither keys nor
// memory nor logs hold it in clear, and nobody without the key finds two texts with one digest (Aumasson, Bernstein: SipHash, 2012).
#pragma once

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

namespace sidecache::secret {

using Digest = std::array<char, 16>;

// In hexadecimal, as keys hold it.
void append_hex(std::string& out, const Digest& digest);

inline std::string_view view_of(const Digest& digest) noexcept { return {digest.data(), digest.size()}; }

// Throws std::runtime_error where OpenSSL cannot do it: called once at start, so that no request finds out.
void prepare();

// One text of many parts; each counts with its length, so that ("ab", "c") is not ("a", "bc"). No allocation after the first call of a thread.
Digest keyed_digest(std::initializer_list<std::string_view> parts) noexcept;

}  // namespace sidecache::secret
