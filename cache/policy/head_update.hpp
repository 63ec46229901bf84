// What the origin's answer to a HEAD says of a stored response to GET (RFC 9111 §4.3.5).
#pragma once

#include "cache/http/message.hpp"
#include "cache/policy/response_facts.hpp"

#include <cstdint>
#include <optional>

namespace sidecache::policy {

enum class HeadUpdate : std::uint8_t {
    none,      // nothing: it is no 200, or has nothing to compare
    outdated,  // another representation: what is stored is no longer fresh
    fields,    // the same as far as it tells: its fields are taken over
    confirm,   // the same strong ETag: what is stored is what the origin has, also where a write came between (CONSISTENCY 1.1)
};

// `stored_length`: bytes of content, where they are known. A departure from §4.3.5, which asks for nothing where neither has a validator: length alone does not tell an old row from a new one.
HeadUpdate assess_head(const http::ResponseView& head, const http::ResponseView& stored, const ResponseFacts& stored_facts, std::optional<std::uint64_t> stored_length) noexcept;

}  // namespace sidecache::policy
