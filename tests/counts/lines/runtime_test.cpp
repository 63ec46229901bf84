// The whole runtime: this file is compiled with -fsanitize=thread, and linked as sidecache_lines is.
#include "tests/counts/lines/recorder.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>

namespace {

constexpr std::size_t line_size = 64;

// A thread that does one step after the other, and is told of them through a pipe: the kernel's memory is not counted.
class Worker {
public:
    explicit Worker(unsigned number) {
        EXPECT_EQ(::pipe(told_.data()), 0);
        EXPECT_EQ(::pipe(done_.data()), 0);
        thread_ = std::thread([this] { run(); });
        pthread_setname_np(thread_.native_handle(), ("worker " + std::to_string(number)).c_str());
    }
    ~Worker() {
        ::close(told_[1]);
        thread_.join();
        for (const int descriptor : {told_[0], done_[0], done_[1]}) ::close(descriptor);
    }

    void does(const std::function<void()>& step) {
        step_ = &step;
        char byte = 0;
        EXPECT_EQ(::write(told_[1], &byte, 1), 1);
        EXPECT_EQ(::read(done_[0], &byte, 1), 1);
    }

private:
    void run() {
        char byte = 0;
        while (::read(told_[0], &byte, 1) == 1) {
            (*step_)();
            if (::write(done_[1], &byte, 1) != 1) return;
        }
    }

    std::array<int, 2> told_{};
    std::array<int, 2> done_{};
    const std::function<void()>* step_ = nullptr;
    std::thread thread_;
};

class RuntimeTest : public testing::Test {
protected:
    // How many lines pass in the second of two rounds, in each of which one and then the other does its step.
    std::uint64_t passed(const std::function<void()>& first, const std::function<void()>& second) {
        std::uint64_t before = 0;
        for (int round = 0; round < 2; ++round) {
            before = lines::passed_to(0) + lines::passed_to(1);
            one_.does(first);
            other_.does(second);
        }
        return lines::passed_to(0) + lines::passed_to(1) - before;
    }
    std::uint64_t passed(const std::function<void()>& both) { return passed(both, both); }

    Worker one_{0};
    Worker other_{1};
};

struct alignas(line_size) OfTwo {
    int one = 0;
    int other = 0;
};

TEST_F(RuntimeTest, WhatBothReadStaysInBothCaches) {
    alignas(line_size) static volatile int value = 1;
    EXPECT_EQ(passed([] { EXPECT_EQ(value, 1); }), 0);
}

TEST_F(RuntimeTest, WhatOneWritesAndTheOtherReadsPassesBothWays) {
    static OfTwo written;
    static int read = 0;
    EXPECT_EQ(passed([] { written.one = 1; }, [] { read = written.one; }), 2);
    EXPECT_EQ(read, 1);
}

TEST_F(RuntimeTest, AWorkersNeighbourOnTheSameLineTakesItToo) {
    static OfTwo near;
    EXPECT_EQ(passed([] { ++near.one; }, [] { ++near.other; }), 4);  // each reads, then writes
}

TEST_F(RuntimeTest, AnAtomicAdditionIsOne) {
    alignas(line_size) static std::atomic<int> sum{0};
    EXPECT_EQ(passed([] { sum.fetch_add(2); }), 2);
    EXPECT_EQ(sum, 8);
}

TEST_F(RuntimeTest, ALockIsOneWhoeverHoldsIt) {
    alignas(line_size) static std::mutex mutex;
    alignas(line_size) static std::shared_mutex shared;
    EXPECT_EQ(passed([] { const std::scoped_lock guard(mutex); }), 2);
    EXPECT_EQ(passed([] { const std::shared_lock guard(shared); }), 2);
}

TEST_F(RuntimeTest, EachLineOfWhatIsCopiedCounts) {
    alignas(line_size) static std::array<char, 4 * line_size> from{};
    alignas(line_size) static std::array<char, 4 * line_size> to{};
    static volatile std::size_t size = 4 * line_size;  // so that the compiler does not know it: it would do without a call
    EXPECT_EQ(passed([] { std::memset(from.data(), 'a', size); }, [] { std::memcpy(to.data(), from.data(), size); }), 8);
    EXPECT_EQ(to.back(), 'a');
}

TEST_F(RuntimeTest, AThreadThatIsNoWorkerHasNoCache) {
    alignas(line_size) static std::atomic<int> sum{0};
    const std::uint64_t before = lines::passed_to(0);
    for (int round = 0; round < 3; ++round) {
        ++sum;
        one_.does([] { ++sum; });
    }
    EXPECT_EQ(lines::passed_to(0), before);
    EXPECT_EQ(sum, 6);
}

template <typename Integer>
class AtomicsTest : public testing::Test {};
using Integers = testing::Types<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>;
TYPED_TEST_SUITE(AtomicsTest, Integers);

TYPED_TEST(AtomicsTest, AreReallyDone) {
    std::atomic<TypeParam> value{0x0c};
    EXPECT_EQ(value.fetch_add(4), 0x0c);
    EXPECT_EQ(value.fetch_sub(1), 0x10);
    EXPECT_EQ(value.fetch_and(0x3c), 0x0f);
    EXPECT_EQ(value.fetch_or(0x80), 0x0c);
    EXPECT_EQ(value.fetch_xor(0xff), 0x8c);
    EXPECT_EQ(value.exchange(7), 0x73);
    TypeParam expected = 8;
    EXPECT_FALSE(value.compare_exchange_strong(expected, 9));
    EXPECT_EQ(expected, 7);
    EXPECT_TRUE(value.compare_exchange_strong(expected, 9));
    while (!value.compare_exchange_weak(expected, 10)) continue;
    value.store(static_cast<TypeParam>(value.load() + 1));
    EXPECT_EQ(value.load(), 11);
}

}  // namespace
