// What the compiler calls for -fsanitize=thread in place of each atomic operation: it is done here, in the strongest order, and counted.
// All that may change a value take the line for themselves, whether they change it or not.
#include "tests/counts/lines/recorder.hpp"

#define HERE reinterpret_cast<lines::Address>(__builtin_return_address(0))
#define FETCH(bits, operation)                                                                            \
    Int##bits __tsan_atomic##bits##_fetch_##operation(volatile Int##bits* memory, Int##bits value, int) { \
        lines::touch(memory, bits / 8, lines::Access::write, HERE);                                       \
        return __atomic_fetch_##operation(memory, value, __ATOMIC_SEQ_CST);                               \
    }
#define COMPARE_EXCHANGE(bits, kind, is_weak)                                                                                       \
    int __tsan_atomic##bits##_compare_exchange_##kind(volatile Int##bits* memory, Int##bits* expected, Int##bits value, int, int) { \
        lines::touch(memory, bits / 8, lines::Access::write, HERE);                                                                 \
        return __atomic_compare_exchange_n(memory, expected, value, is_weak, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                   \
    }
#define ATOMIC(bits)                                                                             \
    Int##bits __tsan_atomic##bits##_load(const volatile Int##bits* memory, int) {                \
        lines::touch(memory, bits / 8, lines::Access::read, HERE);                               \
        return __atomic_load_n(memory, __ATOMIC_SEQ_CST);                                        \
    }                                                                                            \
    void __tsan_atomic##bits##_store(volatile Int##bits* memory, Int##bits value, int) {         \
        lines::touch(memory, bits / 8, lines::Access::write, HERE);                              \
        __atomic_store_n(memory, value, __ATOMIC_SEQ_CST);                                       \
    }                                                                                            \
    Int##bits __tsan_atomic##bits##_exchange(volatile Int##bits* memory, Int##bits value, int) { \
        lines::touch(memory, bits / 8, lines::Access::write, HERE);                              \
        return __atomic_exchange_n(memory, value, __ATOMIC_SEQ_CST);                             \
    }                                                                                            \
    FETCH(bits, add)                                                                             \
    FETCH(bits, sub)                                                                             \
    FETCH(bits, and)                                                                             \
    FETCH(bits, or)                                                                              \
    FETCH(bits, xor)                                                                             \
    FETCH(bits, nand)                                                                            \
    COMPARE_EXCHANGE(bits, strong, false)                                                        \
    COMPARE_EXCHANGE(bits, weak, true)

namespace {
using Int8 = std::uint8_t;
using Int16 = std::uint16_t;
using Int32 = std::uint32_t;
using Int64 = std::uint64_t;
}  // namespace

extern "C" {

ATOMIC(8)
ATOMIC(16)
ATOMIC(32)
ATOMIC(64)
void __tsan_atomic_thread_fence(int) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
void __tsan_atomic_signal_fence(int) { __atomic_signal_fence(__ATOMIC_SEQ_CST); }

}  // extern "C"
