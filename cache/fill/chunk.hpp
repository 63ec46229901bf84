// A counted block of bytes that only grows: what is written stays as it is, so readers need no lock for it.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sidecache::fill {

class Chunk;
using ChunkPtr = boost::intrusive_ptr<Chunk>;

class Chunk {
public:
    static ChunkPtr make(std::size_t capacity);

    std::size_t capacity() const noexcept { return capacity_; }
    std::size_t size() const noexcept { return size_; }
    std::size_t room() const noexcept { return capacity_ - size_; }
    const char* data() const noexcept { return reinterpret_cast<const char*>(this + 1); }
    void append(std::string_view bytes) noexcept;  // at most room()

    friend void intrusive_ptr_add_ref(const Chunk* chunk) noexcept { chunk->count_.fetch_add(1, std::memory_order_relaxed); }
    friend void intrusive_ptr_release(const Chunk* chunk) noexcept;

private:
    explicit Chunk(std::size_t capacity) : capacity_(static_cast<std::uint32_t>(capacity)) {}

    mutable std::atomic<std::uint32_t> count_{0};
    std::uint32_t capacity_;
    std::uint32_t size_ = 0;  // guarded by the owner's lock while it grows
};

}  // namespace sidecache::fill
