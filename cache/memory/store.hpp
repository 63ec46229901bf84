// The memory tier: sharded, bounded in bytes, shared by all workers.
#pragma once

#include "cache/memory/options.hpp"
#include "cache/memory/shard.hpp"

#include <array>
#include <atomic>
#include <memory>

namespace sidecache::memory {

struct Stats {
    std::size_t bytes = 0;
    std::size_t budget = 0;
    std::size_t entries = 0;
    std::uint64_t insertions = 0;
    std::uint64_t evictions = 0;
};

class Store {
public:
    explicit Store(const Options& options);

    EntryPtr find(policy::Hash128 hash, std::string_view key) { return shard(hash).find(hash, key); }

    // Inserts, evicting what is worth least until the budget holds again. `may_replace(const Entry& present)` is asked under the lock where the
    // key is taken: it must not wait. False if it refused.
    template <typename MayReplace>
    bool put(const EntryPtr& entry, MayReplace&& may_replace) {
        std::vector<EntryPtr> removed;
        std::ptrdiff_t change = 0;
        if (!shard(entry->hash()).put(entry, may_replace, change, removed)) return false;
        account(change, entry->hash(), removed);
        return true;
    }
    bool put(const EntryPtr& entry) {
        return put(entry, [](const Entry&) { return true; });
    }

    void erase(policy::Hash128 hash);

    Stats stats() const;

private:
    static constexpr std::size_t shard_count = 64;

    Shard& shard(policy::Hash128 hash) noexcept { return *shards_[shard_index(hash)]; }
    static std::size_t shard_index(policy::Hash128 hash) noexcept { return hash.high % shard_count; }
    void account(std::ptrdiff_t change, policy::Hash128 hash, std::vector<EntryPtr>& removed);

    const std::size_t budget_;
    std::array<std::unique_ptr<Shard>, shard_count> shards_;
    std::atomic<std::size_t> bytes_{0};
    std::atomic<std::uint64_t> insertions_{0};
    std::atomic<std::uint64_t> evictions_{0};
};

}  // namespace sidecache::memory
