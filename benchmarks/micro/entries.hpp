// Entries of the memory tier with keys as requests have them, and no content: the store never looks at it.
#pragma once

#include "cache/memory/store.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace sidecache::micro {

class Item final : public memory::Entry {
public:
    Item(memory::Room, policy::Hash128 hash, std::string_view key, std::size_t bytes) : Entry(hash, key, memory::Time::max(), sizeof(Item)), bytes_(bytes) {}
    std::size_t charge() const noexcept override { return bytes_; }

private:
    const std::size_t bytes_;
};

inline memory::EntryPtr make_item(std::string_view key, std::size_t bytes) { return memory::make_entry<Item>(policy::hash_key(key), key, bytes); }

inline std::string key_of_patient(std::size_t number) { return "GET\nrecords\nrecords.example\n/api/patients/" + std::to_string(number) + "/"; }

}  // namespace sidecache::micro
