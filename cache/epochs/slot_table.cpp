#include "cache/epochs/slot_table.hpp"

#include <sys/mman.h>

#include <cassert>
#include <new>

namespace sidecache::epochs {

static_assert(sizeof(std::atomic<std::uint64_t>) == sizeof(std::uint64_t) && std::atomic<std::uint64_t>::is_always_lock_free);

SlotTable::SlotTable(std::size_t slots) : bytes_(slots * sizeof(std::uint64_t)), mask_(slots - 1) {
    assert(slots != 0 && (slots & mask_) == 0);
    // Anonymous pages are zero and cost memory only once written; a lock-free 64-bit atomic of zero bytes is zero.
    void* pages = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc();
    slots_ = static_cast<std::atomic<std::uint64_t>*>(pages);
}

SlotTable::~SlotTable() { ::munmap(slots_, bytes_); }

}  // namespace sidecache::epochs
