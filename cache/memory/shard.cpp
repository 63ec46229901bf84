#include "cache/memory/shard.hpp"

#include <algorithm>
#include <iterator>

namespace sidecache::memory {
namespace {

constexpr std::uint8_t most_hits = 7;      // that an entry is spared for
constexpr std::size_t small_share = 15;    // per cent of the bytes
constexpr std::size_t ghosts_of_each = 2;  // for each entry that is held
constexpr std::size_t fewest_ghosts = 64;
constexpr int most_spared = 1024;          // entries by one eviction, which holds the lock for some 20 us then

}  // namespace

Shard::~Shard() {
    small_.clear();
    main_.clear();
}

Entry* Shard::look(Place place, std::string_view key) const noexcept {
    Entry* const entry = index_.find(place, key);
    if (entry == nullptr) return nullptr;
    // What is asked for often is soon counted no further: then nobody writes anything that others read.
    auto& hits = entry->recent_hits_;
    if (const auto count = hits.load(std::memory_order_relaxed); count < most_hits) hits.store(count + 1, std::memory_order_relaxed);
    return entry;
}

EntryPtr Shard::find(Place place, std::string_view key) const {
    const std::scoped_lock guard(lock_);
    return look(place, key);
}

EntryPtr Shard::peek(Place place, std::string_view key) const {
    const std::scoped_lock guard(lock_);
    return index_.find(place, key);
}

EntryPtr Shard::peek(Place place) const {
    const std::scoped_lock guard(lock_);
    return index_.find(place);
}

std::size_t Shard::charged(Place place, std::string_view key) const {
    const std::scoped_lock guard(lock_);
    const Entry* const entry = index_.find(place, key);
    return entry == nullptr ? 0 : bytes_of(*entry);
}

bool Shard::admit(Place place, std::size_t after_misses, std::size_t times) {
    const std::scoped_lock guard(lock_);
    if (index_.find(place) != nullptr) return true;
    const std::size_t misses = std::max<std::size_t>(times, 1) + ghosts_.misses(place.slot);
    if (misses >= std::min<std::size_t>(after_misses, Ghosts::most_misses)) return true;
    remember(place, static_cast<std::uint8_t>(misses));
    return false;
}

void Shard::remember(Place place, std::uint8_t misses) {
    ghosts_.limit(std::max(index_.size() * ghosts_of_each, fewest_ghosts));
    ghosts_.remember(place.slot, misses);
}

void Shard::insert(Entry& entry, Removed& removed) {
    index_.insert(entry, removed);
    const std::uint8_t misses = ghosts_.recall(entry.place().slot);
    entry.is_in_main_ = misses > 0;
    entry.misses_ = std::min<std::uint8_t>(misses, Ghosts::most_misses - 1) + 1;
    entry.recent_hits_.store(0, std::memory_order_relaxed);
    link(entry, queue_of(entry).begin());
    entry.came();
}

// It is asked for as often as the other was: it takes its place, and its hits. The two may be one.
void Shard::link_in_place_of(Entry& present, Entry& entry) {
    step_over(present);
    Queue& queue = queue_of(present);
    const Queue::iterator next = std::next(queue.iterator_to(present));
    unlink(present);
    entry.is_in_main_ = present.is_in_main_;
    entry.misses_ = present.misses_;
    entry.recent_hits_.store(present.recent_hits_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    link(entry, next);
    present.went();
    entry.came();
}

void Shard::link(Entry& entry, Queue::iterator before) {
    const std::size_t bytes = bytes_of(entry);
    queue_of(entry).insert(before, entry);
    if (!entry.is_in_main_) small_bytes_ += bytes;
    bytes_.store(bytes_.load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
    if (entry.is_unweighed_) return;
    contents_.store(contents() + 1, std::memory_order_relaxed);
    content_bytes_.store(content_bytes() + bytes, std::memory_order_relaxed);
}

std::size_t Shard::unlink(Entry& entry) {
    const std::size_t bytes = bytes_of(entry);
    step_over(entry);
    queue_of(entry).erase(queue_of(entry).iterator_to(entry));
    if (!entry.is_in_main_) small_bytes_ -= bytes;
    bytes_.store(bytes_.load(std::memory_order_relaxed) - bytes, std::memory_order_relaxed);
    if (!entry.is_unweighed_) {
        contents_.store(contents() - 1, std::memory_order_relaxed);
        content_bytes_.store(content_bytes() - bytes, std::memory_order_relaxed);
    }
    return bytes;
}

std::size_t Shard::erase(Place place, std::string_view key, Removed& removed) {
    const std::scoped_lock guard(lock_);
    Entry* const entry = index_.find(place, key);
    return entry == nullptr ? 0 : remove(*entry, removed);
}

std::size_t Shard::erase(Place place, Removed& removed) {
    const std::scoped_lock guard(lock_);
    Entry* const entry = index_.find(place);
    return entry == nullptr ? 0 : remove(*entry, removed);
}

std::size_t Shard::erase(const Entry& only, Removed& removed) {
    const std::scoped_lock guard(lock_);
    Entry* const entry = index_.find(only.place(), only.key());
    return entry != &only ? 0 : remove(*entry, removed);
}

Entry* Shard::victim() {
    // Each turn evicts, moves an entry from small to main, or takes a recent hit off one of main.
    for (int spared = 0; !small_.empty() || !main_.empty(); ++spared) {
        const bool from_small = !small_.empty() && (main_.empty() || small_bytes_ * 100 >= bytes() * small_share);
        Entry& oldest = from_small ? small_.back() : main_.back();
        if (oldest.is_ended()) return &oldest;
        const auto hits = oldest.recent_hits_.load(std::memory_order_relaxed);
        if (hits == 0 || spared == most_spared) {
            if (from_small) remember(oldest.place(), oldest.misses_);
            return &oldest;
        }
        unlink(oldest);
        oldest.recent_hits_.store(from_small ? 0 : hits - 1, std::memory_order_relaxed);
        oldest.is_in_main_ = true;
        link(oldest, main_.begin());
    }
    return nullptr;
}

std::size_t Shard::evict_one(Removed& removed) {
    const std::scoped_lock guard(lock_);
    Entry* entry = victim();
    return entry == nullptr ? 0 : remove(*entry, removed);
}

std::size_t Shard::remove(Entry& entry, Removed& removed) {
    removed.make_room();
    const std::size_t bytes = unlink(entry);
    entry.went();
    removed.entries.push_back(index_.erase(entry));
    return bytes;
}

Entry* Shard::first() {
    Queue& queue = main_.empty() ? small_ : main_;
    return queue.empty() ? nullptr : &queue.front();
}

Entry* Shard::after(Entry& entry) {
    Queue& queue = queue_of(entry);
    const auto next = std::next(queue.iterator_to(entry));
    if (next != queue.end()) return &*next;
    return entry.is_in_main_ && !small_.empty() ? &small_.front() : nullptr;
}

std::size_t Shard::sweep(Time now, std::size_t count, Removed& removed) {
    const std::scoped_lock guard(lock_);
    std::size_t bytes = 0;
    for (std::size_t looked = 0; looked < count; ++looked) {
        Entry* entry = sweep_next_ != nullptr ? sweep_next_ : first();
        if (entry == nullptr) break;
        sweep_next_ = after(*entry);
        if (!entry->is_kept(now) || entry->is_ended()) bytes += remove(*entry, removed);
    }
    return bytes;
}

std::size_t Shard::entries() const {
    const std::scoped_lock guard(lock_);
    return index_.size();
}

}  // namespace sidecache::memory
