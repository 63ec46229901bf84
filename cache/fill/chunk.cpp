#include "cache/fill/chunk.hpp"

#include <cassert>
#include <cstring>
#include <new>

namespace sidecache::fill {

ChunkPtr Chunk::make(std::size_t capacity) {
    // One allocation for head and bytes.
    void* memory = ::operator new(sizeof(Chunk) + capacity);
    return ChunkPtr(new (memory) Chunk(capacity));
}

void Chunk::append(std::string_view bytes) noexcept {
    assert(bytes.size() <= room());
    std::memcpy(reinterpret_cast<char*>(this + 1) + size_, bytes.data(), bytes.size());
    size_ += static_cast<std::uint32_t>(bytes.size());
}

void intrusive_ptr_release(const Chunk* chunk) noexcept {
    if (chunk->count_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        chunk->~Chunk();
        ::operator delete(const_cast<Chunk*>(chunk));
    }
}

}  // namespace sidecache::fill
