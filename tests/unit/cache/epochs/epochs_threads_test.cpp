// The real clock under threads: what a reader accepts was fetched after every write that had been answered when it asked.
#include "cache/epochs/epochs.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace sidecache::epochs {
namespace {

constexpr std::size_t rows = 4;
constexpr int writes = 4'000;

struct Entry {
    Stamp stamp;
    std::uint64_t value = 0;
    std::atomic<std::uint64_t> memo{0};
};

// One row at the origin, and what the cache has of it.
struct Row {
    std::atomic<std::uint64_t> value{0};     // at the origin
    std::atomic<std::uint64_t> answered{0};  // value that clients of writes have been told of
    std::atomic<std::uint64_t> ticked{0};    // the tick of the last write answered
    std::mutex lock;
    std::shared_ptr<Entry> entry = std::make_shared<Entry>();

    std::shared_ptr<Entry> stored() {
        const std::scoped_lock guard(lock);
        return entry;
    }
    void store(std::shared_ptr<Entry> fresh) {
        const std::scoped_lock guard(lock);
        entry = std::move(fresh);
    }
};

void raise_to(std::atomic<std::uint64_t>& value, std::uint64_t least) {
    for (std::uint64_t now = value.load(); now < least && !value.compare_exchange_weak(now, least);) {
    }
}

class Threads : public ::testing::Test {
protected:
    std::vector<Group> groups_of(std::size_t row) const { return {100 + row, 200 + row / 2, 300}; }

    // A write names the row, and what it shares with its neighbour: never group 300, which nobody writes.
    void write(std::size_t index) {
        Row& row = all[index];
        const std::uint64_t value = row.value.fetch_add(1) + 1;
        const std::array<Group, 2> named{100 + index, 400 + index};
        const Tick tick = epochs.tick(named);
        EXPECT_GT(tick.now, tick.previous);
        raise_to(row.ticked, tick.now);
        raise_to(row.answered, value);
    }

    void read(std::size_t index) {
        Row& row = all[index];
        const std::uint64_t needed = row.answered.load();
        const std::shared_ptr<Entry> entry = row.stored();
        const std::vector<Group> groups = groups_of(index);
        if (epochs.is_reusable(entry->stamp, groups, entry->memo)) {
            accepted.fetch_add(1, std::memory_order_relaxed);
            if (entry->value < needed) stale.fetch_add(1, std::memory_order_relaxed);
            return;
        }
        auto fresh = std::make_shared<Entry>();
        fresh->stamp = epochs.stamp();
        fresh->value = row.value.load();
        row.store(std::move(fresh));
    }

    Epochs epochs{{.slots = 4096}, 1};
    std::array<Row, rows> all;
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> stale{0};
    std::atomic<bool> is_over{false};
};

TEST_F(Threads, NeverAcceptAnEntryThatIsOlderThanATickTheyKnowOf) {
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([this] {
            for (std::size_t turn = 0; !is_over.load(std::memory_order_relaxed); ++turn) read(turn % rows);
        });
    }
    std::vector<std::thread> writers;
    for (std::size_t i = 0; i < 2; ++i) {
        writers.emplace_back([this, i] {
            for (int turn = 0; turn < writes; ++turn) {
                write((i + static_cast<std::size_t>(turn)) % rows);
                if (turn % 16 == 0) std::this_thread::yield();
            }
        });
    }
    // Reloads between: all entries become validators, and the clock begins anew.
    for (std::uint64_t reload = 2; reload < 8; ++reload) {
        std::this_thread::yield();
        epochs.adopt_rules(reload);
    }
    for (auto& writer : writers) writer.join();
    is_over = true;
    for (auto& reader : readers) reader.join();
    EXPECT_EQ(stale.load(), 0u);
    EXPECT_EQ(epochs.counts().ticks.load(), 2u * writes);
    for (std::size_t row = 0; row < rows; ++row) read(row);  // fills what is dead
    const std::uint64_t before = accepted.load();
    for (std::size_t row = 0; row < rows; ++row) read(row);
    EXPECT_EQ(accepted.load() - before, rows);
}

TEST_F(Threads, SeeInEverySlotTheTickOfAWriteThatWasAnswered) {
    std::thread writer([this] {
        for (int turn = 0; turn < writes; ++turn) write(0);
        is_over = true;
    });
    while (!is_over) {
        const std::uint64_t tick = all[0].ticked.load();
        if (tick == 0) continue;
        // Fetched just before that tick: must be dead, memo or not.
        std::atomic<std::uint64_t> memo{0};
        Stamp before = epochs.stamp();
        before.epoch = tick - 1;
        EXPECT_FALSE(epochs.is_reusable(before, groups_of(0), memo));
    }
    writer.join();
}

TEST_F(Threads, HearOfAHoldTogetherWithTheClockOfItsTick) {
    const std::array<Group, 1> group{5};
    const BootTime begun = BootClock::now();
    std::thread writer([&] { epochs.tick(group, std::chrono::seconds(60)); });
    while (epochs.clock() == 0) std::this_thread::yield();
    EXPECT_TRUE(epochs.is_held(group, begun));
    writer.join();
}

}  // namespace
}  // namespace sidecache::epochs
