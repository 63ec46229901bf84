#include "cache/fill/stored_parts.hpp"

#include <algorithm>
#include <utility>

namespace sidecache::fill {

void add_piece(Pieces& pieces, Piece newer) {
    Pieces kept;
    kept.reserve(pieces.size() + 2);
    for (Piece& piece : pieces) {
        if (piece.last() < newer.first || piece.first > newer.last()) {
            kept.push_back(std::move(piece));
            continue;
        }
        if (piece.first < newer.first) kept.push_back({piece.first, {piece.slice.content, piece.slice.offset, newer.first - piece.first}});
        if (piece.last() > newer.last()) {
            const std::uint64_t skipped = newer.last() + 1 - piece.first;
            kept.push_back({newer.last() + 1, {piece.slice.content, piece.slice.offset + skipped, piece.slice.length - skipped}});
        }
    }
    kept.push_back(std::move(newer));
    std::ranges::sort(kept, {}, &Piece::first);
    pieces = std::move(kept);
}

StoredParts::StoredParts(memory::Room, policy::Hash128 hash, std::string_view key, StoredResponsePtr response, Pieces pieces, policy::Held held)
    : Filed(Kind::parts, hash, key, response->kept_until(), sizeof(StoredParts)), response_(std::move(response)), pieces_(std::move(pieces)), held_(std::move(held)) {}

std::vector<Slice> StoredParts::slices(const http::ByteRange& range) const {
    std::vector<Slice> slices;
    for (const Piece& piece : pieces_) {
        const std::uint64_t first = std::max(range.first, piece.first);
        const std::uint64_t last = std::min(range.last, piece.last());
        if (first <= last) slices.push_back({piece.slice.content, piece.slice.offset + first - piece.first, last - first + 1});
    }
    return slices;
}

std::size_t StoredParts::charge() const noexcept {
    std::size_t bytes = key_end() + response_->charge() + pieces_.capacity() * sizeof(Piece) + 3 * memory::block_overhead + held_.bytes.ranges().size_bytes();
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
        // Two pieces may have been cut out of one content; it is held whole.
        const auto is_same = [&](const Piece& other) { return other.slice.content == pieces_[i].slice.content; };
        if (std::find_if(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(i), is_same) == pieces_.begin() + static_cast<std::ptrdiff_t>(i)) bytes += pieces_[i].slice.content->charge();
    }
    return bytes;
}

}  // namespace sidecache::fill
