// Parts of one representation as the cache keeps them (RFC 9111 §3.3, §3.4): no answer to anything but ranges wholly within them, and completed where more is asked for.
#pragma once

#include "cache/fill/stored_response.hpp"
#include "cache/policy/partial.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sidecache::fill {

// Bytes of a complete content: `length` of them from `offset`.
struct Slice {
    ContentPtr content;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

// The bytes of a representation from `first` on.
struct Piece {
    std::uint64_t first = 0;
    Slice slice;
    std::uint64_t last() const noexcept { return first + slice.length - 1; }
};
using Pieces = std::vector<Piece>;  // disjoint, in ascending order

// Where both have a byte, the newer one's counts.
void add_piece(Pieces& pieces, Piece newer);

class StoredParts final : public Filed {
public:
    // `response` is the incomplete 200 (RFC 9111 §3.3): its fields, epoch and groups hold for every piece; its own content is empty.
    StoredParts(memory::Room, policy::Hash128 hash, std::string_view key, StoredResponsePtr response, Pieces pieces, policy::Held held);

    const StoredResponse& response() const noexcept { return *response_; }
    const Pieces& pieces() const noexcept { return pieces_; }
    const policy::Held& held() const noexcept { return held_; }

    // The bytes of a range that is held.
    std::vector<Slice> slices(const http::ByteRange& range) const;

    std::size_t charge() const noexcept override;

private:
    const StoredResponsePtr response_;
    const Pieces pieces_;
    const policy::Held held_;
};

using StoredPartsPtr = boost::intrusive_ptr<const StoredParts>;

}  // namespace sidecache::fill
