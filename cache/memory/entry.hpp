// What the memory tier holds: immutable, counted, with a key and a size. It knows neither HTTP nor RESP.
#pragma once

#include "cache/policy/key.hpp"

#include <boost/intrusive/list_hook.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace sidecache::memory {

using Time = std::chrono::system_clock::time_point;

// What the allocator takes for each block beside its bytes: a header of 8, and what it rounds up to 16. (Large ones have pages of their own, and round up to those.)
inline constexpr std::size_t block_overhead = 16;

class Entry : public boost::intrusive_ref_counter<Entry, boost::thread_safe_counter> {
public:
    // Newcomers are weighed against contents (Store::admit). A note is none: it leads to others, or is never weighed itself.
    // `packed` bytes of the derived one's own stand in one block with the key, which is copied.
    Entry(policy::Hash128 hash, std::string_view key, Time kept_until, bool is_note = false, std::size_t packed = 0)
        : key_size_(static_cast<std::uint32_t>(key.size())),
          hash_(hash),
          kept_until_(kept_until),
          block_(std::make_unique_for_overwrite<char[]>(packed + key.size())),
          packed_size_(static_cast<std::uint32_t>(packed)),
          is_note_(is_note) {
        key.copy(block_.get() + packed, key.size());
    }
    virtual ~Entry() = default;
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    policy::Hash128 hash() const noexcept { return hash_; }
    std::string_view key() const noexcept { return {block_.get() + packed_size_, key_size_}; }

    // From then on it is of no use to anyone: nobody finds it any more, and the sweep takes it away.
    Time kept_until() const noexcept { return kept_until_; }
    bool is_kept(Time now) const noexcept { return now < kept_until_; }

    // Before its time, so that nobody finds it any more: the sweep takes it away.
    virtual bool is_ended() const noexcept { return false; }

    // When it comes to stand in the store, and when it does no longer: for who counts what is there. Under a lock: they must not come back to the store.
    virtual void came() noexcept {}
    virtual void went() noexcept {}

    // Bytes that this entry keeps alive, itself included. Must not change while it is in the store.
    virtual std::size_t charge() const noexcept = 0;

protected:
    char* packed() noexcept { return block_.get(); }
    const char* packed() const noexcept { return block_.get(); }
    // Of the key and what is packed with it.
    std::size_t block_bytes() const noexcept { return std::size_t{packed_size_} + key_size_ + block_overhead; }

private:
    friend class Shard;
    // In this order there are no gaps: each entry has all of it.
    const std::uint32_t key_size_;
    const policy::Hash128 hash_;
    const Time kept_until_;
    const std::unique_ptr<char[]> block_;

    // The store's own notes (S3-FIFO): guarded by the shard's lock, but for the count of recent hits.
    boost::intrusive::list_member_hook<> queue_hook_;
    std::size_t charged_ = 0;
    const std::uint32_t packed_size_;
    const bool is_note_;
    bool is_in_main_ = false;
    std::uint8_t misses_ = 0;  // lately, as far as ghosts tell
    std::atomic<std::uint8_t> recent_hits_{0};
};

using EntryPtr = boost::intrusive_ptr<Entry>;

}  // namespace sidecache::memory
