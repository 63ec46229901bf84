#include "proxy/telemetry/log_ring.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace sidecache::telemetry {
namespace {

ExchangeRecord numbered(std::uint64_t number) {
    ExchangeRecord record;
    record.bytes_out = number;
    return record;
}

std::vector<std::uint64_t> drain(LogRing& ring) {
    std::vector<std::uint64_t> numbers;
    ring.drain([&](const LogRecord& record) { numbers.push_back(record.bytes_out); });
    return numbers;
}

TEST(LogRing, ItsCapacityIsRoundedUpToAPowerOfTwo) {
    EXPECT_EQ(LogRing(0).capacity(), 1U);
    EXPECT_EQ(LogRing(1).capacity(), 1U);
    EXPECT_EQ(LogRing(5).capacity(), 8U);
    EXPECT_EQ(LogRing(8'192).capacity(), 8'192U);
}

TEST(LogRing, AFullRingTakesNothingUntilItIsDrained) {
    LogRing ring(4);
    for (std::uint64_t number = 0; number < 4; ++number) EXPECT_TRUE(ring.try_push(numbered(number)));
    EXPECT_FALSE(ring.try_push(numbered(4)));
    EXPECT_EQ(drain(ring), (std::vector<std::uint64_t>{0, 1, 2, 3}));
    EXPECT_TRUE(ring.try_push(numbered(5)));
    EXPECT_EQ(drain(ring), std::vector<std::uint64_t>{5});
    EXPECT_EQ(drain(ring), std::vector<std::uint64_t>{});
}

TEST(LogRing, KeepsOrderBetweenTwoThreads) {
    constexpr std::uint64_t count = 50'000;
    LogRing ring(64);
    std::thread worker([&] {
        for (std::uint64_t number = 0; number < count;) {
            if (ring.try_push(numbered(number))) {
                ++number;
            } else {
                std::this_thread::yield();
            }
        }
    });
    std::uint64_t expected = 0;
    bool in_order = true;
    while (expected < count) {
        const std::size_t taken =
            ring.drain([&](const LogRecord& record) { in_order = in_order && record.bytes_out == expected++; });
        if (taken == 0) std::this_thread::yield();
    }
    worker.join();
    EXPECT_TRUE(in_order);
}

TEST(LogRecordTexts, AreCopiedAtEveryLength) {
    const std::string source = [] {
        std::string text;
        for (int index = 0; index < 300; ++index) text += static_cast<char>('a' + index % 26);
        return text;
    }();
    for (std::size_t size = 0; size <= source.size(); ++size) {
        ExchangeRecord record;
        record.method = "GET";
        record.path = std::string_view(source).substr(0, size);
        record.request_id = std::string_view(source).substr(0, size);
        record.traceparent = "00-trace";
        LogRecord kept;
        kept.assign(record);
        EXPECT_EQ(kept.method().kept, "GET");
        EXPECT_EQ(kept.path().kept, source.substr(0, std::min<std::size_t>(size, 256)));
        EXPECT_EQ(kept.path().cut, size > 256);
        EXPECT_EQ(kept.request_id().kept, source.substr(0, std::min<std::size_t>(size, 96)));
        EXPECT_EQ(kept.request_id().cut, size > 96);
        EXPECT_EQ(kept.traceparent().kept, "00-trace");
        EXPECT_FALSE(kept.traceparent().cut);
    }
}

}  // namespace
}  // namespace sidecache::telemetry
