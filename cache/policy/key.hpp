// The primary key of a request (DESIGN 5): its text, and the hash that chooses shard and slot.
#pragma once

#include "cache/http/message.hpp"
#include "cache/http/target.hpp"
#include "cache/policy/languages.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sidecache::policy {

struct Hash128 {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    friend bool operator==(const Hash128&, const Hash128&) = default;
};

// For tables by them: XXH3 output needs no further mixing.
struct Hash128Hasher {
    using is_avalanching = void;
    std::size_t operator()(const Hash128& hash) const noexcept { return hash.low; }
};

// XXH3-128, seeded once per process. No cryptographic hash: whoever finds by it compares the full text as well.
Hash128 hash_key(std::string_view text) noexcept;

// XXH3-64, the same in every process: for what the nodes of a fleet compare.
std::uint64_t hash_for_all(std::string_view text) noexcept;

// What requests with different fields or queries have in common, by the operator's word.
struct KeyRules {
    std::vector<std::string> drop;                            // parameter names; a trailing '*' matches any rest: utm_*
    std::vector<std::pair<std::string, std::string>> defaults;  // a parameter with exactly this value is dropped
    std::vector<std::pair<std::string, std::uint64_t>> clamp;   // a larger decimal number is keyed as this one
    Languages languages{};  // `Accept-Language` is keyed as the one of these that it asks for; empty: as it is
};

// Room for splitting a query string; kept by the caller so that no request allocates.
struct KeyScratch {
    std::vector<http::Parameter> parameters;
    std::string decoded;
};

// Appends method class, scheme and space, authority, path and query to `out`: "GET\n" space "\n" authority "\n" path ["?" query]. A QUERY has a class of
// its own, and its content after that (content_key.hpp); all else is GET. Authority in lower case, without ":80". Parameters sorted by name, those of one name, however escaped, in the order received (it may matter to the application).
// False, and the request is not cached, if the path cannot be normalised.
bool append_key(std::string& out, std::string_view space, const http::RequestView& request, const KeyRules& rules, KeyScratch& scratch);

}  // namespace sidecache::policy
