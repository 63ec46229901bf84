// One part of the store under one lock: an index and the queues of S3-FIFO (Yang et al., SOSP'23), counted in bytes. Figures that differ from the paper's are
// those that benchmarks/hit_ratio found best on traces of web servers and of an application's queries (benchmarks/RESULTS.md).
#pragma once

#include "cache/memory/entry.hpp"
#include "cache/memory/ghosts.hpp"

#include <boost/intrusive/list.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

namespace sidecache::memory {

// Its index, hash table slots included, costs about this much beside each entry's own charge: 16 bytes and a mark for each slot, of which five in eight are taken.
inline constexpr std::size_t index_overhead = 28;

class Shard {
public:
    explicit Shard(std::size_t ghosts) : ghosts_(ghosts) {}
    ~Shard();

    EntryPtr find(policy::Hash128 hash, std::string_view key);
    EntryPtr peek(policy::Hash128 hash) const;  // whatever stands there; not counted as a hit

    // Inserts an entry of so many `bytes`, or replaces the entry of the same key if `may_replace(present)`; false if that refused. What went is handed
    // out in `removed`, to be released without the lock, and its bytes are `given_back`.
    template <typename MayReplace>
    bool put(const EntryPtr& entry, std::size_t bytes, MayReplace&& may_replace, std::size_t& given_back, std::vector<EntryPtr>& removed) {
        const std::scoped_lock guard(lock_);
        const auto present = index_.find(entry->hash().low);
        if (present == index_.end()) {
            link_newcomer(entry, bytes);
            return true;
        }
        if (present->second->key() == entry->key() && !may_replace(*present->second)) return false;
        given_back = present->second->charged_;
        link_in_place_of(*present->second, *entry, bytes);
        removed.push_back(std::exchange(present->second, entry));
        return true;
    }

    // The bytes of what stands under this key; 0: nothing.
    std::size_t charged(policy::Hash128 hash, std::string_view key) const;

    // Whether one who is admitted after so many misses, and was missed `times` more, is; if not, they are counted. Who is in there is.
    bool admit(policy::Hash128 hash, std::size_t after_misses, std::size_t times);

    // Bytes given back. With `only`, nothing but that entry goes.
    std::size_t erase(policy::Hash128 hash, std::vector<EntryPtr>& removed, const Entry* only = nullptr);

    // Removes the entry that is worth least; bytes given back, 0 if the shard is empty.
    std::size_t evict_one(std::vector<EntryPtr>& removed);

    // Removes what is kept no longer among the next `count` entries, going on where it stopped last and from the last to the first; bytes given back.
    std::size_t sweep(Time now, std::size_t count, std::vector<EntryPtr>& removed);

    // Calls `look(entry)` for each of them whose lower half of the hash `wants`, under the lock; how many there are of all.
    template <typename Wants, typename Look>
    std::size_t look_through(Wants&& wants, Look&& look) const {
        const std::scoped_lock guard(lock_);
        for (const auto& [half, entry] : index_) {
            if (wants(half)) look(std::as_const(*entry));
        }
        return index_.size();
    }

    std::size_t entries() const;
    std::size_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }
    std::size_t contents() const noexcept { return contents_.load(std::memory_order_relaxed); }  // entries that are no notes
    std::size_t content_bytes() const noexcept { return content_bytes_.load(std::memory_order_relaxed); }  // of these

private:
    using Queue = boost::intrusive::list<
        Entry, boost::intrusive::member_hook<Entry, boost::intrusive::list_member_hook<>, &Entry::queue_hook_>>;

    void link_newcomer(const EntryPtr& entry, std::size_t bytes);
    void link_in_place_of(Entry& present, Entry& entry, std::size_t bytes);
    void link(Entry& entry, Queue::iterator before);
    std::size_t unlink(Entry* entry);
    Queue& queue_of(const Entry& entry) noexcept { return entry.is_in_main_ ? main_ : small_; }
    void remember(policy::Hash128 hash, std::uint8_t misses);
    Entry* victim();
    std::size_t remove(Entry& entry, std::vector<EntryPtr>& removed);
    Entry* first();              // in the order of the sweep: main, then small, from the newest to the oldest
    Entry* after(Entry& entry);  // null: it was the last
    // Before an entry moves: the sweep does not go along.
    void step_over(Entry& entry) {
        if (sweep_next_ == &entry) sweep_next_ = after(entry);
    }

    mutable std::mutex lock_;
    // By half of the hash; the other half chose the shard, and two keys of one half are rivals for one place: the texts tell whose it is.
    struct HalfHasher {
        using is_avalanching = void;  // XXH3's output needs no further mixing
        std::size_t operator()(std::uint64_t half) const noexcept { return half; }
    };
    using Index = boost::unordered_flat_map<std::uint64_t, EntryPtr, HalfHasher>;
    Index::const_iterator find_locked(policy::Hash128 hash) const;

    Index index_;
    Queue small_;  // newcomers, 15 % of the bytes
    Queue main_;
    Entry* sweep_next_ = nullptr;  // where the sweep goes on; null: at the front of main
    std::size_t small_bytes_ = 0;
    std::atomic<std::size_t> bytes_{0};  // of both queues; written under the lock, as the next
    std::atomic<std::size_t> contents_{0};
    std::atomic<std::size_t> content_bytes_{0};
    Ghosts ghosts_;
};

}  // namespace sidecache::memory
