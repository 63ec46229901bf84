// One part of the store under one lock: an index and the queues of S3-FIFO (Yang et al., SOSP'23), counted in bytes. Figures that differ from the paper's are
// those that benchmarks/hit_ratio found best on traces of web servers and of an application's queries (benchmarks/RESULTS.md).
#pragma once

#include "cache/memory/entry.hpp"
#include "cache/memory/ghosts.hpp"
#include "cache/memory/index.hpp"
#include "cache/memory/readers.hpp"

#include <boost/intrusive/list.hpp>

#include <atomic>
#include <mutex>
#include <utility>

namespace sidecache::memory {

class Shard {
public:
    explicit Shard(std::size_t ghosts) : ghosts_(ghosts) {}
    ~Shard();

    // Without a lock, for who looks meanwhile (a Reader).
    Entry* look(Place place, std::string_view key) const noexcept;
    Entry* look_on(Place place, std::string_view key) const noexcept { return index_.find(place, key); }  // counted as no hit
    EntryPtr find(Place place, std::string_view key) const;
    EntryPtr peek(Place place, std::string_view key) const;
    EntryPtr peek(Place place) const;  // whatever stands there

    // Inserts an entry, or replaces the entry of the same key if `may_replace(present)`; false if that refused. What went is handed out in `removed`, to be
    // retired without the lock, and its bytes are `given_back`.
    template <typename MayReplace>
    bool put(const EntryPtr& entry, MayReplace&& may_replace, std::size_t& given_back, Removed& removed) {
        const std::scoped_lock guard(lock_);
        Entry* const present = index_.find(entry->place(), entry->key());
        if (present == nullptr) {
            insert(*entry, removed);
            return true;
        }
        if (!may_replace(std::as_const(*present))) return false;
        removed.make_room();
        given_back = bytes_of(*present);
        link_in_place_of(*present, *entry);
        removed.entries.push_back(index_.replace(*present, *entry));
        return true;
    }

    // The bytes of what stands under this key; 0: nothing.
    std::size_t charged(Place place, std::string_view key) const;

    // Whether one who is admitted after so many misses, and was missed `times` more, is; if not, they are counted. Who is in there is.
    bool admit(Place place, std::size_t after_misses, std::size_t times);

    // Bytes given back. Of what stands under this key; of whatever stands there; of nothing but this entry.
    std::size_t erase(Place place, std::string_view key, Removed& removed);
    std::size_t erase(Place place, Removed& removed);
    std::size_t erase(const Entry& only, Removed& removed);

    // Removes the entry that is worth least; bytes given back, 0 if the shard is empty.
    std::size_t evict_one(Removed& removed);

    // Removes what is kept no longer among the next `count` entries, going on where it stopped last and from the last to the first; bytes given back.
    std::size_t sweep(Time now, std::size_t count, Removed& removed);

    // Calls `look(entry)` for each of them of whose place the upper 16 bits `wants`, under the lock; how many there are of all.
    template <typename Wants, typename Look>
    std::size_t look_through(Wants&& wants, Look&& look) const {
        const std::scoped_lock guard(lock_);
        index_.for_each(wants, look);
        return index_.size();
    }

    std::size_t entries() const;
    std::size_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }
    std::size_t contents() const noexcept { return contents_.load(std::memory_order_relaxed); }  // entries that are weighed
    std::size_t content_bytes() const noexcept { return content_bytes_.load(std::memory_order_relaxed); }  // of these

private:
    using Queue = boost::intrusive::list<
        Entry, boost::intrusive::member_hook<Entry, boost::intrusive::list_member_hook<>, &Entry::queue_hook_>>;

    // Of the budget.
    static std::size_t bytes_of(const Entry& entry) noexcept { return entry.charge() + index_overhead; }

    void insert(Entry& entry, Removed& removed);
    void link_in_place_of(Entry& present, Entry& entry);
    void link(Entry& entry, Queue::iterator before);
    std::size_t unlink(Entry& entry);
    Queue& queue_of(const Entry& entry) noexcept { return entry.is_in_main_ ? main_ : small_; }
    void remember(Place place, std::uint8_t misses);
    Entry* victim();
    std::size_t remove(Entry& entry, Removed& removed);
    Entry* first();              // in the order of the sweep: main, then small, from the newest to the oldest
    Entry* after(Entry& entry);  // null: it was the last
    // Before an entry moves: the sweep does not go along.
    void step_over(Entry& entry) {
        if (sweep_next_ == &entry) sweep_next_ = after(entry);
    }

    mutable std::mutex lock_;
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
