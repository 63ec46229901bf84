// Patterns of names as Redis has them (KEYS, SCAN MATCH): * ? [abc] [^a-z], and \ before an octet that means itself.
#pragma once

#include <string_view>

namespace sidecache::keyspace {

// Takes at most the product of both lengths in steps, whatever the pattern.
bool matches_glob(std::string_view pattern, std::string_view text) noexcept;

}  // namespace sidecache::keyspace
