#include "cache/memory/store.hpp"

#include <algorithm>
#include <cassert>

namespace sidecache::memory {

Store::Store(const Options& options, std::size_t shards) : budget_(options.size), shard_mask_(shards - 1) {
    assert(std::has_single_bit(shards) && shards <= sweep_steps);
    // One ghost for each KiB of budget covers a full store of small responses.
    const std::size_t ghosts = std::clamp<std::size_t>(options.size / 1024 / shards, 1024, 65'536);
    shards_.reserve(shards);
    while (shards_.size() < shards) shards_.push_back(std::make_unique<Shard>(ghosts));
}

bool Store::admit(policy::Hash128 hash, std::size_t bytes, std::size_t misses, std::size_t reserved) {
    if (bytes <= reserved || !is_full_for(bytes - reserved)) return true;
    const std::size_t room_of_two = 2 * mean_content();
    if (bytes <= room_of_two || room_of_two == 0 || shard(hash).admit(Place(hash), (bytes + room_of_two - 1) / room_of_two, misses)) return true;
    refusals_.fetch_add(1, std::memory_order_relaxed);
    return false;
}

// Of what is stored: what is arriving has no part in it. 0: nothing is.
std::size_t Store::mean_content() const noexcept {
    std::size_t bytes = 0;
    std::size_t contents = 0;
    for (const auto& each : shards_) {
        bytes += each->content_bytes();
        contents += each->contents();
    }
    return bytes / std::max<std::size_t>(contents, 1);
}

bool Store::make_room(std::size_t bytes, Shard& own, Removed& removed) {
    if (bytes > budget_) return false;
    std::size_t held = bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    // One budget for all shards, so that an object may be larger than a shard's share. The own shard pays, unless another, one after the other, holds more: so
    // none shrinks because more arrives at it at once.
    std::size_t turn = turn_.fetch_add(1, std::memory_order_relaxed);
    for (std::size_t empty = 0; held > budget_ && empty < shards_.size(); ++turn) {
        Shard& next = *shards_[turn & shard_mask_];
        const std::size_t freed = (own.bytes() < next.bytes() ? next : own).evict_one(removed);
        if (freed == 0) {
            ++empty;
        } else {
            empty = 0;
            evictions_.fetch_add(1, std::memory_order_relaxed);
            held = bytes_.fetch_sub(freed, std::memory_order_relaxed) - freed;
        }
    }
    if (held <= budget_) return true;
    // Nothing left to evict: others are about to insert what they have made room for.
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
}

void Store::Reservation::cover(std::size_t bytes) {
    if (bytes <= bytes_) return;
    Retiring removed(store_.readers_);
    if (store_.make_room(bytes - bytes_, store_.shard(hash_), removed)) bytes_ = bytes;
}

void Store::erase(policy::Hash128 hash, std::string_view key) {
    Retiring removed(readers_);
    bytes_.fetch_sub(shard(hash).erase(Place(hash), key, removed), std::memory_order_relaxed);
}

void Store::erase(policy::Hash128 hash) {
    Retiring removed(readers_);
    bytes_.fetch_sub(shard(hash).erase(Place(hash), removed), std::memory_order_relaxed);
}

bool Store::erase(const Entry& entry) {
    Retiring removed(readers_);
    bytes_.fetch_sub(shard(entry).erase(entry, removed), std::memory_order_relaxed);
    return !removed.empty();
}

void Store::sweep(Time now) {
    constexpr std::size_t at_once = 256;  // under one lock: some microseconds
    readers_.release();
    const std::size_t step = swept_++ % sweep_steps;
    if (step >= shards_.size()) return;
    Shard& shard = *shards_[step];
    for (std::size_t left = shard.entries(); left > 0; left -= std::min(left, at_once)) {
        Retiring removed(readers_);
        bytes_.fetch_sub(shard.sweep(now, std::min(left, at_once), removed), std::memory_order_relaxed);
        expirations_.fetch_add(removed.entries.size(), std::memory_order_relaxed);
    }
}

std::size_t Store::largest_shard() const {
    std::size_t most = 0;
    for (const auto& each : shards_) most = std::max(most, each->entries());
    return most;
}

Stats Store::stats() const {
    Stats stats{
        .bytes = bytes_.load(std::memory_order_relaxed),
        .budget = budget_,
        .insertions = insertions_.load(std::memory_order_relaxed),
        .evictions = evictions_.load(std::memory_order_relaxed),
        .expirations = expirations_.load(std::memory_order_relaxed),
        .refusals = refusals_.load(std::memory_order_relaxed),
    };
    for (const auto& each : shards_) stats.entries += each->entries();
    return stats;
}

}  // namespace sidecache::memory
