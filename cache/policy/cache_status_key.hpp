// The parameter `key` of Cache-Status (RFC 9211 §2.7): what is shown of the key that a request was looked up by.
#pragma once

#include <cstddef>
#include <string_view>

namespace sidecache::policy {

// Between its quotes and with its escapes, a key has at most so many characters: a longer one is cut and ends with "...".
inline constexpr std::size_t shown_key_max = 200;

// Writes `; key="..."`, to stand behind what write_cache_status wrote. What is no printable ASCII is percent-encoded.
inline constexpr std::size_t cache_status_key_max = shown_key_max + 8;
std::size_t write_cache_status_key(char* out, std::string_view key) noexcept;  // characters written, <= cache_status_key_max

}  // namespace sidecache::policy
