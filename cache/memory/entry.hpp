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
#include <new>
#include <string_view>
#include <utility>

namespace sidecache::memory {

using Time = std::chrono::system_clock::time_point;

// What the allocator takes for each block beside its bytes: a header of 8, and what it rounds up to 16. (Large ones have pages of their own, and round up to those.)
inline constexpr std::size_t block_overhead = 16;

// Where a key stands: the low octet of one half of its hash chooses the shard, 32 bits of the other one the slot there. Two keys may share a place.
struct Place {
    constexpr explicit Place(policy::Hash128 hash) noexcept : Place(static_cast<std::uint32_t>(hash.low >> 32), static_cast<std::uint8_t>(hash.high)) {}
    constexpr Place(std::uint32_t slot_, std::uint8_t shard_) noexcept : slot(slot_), shard(shard_) {}
    std::uint32_t slot;
    std::uint8_t shard;
    friend constexpr bool operator==(const Place&, const Place&) = default;
};

// Who is handed one has room for the key behind it: constructors of entries that are public ask for it, so that none stands anywhere else.
class Room {
private:
    template <typename T, typename... Arguments>
    friend boost::intrusive_ptr<T> make_entry(policy::Hash128, std::string_view, Arguments&&...);
    Room() = default;
};

// One block of memory has the entry, and behind it its key and what else the derived one packs there.
class Entry : public boost::intrusive_ref_counter<Entry, boost::thread_safe_counter> {
public:
    // The octets behind the object itself.
    struct Behind {
        std::size_t octets;
    };
    static void* operator new(std::size_t size, Behind behind) { return ::operator new(size + behind.octets); }
    static void operator delete(void* block, Behind) noexcept { ::operator delete(block); }
    static void operator delete(void* block) noexcept { ::operator delete(block); }

    virtual ~Entry() = default;
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    Place place() const noexcept { return {slot_, shard_}; }
    std::string_view key() const noexcept { return {block() + key_at_, key_size_}; }

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
    // Newcomers are weighed against others (Store::admit), but for those that are `unweighed`: they lead to others, or have room made for them whatever they displace.
    // The key is copied to where it stands, so many octets from the beginning of the block.
    Entry(policy::Hash128 hash, std::string_view key, Time kept_until, std::size_t key_at, bool is_unweighed = false) noexcept
        : key_size_(static_cast<std::uint32_t>(key.size())),
          kept_until_(kept_until),
          slot_(Place(hash).slot),
          key_at_(static_cast<std::uint32_t>(key_at)),
          shard_(Place(hash).shard),
          is_unweighed_(is_unweighed) {
        key.copy(block() + key_at, key.size());
    }

    char* block() noexcept { return reinterpret_cast<char*>(this); }
    const char* block() const noexcept { return reinterpret_cast<const char*>(this); }
    std::size_t key_end() const noexcept { return std::size_t{key_at_} + key_size_; }
    std::size_t key_at() const noexcept { return key_at_; }

private:
    friend class Shard;
    friend class Index;

    // In this order there are no gaps: each entry has all of it.
    const std::uint32_t key_size_;
    const Time kept_until_;
    boost::intrusive::list_member_hook<> queue_hook_;  // of the shard, and guarded by its lock, as `is_in_main_` and `misses_`
    const std::uint32_t slot_;
    const std::uint32_t key_at_;
    const std::uint8_t shard_;
    const bool is_unweighed_ : 1;
    bool is_in_main_ : 1 = false;
    std::uint8_t misses_ = 0;  // lately, as far as ghosts tell
    std::atomic<std::uint8_t> recent_hits_{0};
};

using EntryPtr = boost::intrusive_ptr<Entry>;

// An entry that has nothing behind it but its key.
template <typename T, typename... Arguments>
boost::intrusive_ptr<T> make_entry(policy::Hash128 hash, std::string_view key, Arguments&&... arguments) {
    return new (Entry::Behind{key.size()}) T(Room(), hash, key, std::forward<Arguments>(arguments)...);
}

}  // namespace sidecache::memory
