#include "cache/fill/content.hpp"

#include "cache/memory/entry.hpp"

#include <algorithm>
#include <cassert>

namespace sidecache::fill {
namespace {

constexpr std::size_t smallest_chunk = 4 * 1024;
constexpr std::size_t largest_chunk = 64 * 1024;

}  // namespace

Content::Content(const Limits& limits, std::optional<std::uint64_t> expected, bool keep, unsigned claims)
    : limits_(limits), expected_(expected), keep_(keep && expected.value_or(0) <= limits.store), claims_(claims) {}

ContentPtr Content::make_complete(std::string_view bytes) {
    ContentPtr content(new Content({bytes.size(), bytes.size()}, bytes.size(), true));
    content->append(bytes);
    content->complete({});
    return content;
}

Content::Demand Content::append(std::string_view bytes) {
    const std::scoped_lock guard(lock_);
    assert(state_.load(std::memory_order_relaxed) == State::filling);
    if (keep_ && size_ + bytes.size() > limits_.store) keep_ = false;
    while (!bytes.empty()) {
        if (chunks_.empty() || chunks_.back()->room() == 0) {
            const std::size_t doubled = std::clamp<std::size_t>(size_, smallest_chunk, largest_chunk);
            const bool exact = keep_ && expected_.has_value();
            const std::uint64_t left = exact && *expected_ > size_ ? *expected_ - size_ : 0;
            chunks_.push_back(Chunk::make(left != 0 ? static_cast<std::size_t>(left) : std::max(doubled, std::min(bytes.size(), largest_chunk))));
        }
        Chunk& chunk = *chunks_.back();
        const std::size_t taken = std::min(bytes.size(), chunk.room());
        chunk.append(bytes.substr(0, taken));
        bytes.remove_prefix(taken);
        size_ += taken;
    }
    if (!keep_) drop_read_chunks_locked();
    wake_readers_locked();
    return demand_locked();
}

Content::Demand Content::demand() const {
    const std::scoped_lock guard(lock_);
    return demand_locked();
}

Content::Demand Content::demand_locked() const {
    if (keep_) return Demand::more;
    if (readers_.empty() && claims_ == 0) return Demand::nobody;
    return size_ - slowest_locked() >= limits_.window ? Demand::wait : Demand::more;
}

std::uint64_t Content::slowest_locked() const {
    std::uint64_t slowest = claims_ == 0 ? size_ : 0;
    for (const Place& reader : readers_) slowest = std::min(slowest, reader.position);
    return slowest;
}

void Content::drop_read_chunks_locked() {
    const std::uint64_t slowest = slowest_locked();
    auto unread = chunks_.begin();
    for (; unread != chunks_.end() && first_ + (*unread)->size() <= slowest && (*unread)->room() == 0; ++unread) first_ += (*unread)->size();
    chunks_.erase(chunks_.begin(), unread);
}

void Content::wake_readers_locked() {
    for (Place& reader : readers_) reader.listener.on_change();
}

void Content::keep_no_longer() {
    const std::scoped_lock guard(lock_);
    keep_ = false;
}

void Content::complete(std::string trailers) {
    const std::scoped_lock guard(lock_);
    trailers_ = std::move(trailers);
    // What is kept for long should not keep unused room with it.
    if (keep_ && !chunks_.empty() && chunks_.back()->room() > chunks_.back()->capacity() / 8) {
        const Chunk& loose = *chunks_.back();
        ChunkPtr tight = Chunk::make(loose.size());
        tight->append({loose.data(), loose.size()});
        chunks_.back() = std::move(tight);
    }
    state_.store(State::complete, std::memory_order_release);
    wake_readers_locked();
}

void Content::fail(http::ProxyError error) {
    const std::scoped_lock guard(lock_);
    error_ = error;
    state_.store(State::failed, std::memory_order_release);
    wake_readers_locked();
}

void Content::set_writer(Listener* writer) {
    const std::scoped_lock guard(lock_);
    writer_ = writer;
}

bool Content::is_kept() const {
    const std::scoped_lock guard(lock_);
    return keep_;
}

std::uint64_t Content::size() const {
    const std::scoped_lock guard(lock_);
    return size_;
}

http::ProxyError Content::error() const {
    const std::scoped_lock guard(lock_);
    return error_;
}

std::string_view Content::contiguous(std::uint64_t offset) const noexcept {
    for (const ChunkPtr& chunk : chunks_) {
        if (offset < chunk->size()) return {chunk->data() + offset, chunk->size() - static_cast<std::size_t>(offset)};
        offset -= chunk->size();
    }
    return {};
}

std::size_t Content::charge() const noexcept {
    std::size_t bytes = sizeof(Content) + trailers_.capacity() + (chunks_.capacity() > 1 ? chunks_.capacity() * sizeof(ChunkPtr) + memory::block_overhead : 0);
    for (const ChunkPtr& chunk : chunks_) bytes += sizeof(Chunk) + chunk->capacity() + memory::block_overhead;
    return bytes + memory::block_overhead;
}

Reader::Reader(ContentPtr content, Listener& listener, bool claimed, std::uint64_t first) : content_(std::move(content)), place_(listener) {
    place_.position = first;
    const std::scoped_lock guard(content_->lock_);
    if (claimed) --content_->claims_;
    if (content_->first_ != 0) return;
    is_attached_ = true;
    content_->readers_.push_back(place_);
}

Reader::~Reader() {
    if (!is_attached_) return;
    const std::scoped_lock guard(content_->lock_);
    content_->readers_.erase(content_->readers_.iterator_to(place_));
    if (content_->writer_ != nullptr) content_->writer_->on_change();
}

Reader::Piece Reader::next() {
    const std::scoped_lock guard(content_->lock_);
    if (pending_ != 0) {
        place_.position += pending_;
        pending_ = 0;
        if (!content_->keep_) {
            content_->drop_read_chunks_locked();
            if (content_->writer_ != nullptr) content_->writer_->on_change();
        }
    }
    Piece piece;
    piece.state = content_->state_.load(std::memory_order_relaxed);
    if (piece.state == Content::State::failed) return piece;  // at once: what it would still read is no whole response
    std::uint64_t start = content_->first_;
    for (const ChunkPtr& chunk : content_->chunks_) {
        if (place_.position < start + chunk->size()) {
            const auto offset = static_cast<std::size_t>(place_.position - start);
            piece.bytes = {chunk->data() + offset, chunk->size() - offset};
            piece.chunk = chunk;
            break;
        }
        start += chunk->size();
    }
    pending_ = piece.bytes.size();
    piece.is_last = piece.state == Content::State::complete && place_.position + pending_ == content_->size_;
    return piece;
}

}  // namespace sidecache::fill
