// Entries of a stated size.
#pragma once

#include "cache/memory/store.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sidecache::testing {

class Item final : public memory::Entry {
public:
    Item(memory::Room, policy::Hash128 hash, std::string_view key, std::size_t bytes, int version = 0, memory::Time kept_until = memory::Time::max(), bool is_unweighed = false)
        : Entry(hash, key, kept_until, sizeof(Item), is_unweighed), version(version), bytes_(bytes) {}
    std::size_t charge() const noexcept override { return bytes_; }
    const int version;

private:
    std::size_t bytes_;
};

inline constexpr std::size_t item_size = 1000 - memory::index_overhead;  // so that one takes 1000 bytes of the budget

// All items of one shard, unless `shard` says otherwise.
inline policy::Hash128 hash_of(std::uint64_t number, std::uint64_t shard = 0) { return {number * 0x9E3779B97F4A7C15ULL + 1, shard}; }
inline std::string key_of(std::uint64_t number) { return "key " + std::to_string(number); }

inline memory::EntryPtr make_item(std::uint64_t number, std::size_t bytes = item_size, std::uint64_t shard = 0, int version = 0) {
    return memory::make_entry<Item>(hash_of(number, shard), key_of(number), bytes, version);
}
inline memory::EntryPtr find_item(memory::Store& store, std::uint64_t number, std::uint64_t shard = 0) {
    return store.find(hash_of(number, shard), key_of(number));
}
inline int version_of(const memory::EntryPtr& entry) { return static_cast<const Item&>(*entry).version; }

}  // namespace sidecache::testing
