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
#include <string>
#include <string_view>
#include <utility>

namespace sidecache::memory {

using Time = std::chrono::system_clock::time_point;

// What the allocator takes for each block beside its bytes: a header of 8, and what it rounds up to 16. (Large ones have pages of their own, and round up to those.)
inline constexpr std::size_t block_overhead = 16;

class Entry : public boost::intrusive_ref_counter<Entry, boost::thread_safe_counter> {
public:
    // A note leads to others, and has no content that is worth room by itself.
    Entry(policy::Hash128 hash, std::string key, Time kept_until, bool is_note = false)
        : hash_(hash), kept_until_(kept_until), key_(std::move(key)), is_note_(is_note) {}
    virtual ~Entry() = default;
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    policy::Hash128 hash() const noexcept { return hash_; }
    std::string_view key() const noexcept { return key_; }

    // From then on it is of no use to anyone: nobody finds it any more, and the sweep takes it away.
    Time kept_until() const noexcept { return kept_until_; }
    bool is_kept(Time now) const noexcept { return now < kept_until_; }

    // Bytes that this entry keeps alive, itself included. Must not change while it is in the store.
    virtual std::size_t charge() const noexcept = 0;

protected:
    std::size_t key_bytes() const noexcept { return key_.capacity() + block_overhead; }

private:
    friend class Shard;
    const policy::Hash128 hash_;
    const Time kept_until_;
    const std::string key_;
    const bool is_note_;

    // The store's own notes (S3-FIFO): guarded by the shard's lock, but for the count of recent hits.
    boost::intrusive::list_member_hook<> queue_hook_;
    std::size_t charged_ = 0;
    bool is_in_main_ = false;
    std::uint8_t misses_ = 0;  // lately, as far as ghosts tell
    std::atomic<std::uint8_t> recent_hits_{0};
};

using EntryPtr = boost::intrusive_ptr<Entry>;

}  // namespace sidecache::memory
