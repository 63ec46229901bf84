// What the compiler calls for -fsanitize=thread at each access that is not atomic, and at the beginning and end of each function.
#include "tests/counts/lines/recorder.hpp"

#define HERE reinterpret_cast<lines::Address>(__builtin_return_address(0))
#define ACCESS(bytes)                                                                                           \
    void __tsan_read##bytes(void* memory) { lines::touch(memory, bytes, lines::Access::read, HERE); }           \
    void __tsan_write##bytes(void* memory) { lines::touch(memory, bytes, lines::Access::write, HERE); }         \
    void __tsan_unaligned_read##bytes(void* memory) { lines::touch(memory, bytes, lines::Access::read, HERE); } \
    void __tsan_unaligned_write##bytes(void* memory) { lines::touch(memory, bytes, lines::Access::write, HERE); }

extern "C" {

ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)
void __tsan_read_range(void* memory, std::size_t size) { lines::touch(memory, size, lines::Access::read, HERE); }
void __tsan_write_range(void* memory, std::size_t size) { lines::touch(memory, size, lines::Access::write, HERE); }
void __tsan_vptr_read(void** memory) { lines::touch(memory, sizeof *memory, lines::Access::read, HERE); }
void __tsan_vptr_update(void** memory, void*) { lines::touch(memory, sizeof *memory, lines::Access::write, HERE); }

void __tsan_init() {}
void __tsan_func_entry(void* code) { lines::enter(reinterpret_cast<lines::Address>(code)); }
void __tsan_func_exit() { lines::leave(); }

}  // extern "C"
