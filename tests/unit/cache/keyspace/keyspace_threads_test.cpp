// The keyspace under threads: each command of one key is whole for all others.
#include "cache/keyspace/keyspace.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace sidecache::keyspace {
namespace {

const Time noon{std::chrono::hours(12)};

void in_threads(std::size_t count, const std::function<void(std::size_t)>& work) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < count; ++i) threads.emplace_back(work, i);
    for (std::thread& thread : threads) thread.join();
}

TEST(AKeyspaceUnderThreads, TellsOneOfAllWhoEraseAValueThatTheyDid) {
    constexpr std::size_t workers = 3;
    memory::Store store({.size = 1 << 20});
    Keyspace keyspace(store, 1, workers);
    std::atomic<int> set{0};
    std::atomic<int> erased{0};
    in_threads(workers, [&](std::size_t worker) {
        for (int i = 0; i < 20'000; ++i) {
            const Gate::Pass pass = keyspace.gate().beside_others(worker);
            if (keyspace.erase(0, "key", noon)) ++erased;
            if (worker == 0 && keyspace.find(0, "key", noon) == nullptr) set += keyspace.set(0, "key", "value", never);
        }
    });
    if (keyspace.erase(0, "key", noon)) ++erased;
    EXPECT_EQ(erased.load(), set.load());
}

TEST(AKeyspaceUnderThreads, FindsEachValueWhole) {
    constexpr std::size_t workers = 3;
    memory::Store store({.size = 1 << 20});
    Keyspace keyspace(store, 1, workers);
    std::atomic<int> torn{0};
    in_threads(workers, [&](std::size_t worker) {
        for (std::size_t i = 0; i < 20'000; ++i) {
            const Gate::Pass pass = keyspace.gate().beside_others(worker);
            const std::string key = std::to_string(i % 7);
            if (i % 3 == worker) keyspace.set(0, key, std::string(1 + i % 100, static_cast<char>('a' + worker)), never);
            const ValuePtr value = keyspace.find(0, key, noon);
            if (value != nullptr && value->text().find_first_not_of(value->text().front()) != std::string_view::npos) ++torn;
        }
    });
    EXPECT_EQ(torn.load(), 0);
    EXPECT_EQ(keyspace.values(0), 7);
}

TEST(AKeyspaceUnderThreads, TellsItsValuesToAnyThread) {
    memory::Store store({.size = 1 << 20});
    Keyspace keyspace(store, 4, 1);
    std::atomic<bool> is_over{false};
    std::int64_t most = 0;
    std::int64_t least = 0;
    std::thread looker([&] {
        while (!is_over) {
            const std::int64_t values = keyspace.all_values();
            most = std::max(most, values);
            least = std::min(least, values);
        }
    });
    for (int turn = 0; turn < 2'000; ++turn) {
        for (std::size_t database = 0; database < 4; ++database) {
            const Gate::Pass pass = keyspace.gate().beside_others(0);
            keyspace.set(database, std::to_string(turn % 5), "value", never);
        }
        const Gate::Pass pass = keyspace.gate().alone();
        keyspace.swap(0, 1, Time(std::chrono::hours(500'000)));
        keyspace.flush(turn % 4);
    }
    is_over = true;
    looker.join();
    EXPECT_GE(least, 0);
    EXPECT_LE(most, 20);
    EXPECT_EQ(keyspace.all_values(), keyspace.values(0) + keyspace.values(1) + keyspace.values(2) + keyspace.values(3));
}

}  // namespace
}  // namespace sidecache::keyspace
