// The memory tier: sharded, bounded in bytes, shared by all workers.
#pragma once

#include "cache/memory/options.hpp"
#include "cache/memory/shard.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <memory>
#include <utility>
#include <vector>

namespace sidecache::memory {

struct Stats {
    std::size_t bytes = 0;  // stored and arriving
    std::size_t budget = 0;
    std::size_t entries = 0;
    std::uint64_t insertions = 0;
    std::uint64_t evictions = 0;
    std::uint64_t expirations = 0;  // kept no longer
    std::uint64_t refusals = 0;     // not admitted
};

class Store {
public:
    explicit Store(const Options& options) : Store(options, shards_for(options.size)) {}
    Store(const Options& options, std::size_t shards);  // a power of two, no more than `sweep_steps`

    // Also what is kept no longer and not swept yet: the caller knows what time it is.
    EntryPtr find(policy::Hash128 hash, std::string_view key) { return shard(hash).find(Place(hash), key); }
    // The same without a lock, and without a count of owners: it stays as long as the look lasts, unless the caller becomes its owner meanwhile.
    Entry* find(const Reader::Look&, policy::Hash128 hash, std::string_view key) const noexcept { return shard(hash).look(Place(hash), key); }

    // For who looks on: not counted as a hit, so that looking keeps nothing.
    EntryPtr peek(policy::Hash128 hash, std::string_view key) const { return shard(hash).peek(Place(hash), key); }
    Entry* peek(const Reader::Look&, policy::Hash128 hash, std::string_view key) const noexcept { return shard(hash).look_on(Place(hash), key); }
    // By its hash alone, of which it may have 40 bits only: the caller looks whether it is meant.
    EntryPtr peek(policy::Hash128 hash) const { return shard(hash).peek(Place(hash)); }

    // Whose looks both take. They must all be gone before the store.
    Readers& readers() const noexcept { return readers_; }

    // Whether a newcomer of so many bytes, which so many `misses` ask for just now, is to be kept: not where it would take the room of more than two contents
    // of mean size for each time that it was missed lately (in the spirit of aggregated victims: Einziger et al., ACM TOS 2022). Asked while it arrives;
    // `reserved` bytes of it are counted as held already. If not, the misses are remembered. put() takes what it is given.
    bool admit(policy::Hash128 hash, std::size_t bytes, std::size_t misses = 1, std::size_t reserved = 0);
    // Would something have to go for so many bytes more?
    bool is_full_for(std::size_t bytes) const noexcept { return bytes_.load(std::memory_order_relaxed) + bytes > budget_; }

    // Evicts what is worth least until there is room, then inserts. `may_replace(const Entry& present)` is asked under the lock where the key is
    // taken: it must not wait. False if it refused, or if there is no room: the entry is larger than the budget, or than
    // what others who insert just now leave of it.
    template <typename MayReplace>
    bool put(const EntryPtr& entry, MayReplace&& may_replace) {
        const std::size_t bytes = entry->charge() + index_overhead;
        if (bytes > budget_) return false;
        Retiring removed(readers_);
        // Who is replaced makes room first: what is only confirmed, or told otherwise, sends nobody else away.
        Shard& own = shard(*entry);
        const std::size_t replaced = std::min(bytes, own.charged(entry->place(), entry->key()));
        if (!make_room(bytes - replaced, own, removed)) return false;
        std::size_t given_back = 0;
        const bool is_put = own.put(entry, may_replace, given_back, removed);
        if (!is_put) {
            bytes_.fetch_sub(bytes - replaced, std::memory_order_relaxed);
            return false;
        }
        bytes_.fetch_add(replaced - given_back, std::memory_order_relaxed);  // of unsigned numbers: less, where more was given back
        if (given_back < replaced) make_room(0, own, removed);               // it had gone meanwhile
        insertions_.fetch_add(1, std::memory_order_relaxed);
        return true;
    }
    bool put(const EntryPtr& entry) {
        return put(entry, [](const Entry&) { return true; });
    }

