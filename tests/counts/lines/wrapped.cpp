// What the program calls of the libraries' that reads or writes memory, and is not compiled with -fsanitize=thread: the linker leads it here
// (--wrap).
#include "tests/counts/lines/recorder.hpp"

#define HERE reinterpret_cast<lines::Address>(__builtin_return_address(0))
// Of a lock of glibc, its first 16 bytes are written: whether it is locked, by whom, how many wait.
#define LOCK(type, function)                                \
    int __real_##function(type*);                           \
    int __wrap_##function(type* lock) {                     \
        lines::touch(lock, 16, lines::Access::write, HERE); \
        return __real_##function(lock);                     \
    }

namespace {
void read(const void* memory, std::size_t size, lines::Address code) noexcept { lines::touch(memory, size, lines::Access::read, code); }
void write(const void* memory, std::size_t size, lines::Address code) noexcept { lines::touch(memory, size, lines::Access::write, code); }
}  // namespace

extern "C" {

LOCK(pthread_mutex_t, pthread_mutex_lock)
LOCK(pthread_mutex_t, pthread_mutex_trylock)
LOCK(pthread_mutex_t, pthread_mutex_unlock)
LOCK(pthread_rwlock_t, pthread_rwlock_rdlock)
LOCK(pthread_rwlock_t, pthread_rwlock_tryrdlock)
LOCK(pthread_rwlock_t, pthread_rwlock_wrlock)
LOCK(pthread_rwlock_t, pthread_rwlock_trywrlock)
LOCK(pthread_rwlock_t, pthread_rwlock_unlock)

int __real_pthread_setname_np(pthread_t, const char*);
int __wrap_pthread_setname_np(pthread_t thread, const char* name) {
    lines::name(thread, name);
    return __real_pthread_setname_np(thread, name);
}

void* __real_memcpy(void*, const void*, std::size_t);
void* __real_memmove(void*, const void*, std::size_t);
void* __real_memset(void*, int, std::size_t);
int __real_memcmp(const void*, const void*, std::size_t);
void* __wrap_memcpy(void* to, const void* from, std::size_t size) {
    read(from, size, HERE);
    write(to, size, HERE);
    return __real_memcpy(to, from, size);
}
void* __wrap_memmove(void* to, const void* from, std::size_t size) {
    read(from, size, HERE);
    write(to, size, HERE);
    return __real_memmove(to, from, size);
}
void* __wrap_memset(void* to, int value, std::size_t size) {
    write(to, size, HERE);
    return __real_memset(to, value, size);
}
int __wrap_memcmp(const void* one, const void* other, std::size_t size) {
    read(one, size, HERE);
    read(other, size, HERE);
    return __real_memcmp(one, other, size);
}

// std::random_device: no chance, so that keys fall into the same parts of the store in each run.
std::uint32_t __wrap__ZNSt13random_device9_M_getvalEv(void*) { return 0x9e3779b9; }

}  // extern "C"
