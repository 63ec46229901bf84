// Counts the lines that pass between the caches of workers: the threads that are named "worker <number>". Others have no cache here,
// so that nothing hangs on when they happen to look.
//
// What is here is called from within the program's own code, at any place of it. So it calls nothing of the library's that the program calls
// as well, above all no templates: the linker keeps one of the two, and the program's would lose its own calls.
#pragma once

#include "tests/counts/lines/directory.hpp"

#include <pthread.h>

namespace lines {

using Address = std::uintptr_t;

// The thread in hand reads or writes so many bytes; `code` is where it does.
void touch(const volatile void* memory, std::size_t size, Access access, Address code) noexcept;

// The thread in hand goes into a function that was called at `code`, and out of it again.
void enter(Address code) noexcept;
void leave() noexcept;

void name(pthread_t thread, const char* name) noexcept;

// Lines that came to this worker from another one until now.
std::uint64_t passed_to(unsigned worker) noexcept;

// Writes to a file what was counted until now.
void report(const char* path) noexcept;

}  // namespace lines
