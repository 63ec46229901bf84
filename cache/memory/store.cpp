#include "cache/memory/store.hpp"

#include <algorithm>

namespace sidecache::memory {

Store::Store(const Options& options) : budget_(options.size) {
    // One ghost for each KiB of budget covers a full store of small responses.
    const std::size_t ghosts = std::clamp<std::size_t>(options.size / 1024 / shard_count, 64, 65'536);
    for (auto& each : shards_) each = std::make_unique<Shard>(ghosts);
}

bool Store::make_room(std::size_t bytes, policy::Hash128 hash, std::vector<EntryPtr>& removed) {
    if (bytes > budget_) return false;
    std::size_t held = bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    // One budget for all shards, so that an object may be larger than a shard's share; the own shard pays first.
    std::size_t index = shard_index(hash);
    for (std::size_t empty = 0; held > budget_ && empty < shard_count;) {
        const std::size_t freed = shards_[index]->evict_one(removed);
        if (freed == 0) {
            ++empty;
        } else {
            empty = 0;
            evictions_.fetch_add(1, std::memory_order_relaxed);
            held = bytes_.fetch_sub(freed, std::memory_order_relaxed) - freed;
        }
        index = (index + 1) % shard_count;
    }
    if (held <= budget_) return true;
    // Nothing left to evict: others are about to insert what they have made room for.
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
}

void Store::Reservation::cover(std::size_t bytes) {
    if (bytes <= bytes_) return;
    std::vector<EntryPtr> removed;
    if (store_.make_room(bytes - bytes_, hash_, removed)) bytes_ = bytes;
}

void Store::erase(policy::Hash128 hash) {
    std::vector<EntryPtr> removed;
    bytes_.fetch_sub(shard(hash).erase(hash, removed), std::memory_order_relaxed);
}

void Store::erase(const Entry& entry) {
    std::vector<EntryPtr> removed;
    bytes_.fetch_sub(shard(entry.hash()).erase(entry.hash(), removed, &entry), std::memory_order_relaxed);
}

void Store::sweep(Time now) {
    constexpr std::size_t at_once = 256;  // under one lock: some microseconds
    Shard& shard = *shards_[swept_++ % shard_count];
    for (std::size_t left = shard.entries(); left > 0; left -= std::min(left, at_once)) {
        std::vector<EntryPtr> removed;
        bytes_.fetch_sub(shard.sweep(now, std::min(left, at_once), removed), std::memory_order_relaxed);
        expirations_.fetch_add(removed.size(), std::memory_order_relaxed);
    }
}

Stats Store::stats() const {
    Stats stats{bytes_.load(std::memory_order_relaxed), budget_, 0, insertions_.load(std::memory_order_relaxed),
                evictions_.load(std::memory_order_relaxed), expirations_.load(std::memory_order_relaxed)};
    for (const auto& each : shards_) stats.entries += each->entries();
    return stats;
}

}  // namespace sidecache::memory
