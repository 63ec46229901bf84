#include "cache/memory/shard.hpp"

#include <iterator>

namespace sidecache::memory {

Shard::~Shard() {
    small_.clear();
    main_.clear();
}

EntryPtr Shard::find(policy::Hash128 hash, std::string_view key) {
    const std::scoped_lock guard(lock_);
    const auto found = index_.find(hash);
    // The hash is no cryptographic one: an attacker may find two keys with one hash, so the texts decide.
    if (found == index_.end() || found->second->key() != key) return nullptr;
    auto& hits = found->second->recent_hits_;
    if (const auto count = hits.load(std::memory_order_relaxed); count < 3) hits.store(count + 1, std::memory_order_relaxed);
    return found->second;
}

EntryPtr Shard::peek(policy::Hash128 hash) const {
    const std::scoped_lock guard(lock_);
    const auto found = index_.find(hash);
    return found == index_.end() ? nullptr : found->second;
}

void Shard::link(const EntryPtr& entry, std::size_t bytes) {
    entry->charged_ = bytes;
    entry->recent_hits_.store(0, std::memory_order_relaxed);
    entry->is_in_main_ = ghosts_.recall(entry->hash().low);
    if (entry->is_in_main_) {
        main_.push_front(*entry);
        main_bytes_ += entry->charged_;
    } else {
        small_.push_front(*entry);
        small_bytes_ += entry->charged_;
    }
    index_.emplace(entry->hash(), entry);
}

std::size_t Shard::unlink(Entry* entry) {
    step_over(*entry);
    if (entry->is_in_main_) {
        main_.erase(main_.iterator_to(*entry));
        main_bytes_ -= entry->charged_;
    } else {
        small_.erase(small_.iterator_to(*entry));
        small_bytes_ -= entry->charged_;
    }
    return entry->charged_;
}

std::size_t Shard::erase(policy::Hash128 hash, std::vector<EntryPtr>& removed, const Entry* only) {
    const std::scoped_lock guard(lock_);
    const auto found = index_.find(hash);
    if (found == index_.end() || (only != nullptr && found->second.get() != only)) return 0;
    const std::size_t bytes = unlink(found->second.get());
    removed.push_back(std::move(found->second));
    index_.erase(found);
    return bytes;
}

Entry* Shard::victim() {
    // Ends: each turn evicts, moves an entry from small to main, or takes a recent hit off one of main.
    while (!small_.empty() || !main_.empty()) {
        const bool from_small = !small_.empty() && (main_.empty() || small_bytes_ * 10 >= small_bytes_ + main_bytes_);
        Queue& queue = from_small ? small_ : main_;
        Entry& oldest = queue.back();
        const auto hits = oldest.recent_hits_.load(std::memory_order_relaxed);
        if (from_small) {
            if (hits == 0) {
                ghosts_.remember(oldest.hash().low);
                return &oldest;
            }
            unlink(&oldest);
            oldest.is_in_main_ = true;
            oldest.recent_hits_.store(0, std::memory_order_relaxed);
            main_.push_front(oldest);
            main_bytes_ += oldest.charged_;
        } else {
            if (hits == 0) return &oldest;
            oldest.recent_hits_.store(hits - 1, std::memory_order_relaxed);
            step_over(oldest);
            main_.splice(main_.begin(), main_, main_.iterator_to(oldest));
        }
    }
    return nullptr;
}

std::size_t Shard::evict_one(std::vector<EntryPtr>& removed) {
    const std::scoped_lock guard(lock_);
    Entry* entry = victim();
    return entry == nullptr ? 0 : remove(*entry, removed);
}

std::size_t Shard::remove(Entry& entry, std::vector<EntryPtr>& removed) {
    const std::size_t bytes = unlink(&entry);
    const auto found = index_.find(entry.hash());
    removed.push_back(std::move(found->second));
    index_.erase(found);
    return bytes;
}

Entry* Shard::first() {
    Queue& queue = main_.empty() ? small_ : main_;
    return queue.empty() ? nullptr : &queue.front();
}

Entry* Shard::after(Entry& entry) {
    Queue& queue = entry.is_in_main_ ? main_ : small_;
    const auto next = std::next(queue.iterator_to(entry));
    if (next != queue.end()) return &*next;
    return entry.is_in_main_ && !small_.empty() ? &small_.front() : nullptr;
}

std::size_t Shard::sweep(Time now, std::size_t count, std::vector<EntryPtr>& removed) {
    const std::scoped_lock guard(lock_);
    std::size_t bytes = 0;
    for (std::size_t looked = 0; looked < count; ++looked) {
        Entry* entry = sweep_next_ != nullptr ? sweep_next_ : first();
        if (entry == nullptr) break;
        sweep_next_ = after(*entry);
        if (!entry->is_kept(now)) bytes += remove(*entry, removed);
    }
    return bytes;
}

std::size_t Shard::entries() const {
    const std::scoped_lock guard(lock_);
    return index_.size();
}

}  // namespace sidecache::memory
