// An entity tag for a content whose origin sent none: the same content gets the same tag from whichever process, so that a copy outlives a write that
// changed nothing, an eviction and a restart.
#pragma once

#include "cache/http/field.hpp"
#include "cache/policy/sha256.hpp"

#include <string>
#include <string_view>

namespace sidecache::policy {

class ContentTag {
public:
    // Of a response with these fields: those that describe its content count (see is_described_alike).
    explicit ContentTag(http::HeaderView fields);

    // The content, piece by piece.
    void add(std::string_view piece) { digest_.add_last(piece); }

    // Strong (RFC 9110 §8.8.1), with its quotes; empty if the digest cannot be made.
    std::string finish();

private:
    Sha256 digest_;
};

// Would one content have one tag with both header sections?
bool is_described_alike(http::HeaderView a, http::HeaderView b);

}  // namespace sidecache::policy
