// Benchmarks of single steps of a request, in nanoseconds and allocations: benchmarks/README.md. This program counts every operator new.
#include "benchmarks/micro/measure.hpp"

#include <cstdlib>
#include <memory>
#include <new>

namespace {

thread_local std::size_t allocated = 0;

void* allocate(std::size_t size, std::size_t alignment) {
    ++allocated;
    if (size == 0) size = 1;
    void* const memory = alignment == 0 ? std::malloc(size) : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

// Not inlined: the compiler would see malloc behind new and free behind delete as a mismatch.
[[gnu::noinline]] void release(void* memory) noexcept { std::free(memory); }

}  // namespace

void* operator new(std::size_t size) { return allocate(size, 0); }
void* operator new[](std::size_t size) { return allocate(size, 0); }
void* operator new(std::size_t size, std::align_val_t alignment) { return allocate(size, static_cast<std::size_t>(alignment)); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return allocate(size, static_cast<std::size_t>(alignment)); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

namespace sidecache::micro {

std::size_t allocations() noexcept { return allocated; }

namespace {

// Nothing, and one allocation: what the loop itself costs, and that the count counts.
void nothing(benchmark::State& state) {
    int none = 0;
    measure(state, [&] { return none; });
}
BENCHMARK(nothing)->Name("control/nothing");

void one_allocation(benchmark::State& state) {
    measure(state, [] { return std::make_unique<int>(1); });
}
BENCHMARK(one_allocation)->Name("control/one_allocation");

}  // namespace
}  // namespace sidecache::micro

BENCHMARK_MAIN();
