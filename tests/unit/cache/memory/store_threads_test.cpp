// The store under threads: what is found is what was asked for, and the budget holds when the dust has settled.
#include "tests/unit/cache/memory/items.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

namespace sidecache::memory {
namespace {

using testing::find_item;
using testing::hash_of;
using testing::key_of;
using testing::make_item;

constexpr std::size_t budget = 200'000;
constexpr int turns = 20'000;

TEST(StoreUnderThreads, FindsOnlyWhatWasAskedForAndHoldsItsBudget) {
    Store store({.size = budget}, 64);
    std::atomic<int> wrong{0};
    const auto use = [&](unsigned seed) {
        std::minstd_rand random(seed);
        for (int i = 0; i < turns; ++i) {
            const std::uint64_t number = random() % 600;
            switch (random() % 9) {
                case 8: store.admit(hash_of(number, number % 64), 1 + random() % 20'000, random() % 3); break;
                case 0: store.erase(hash_of(number, number % 64)); break;
                case 1:
                case 2: store.put(make_item(number, 200 + random() % 1500, number % 64)); break;
                case 3: store.put(make_item(number, 500, number % 64), [&](const Entry& present) { return present.charge() > 600; }); break;
                default:
                    if (const EntryPtr found = find_item(store, number, number % 64); found != nullptr && found->key() != key_of(number)) ++wrong;
            }
        }
    };
    std::vector<std::thread> threads;
    for (unsigned seed = 1; seed <= 4; ++seed) threads.emplace_back(use, seed);
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong.load(), 0);
    EXPECT_LE(store.stats().bytes, budget);
    // The bytes are those of the entries that are there, to the last one.
    std::size_t bytes = 0;
    std::size_t entries = 0;
    for (std::uint64_t number = 0; number < 600; ++number) {
        const EntryPtr found = find_item(store, number, number % 64);
        if (found == nullptr) continue;
        bytes += found->charge() + index_overhead;
        ++entries;
    }
    EXPECT_EQ(store.stats().bytes, bytes);
    EXPECT_EQ(store.stats().entries, entries);
    EXPECT_GT(store.stats().evictions, 0u);
    for (std::uint64_t number = 0; number < 600; ++number) store.erase(hash_of(number, number % 64));
    EXPECT_EQ(store.stats().bytes, 0u);
}

TEST(StoreUnderThreads, LosesNoReplacementOfOneKey) {
    Store store({.size = budget});
    std::atomic<int> replaced{0};
    const auto raise = [&] {
        for (int version = 1; version <= 2'000; ++version) {
            // As a fill is installed: never over a newer one.
            const bool is_in = store.put(make_item(1, 100, 0, version), [&](const Entry& present) {
                return static_cast<const testing::Item&>(present).version < version;
            });
            replaced += is_in;
        }
    };
    std::thread one(raise);
    std::thread two(raise);
    one.join();
    two.join();
    EXPECT_EQ(testing::version_of(find_item(store, 1)), 2'000);
    EXPECT_EQ(replaced.load(), 2'000);
}

}  // namespace
}  // namespace sidecache::memory