    // Replaces what stands under a key by what `make_next(present)` makes of it (null: nothing stands there, or nothing is to be changed), unless somebody else
    // was quicker: then all over again from what stands there now. False if it was not put.
    template <typename MakeNext>
    bool update(policy::Hash128 hash, std::string_view key, MakeNext&& make_next) {
        for (int attempt = 0; attempt < attempt_limit; ++attempt) {
            const EntryPtr present = find(hash, key);
            const EntryPtr next = make_next(present);
            if (next == nullptr) return false;
            if (put(next, [&present](const Entry& standing) { return &standing == present.get(); })) return true;
        }
        return false;
    }

    // Bytes that count as held although what they are of is still arriving, until this goes.
    class Reservation {
    public:
        Reservation(Store& store, policy::Hash128 hash) : store_(store), hash_(hash) {}
        ~Reservation() { release(); }
        Reservation(const Reservation&) = delete;
        Reservation& operator=(const Reservation&) = delete;

        // So many from now on, for which what is worth least goes. Where nothing is left to evict it stays at fewer: put() then tells.
        void cover(std::size_t bytes);
        std::size_t bytes() const noexcept { return bytes_; }
        void release() noexcept { store_.bytes_.fetch_sub(std::exchange(bytes_, 0), std::memory_order_relaxed); }

    private:
        Store& store_;
        const policy::Hash128 hash_;
        std::size_t bytes_ = 0;
    };

    void erase(policy::Hash128 hash, std::string_view key);
    void erase(policy::Hash128 hash);    // whatever stands there: of the hash 40 bits count
    bool erase(const Entry& entry);  // false: it stands there no longer

    // One of `sweep_steps` that take out all that is kept no longer; one caller at a time.
    static constexpr std::size_t sweep_steps = 64;
    void sweep(Time now);

    // Calls `look(const Entry&)` for all that one of `shards` holds and of whose place the upper 16 bits `wants`, under its lock: they must neither wait nor come
    // back here. How many there are of all.
    template <typename Wants, typename Look>
    std::size_t look_through(std::size_t shard, Wants&& wants, Look&& look) const {
        return shards_[shard]->look_through(std::forward<Wants>(wants), std::forward<Look>(look));
    }
    std::size_t shards() const noexcept { return shards_.size(); }
    std::size_t largest_shard() const;  // entries of the one that has most

    Stats stats() const;

private:
    static constexpr int attempt_limit = 8;
    // Each has queues of its own, which tell less the fewer entries they are of: so many only as have 4 MiB each.
    static std::size_t shards_for(std::size_t size) noexcept { return std::clamp<std::size_t>(std::bit_floor(size >> 22), 1, sweep_steps); }

    // What is removed goes when no lock is held any more, and nobody looks at it.
    struct Retiring : Removed {
        explicit Retiring(Readers& readers_) : readers(readers_) {}
        ~Retiring() {
            if (!empty()) readers.retire(std::move(*this));
        }
        Readers& readers;
    };

    static_assert(sweep_steps <= 256, "an octet of the hash chooses the shard");
    Shard& shard(policy::Hash128 hash) const noexcept { return *shards_[hash.high & shard_mask_]; }
    Shard& shard(const Entry& entry) const noexcept { return *shards_[entry.place().shard & shard_mask_]; }
    // Counts the bytes of a newcomer as held, before it is: so the budget is a bound whoever else inserts meanwhile.
    bool make_room(std::size_t bytes, Shard& own, Removed& removed);
    std::size_t mean_content() const noexcept;

    const std::size_t budget_;
    const std::size_t shard_mask_;
    mutable Readers readers_;
    std::vector<std::unique_ptr<Shard>> shards_;
    alignas(64) std::atomic<std::size_t> bytes_{0};  // written by each put, apart from what each look reads
    std::atomic<std::size_t> turn_{0};  // the shard that others evict from next
    std::atomic<std::uint64_t> insertions_{0};
    std::atomic<std::uint64_t> evictions_{0};
    std::atomic<std::uint64_t> expirations_{0};
    std::atomic<std::uint64_t> refusals_{0};
    std::size_t swept_ = 0;  // steps, since the beginning
};

}  // namespace sidecache::memory
