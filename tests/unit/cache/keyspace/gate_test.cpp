#include "cache/keyspace/gate.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace sidecache::keyspace {
namespace {

constexpr std::size_t workers = 4;
constexpr int turns = 5'000;

TEST(AGate, LetsOneInAloneOfAllWhoAsk) {
    Gate gate(workers);
    int count = 0;
    std::vector<std::thread> threads;
    for (std::size_t worker = 0; worker < workers; ++worker) {
        threads.emplace_back([&] {
            for (int i = 0; i < turns; ++i) {
                const auto pass = gate.alone();
                ++count;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(count, static_cast<int>(workers) * turns);
}

TEST(AGate, LetsNobodyInBesideWhoIsAlone) {
    Gate gate(workers);
    // Each worker's own while beside others, and everybody's while alone.
    std::vector<int> counts(workers);
    int all = 0;
    std::vector<std::thread> threads;
    for (std::size_t worker = 0; worker < workers; ++worker) {
        threads.emplace_back([&, worker] {
            for (int i = 0; i < turns; ++i) {
                if (i % 7 != 0) {
                    const auto pass = gate.beside_others(worker);
                    ++counts[worker];
                    continue;
                }
                const auto pass = gate.alone();
                for (int& count : counts) all += std::exchange(count, 0);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const int count : counts) all += count;
    EXPECT_EQ(all, static_cast<int>(workers) * (turns - (turns + 6) / 7));
}

TEST(AGate, LetsWorkersInBesideEachOther) {
    Gate gate(workers);
    std::latch all_are_in(workers);
    std::vector<std::thread> threads;
    for (std::size_t worker = 0; worker < workers; ++worker) {
        threads.emplace_back([&, worker] {
            const auto pass = gate.beside_others(worker);
            all_are_in.arrive_and_wait();
        });
    }
    for (std::thread& thread : threads) thread.join();
}

TEST(AGate, LetsThoseWaitWhoComeWhileOneIsAlone) {
    Gate gate(workers);
    bool is_done = false;
    auto alone = std::make_unique<Gate::Pass>(gate, 0, workers);
    std::thread other([&] {
        const auto pass = gate.beside_others(2);
        EXPECT_TRUE(is_done);
    });
    is_done = true;
    alone.reset();
    other.join();
}

}  // namespace
}  // namespace sidecache::keyspace
