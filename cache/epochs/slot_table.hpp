// A fixed table of 64-bit slots, one hashed group each, resident only where touched.
#pragma once

#include "cache/policy/groups.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sidecache::epochs {

class SlotTable {
public:
    explicit SlotTable(std::size_t slots);  // a power of two; throws std::bad_alloc
    ~SlotTable();
    SlotTable(const SlotTable&) = delete;
    SlotTable& operator=(const SlotTable&) = delete;

    std::atomic<std::uint64_t>& operator[](policy::Group group) const noexcept { return slots_[group & mask_]; }

    std::size_t size() const noexcept { return mask_ + 1; }
    std::atomic<std::uint64_t>& at(std::size_t index) const noexcept { return slots_[index]; }

private:
    std::size_t bytes_;
    std::size_t mask_;
    std::atomic<std::uint64_t>* slots_;
};

}  // namespace sidecache::epochs
