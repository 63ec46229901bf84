#include "tests/unit/proxy/telemetry/scrape.hpp"
#include "tests/unit/proxy/telemetry/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>

namespace {

thread_local std::size_t allocations = 0;  // of this thread: the log thread may allocate as it likes

void* allocate(std::size_t size, std::size_t alignment) {
    ++allocations;
    void* memory =
        alignment == 0 ? std::malloc(size) : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

// Not inlined: else GCC sees a free of what `operator new` gave and takes it for a mistake.
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

namespace sidecache::telemetry {
namespace {

std::size_t allocations_of_records(const LogOptions& options) {
    Telemetry telemetry(options, 1);
    const std::string long_path(2'000, 'p');
    ExchangeRecord record = a_hit(telemetry.route_id("patients"));
    Recorder& recorder = telemetry.recorder(0);
    const std::size_t before = allocations;
    for (int count = 0; count < 1'000; ++count) {
        record.outcome.served = static_cast<policy::Served>(count % policy::served_count);
        record.duration = std::chrono::microseconds(count * count);
        record.origin_time = std::chrono::milliseconds(count % 3);
        record.path = count % 2 == 0 ? std::string_view(long_path) : "/";
        record.error = http::ProxyError::http_response_timeout;
        recorder.record(record);
    }
    return allocations - before;
}

TEST(Recorder, AllocatesNothing) {
    const std::size_t before = allocations;
    ::operator delete(::operator new(1));
    ASSERT_EQ(allocations, before + 1) << "the count works";

    EXPECT_EQ(allocations_of_records(no_log()), 0U);
    const TemporaryFolder folder;
    LogOptions options;
    options.access = folder.file("access.log");
    options.level = Level::error;
    EXPECT_EQ(allocations_of_records(options), 0U);
    options.queue = 4;
    EXPECT_EQ(allocations_of_records(options), 0U) << "with a full queue";
}

}  // namespace
}  // namespace sidecache::telemetry
