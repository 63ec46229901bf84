// Entries of the memory tier with keys as requests have them, and no content: the store never looks at it.
#pragma once

#include "cache/memory/store.hpp"

#include <cstddef>
#include <string>

namespace sidecache::micro {

class Item final : public memory::Entry {
public:
    Item(const std::string& key, std::size_t bytes) : Entry(policy::hash_key(key), key, memory::Time::max()), bytes_(bytes) {}
    std::size_t charge() const noexcept override { return bytes_; }

private:
    const std::size_t bytes_;
};

inline std::string key_of_patient(std::size_t number) { return "GET\nrecords\nrecords.example\n/api/patients/" + std::to_string(number) + "/"; }

}  // namespace sidecache::micro
