// The queue between one worker and the log thread: one writes, one reads, neither waits.
#pragma once

#include "proxy/telemetry/log_record.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>

namespace sidecache::telemetry {

class LogRing {
public:
    // `capacity` is rounded up to a power of two.
    explicit LogRing(std::size_t capacity)
        : mask_(std::bit_ceil(std::max<std::size_t>(capacity, 1)) - 1),
          slots_(std::make_unique_for_overwrite<LogRecord[]>(mask_ + 1)) {}

    std::size_t capacity() const noexcept { return mask_ + 1; }

    // The worker's side. False: full.
    bool try_push(const ExchangeRecord& record) noexcept {
        const std::size_t head = head_.load(std::memory_order_relaxed);
        if (head - seen_tail_ > mask_) {
            seen_tail_ = tail_.load(std::memory_order_acquire);
            if (head - seen_tail_ > mask_) return false;
        }
        slots_[head & mask_].assign(record);
        head_.store(head + 1, std::memory_order_release);
        return true;
    }

    // The log thread's side: hands each record that stands in the queue now to `take`. How many there were.
    template <typename Take>
    std::size_t drain(Take&& take) {
        const std::size_t head = head_.load(std::memory_order_acquire);
        const std::size_t begin = tail_.load(std::memory_order_relaxed);
        for (std::size_t tail = begin; tail != head; ++tail) {
            take(static_cast<const LogRecord&>(slots_[tail & mask_]));
            tail_.store(tail + 1, std::memory_order_release);
        }
        return head - begin;
    }

private:
    const std::size_t mask_;
    const std::unique_ptr<LogRecord[]> slots_;
    // Each side has a cache line of its own; the worker looks at the reader's only when the queue seems full.
    alignas(64) std::atomic<std::size_t> head_{0};
    std::size_t seen_tail_ = 0;
    alignas(64) std::atomic<std::size_t> tail_{0};
};

}  // namespace sidecache::telemetry
