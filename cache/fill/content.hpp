// The content of a response while it arrives and after: an append-only sequence of chunks with one writer and any number of readers on any
// worker. A failed one breaks its readers and never looks like a clean end.
#pragma once

#include "cache/fill/chunk.hpp"
#include "cache/fill/listener.hpp"
#include "cache/http/proxy_error.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sidecache::fill {

class Content;
using ContentPtr = boost::intrusive_ptr<Content>;

// Where one reader stands; guarded by the content's lock.
struct Place : boost::intrusive::list_base_hook<> {
    explicit Place(Listener& listener_) : listener(listener_) {}
    Listener& listener;
    std::uint64_t position = 0;
};

class Content : public boost::intrusive_ref_counter<Content, boost::thread_safe_counter> {
public:
    enum class State : std::uint8_t { filling, complete, failed };

    struct Limits {
        std::size_t store = std::size_t{4} << 20;   // bytes; over it the content is no longer kept whole
        std::size_t window = std::size_t{256} << 10;  // bytes that the writer may be ahead of the slowest reader, once it is not kept
    };

    // `expected` bytes if the origin said: one chunk of just that size then. `keep`: to be stored, so that late readers find all of it.
    // `claims`: readers that will come, of whom the writer must not think that nobody reads.
    Content(const Limits& limits, std::optional<std::uint64_t> expected, bool keep, unsigned claims = 0);

    // Whole from the start.
    static ContentPtr make_complete(std::string_view bytes);

    // --- the writer's side: one at a time ---

    // What the writer is to do next.
    enum class Demand : std::uint8_t {
        more,      // go on
        wait,      // the slowest reader is a window behind: go on when `writer` hears of a change
        nobody,    // not kept and nobody reads: give up
    };
    Demand append(std::string_view bytes);
    Demand demand() const;
    void keep_no_longer();  // whole: who begins while all of it is there gets all of it, nobody else does
    void complete(std::string trailers);
    void fail(http::ProxyError error);
    void set_writer(Listener* writer);  // who hears that readers moved on; null: nobody

    // --- everybody ---

    State state() const noexcept { return state_.load(std::memory_order_acquire); }
    bool is_kept() const;          // whole, for as long as this object lives
    std::uint64_t size() const;    // bytes so far
    std::uint64_t complete_size() const noexcept { return size_; }  // of a complete one: constant, read without a lock
    std::optional<std::uint64_t> expected() const noexcept { return expected_; }
    http::ProxyError error() const;  // of a failed one
    std::size_t charge() const noexcept;  // bytes of memory, of a complete one

    // The chunks of a complete, kept content: constant from then on, read without a lock.
    std::span<const ChunkPtr> chunks() const noexcept { return chunks_; }
    const std::string& trailers() const noexcept { return trailers_; }  // of a complete one
    // The bytes of a complete, kept content from `offset` on, as many as stand in one chunk; empty at its end.
    std::string_view contiguous(std::uint64_t offset) const noexcept;

private:
    friend class Reader;
    using Places = boost::intrusive::list<Place, boost::intrusive::constant_time_size<false>>;

    Demand demand_locked() const;
    std::uint64_t slowest_locked() const;
    void drop_read_chunks_locked();
    void wake_readers_locked();

    const Limits limits_;
    const std::optional<std::uint64_t> expected_;
    mutable std::mutex lock_;
    std::atomic<State> state_{State::filling};
    bool keep_;
    std::uint64_t size_ = 0;   // bytes appended so far
    std::uint64_t first_ = 0;  // position of the first byte still held
    boost::container::small_vector<ChunkPtr, 1> chunks_;  // most have one; those that arrive without a length, or are not kept, a few
    std::string trailers_;
    http::ProxyError error_ = http::ProxyError::proxy_internal_error;
    Listener* writer_ = nullptr;
    Places readers_;
    unsigned claims_;
};

// The writer's side as a permit: whoever stops writing without an end, by an exception too, fails the content, and is told nothing more.
class Writing {
public:
    Writing(ContentPtr content, Listener& writer) : content_(std::move(content)) { content_->set_writer(&writer); }
    ~Writing() {
        content_->set_writer(nullptr);
        if (content_->state() == Content::State::filling) content_->fail(http::ProxyError::proxy_internal_error);
    }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;

private:
    ContentPtr content_;
};

// One reader's place in a content. Used by one worker; destroying it tells the writer.
class Reader {
public:
    // Reads from byte `first` on; `listener` hears when there is more. False `is_attached` if the start of the content is gone already (not kept, and others
    // read on). `claimed`: this is one of the content's claims.
    Reader(ContentPtr content, Listener& listener, bool claimed = false, std::uint64_t first = 0);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    bool is_attached() const noexcept { return is_attached_; }

    struct Piece {
        ChunkPtr chunk;         // keeps the bytes alive
        std::string_view bytes;  // empty: nothing yet, or nothing more, as `state` says
        Content::State state = Content::State::filling;
        bool is_last = false;   // complete, and these bytes are the end of it
    };
    // The next piece, as much as one chunk holds. It counts as read when `next` is called again.
    Piece next();

    const Content& content() const noexcept { return *content_; }

private:
    const ContentPtr content_;
    Place place_;
    bool is_attached_ = false;
    std::uint64_t pending_ = 0;  // bytes of the piece handed out last
};

}  // namespace sidecache::fill
