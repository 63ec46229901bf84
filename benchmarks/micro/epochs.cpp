// The clock of invalidations (cache/epochs): a fill's stamp, a reader's question, a write's tick; alone and with another thread beside it.
#include "benchmarks/micro/measure.hpp"
#include "cache/epochs/epochs.hpp"

#include <array>
#include <thread>

namespace sidecache::micro {
namespace {

using epochs::Epochs;
using epochs::Group;

constexpr std::uint64_t rules = 7;

// As many as a list of doctors belongs to: its own, those of the trees above it, everything, and some named ones. Spread as hashes are.
using Groups = std::array<Group, 8>;
Groups groups_of(std::uint64_t row) {
    Groups groups{};
    for (std::size_t i = 0; i < groups.size(); ++i) groups[i] = (row * groups.size() + i + 1) * 0x9E3779B97F4A7C15ULL;
    return groups;
}

const Groups read = groups_of(1);
const Groups written = groups_of(2);

Epochs& shared() {
    static Epochs epochs({}, rules);
    return epochs;
}

void stamp(benchmark::State& state) {
    const Epochs epochs({}, rules);
    measure(state, [&] { return epochs.stamp(); });
}
BENCHMARK(stamp)->Name("epochs/stamp");

// Nothing was written since it was fetched.
void unwritten(benchmark::State& state) {
    const Epochs epochs({}, rules);
    const epochs::Stamp stamp = epochs.stamp();
    std::atomic<std::uint64_t> memo{0};
    bool is_reusable = true;
    measure(state, [&] { return is_reusable &= epochs.is_reusable(stamp, read, memo); });
    insist(state, is_reusable && memo == 0, "it was compared, or refused");
}
BENCHMARK(unwritten)->Name("epochs/is_reusable/nothing_written");

// Others were written since, and it has been asked about after that: the entry's memo knows. Of two threads both ask about one entry.
void with_memo(benchmark::State& state) {
    static std::atomic<std::uint64_t> memo;
    static epochs::Stamp stamp;
    if (state.thread_index() == 0) {
        memo = 0;
        stamp = shared().stamp();
        shared().tick(written);
        shared().is_reusable(stamp, read, memo);
    }
    bool is_reusable = true;
    {
        const Allocations counted(state);
        for (auto _ : state) benchmark::DoNotOptimize(is_reusable &= shared().is_reusable(stamp, read, memo));
    }
    insist(state, is_reusable && memo != 0, "it was refused, or not remembered");
}
BENCHMARK(with_memo)->Name("epochs/is_reusable/memo")->Threads(1)->Threads(2);

// The first who asks after a write of others compares all groups.
void without_memo(benchmark::State& state) {
    Epochs epochs({}, rules);
    const epochs::Stamp stamp = epochs.stamp();
    epochs.tick(written);
    std::atomic<std::uint64_t> memo{0};
    bool is_reusable = true;
    measure(state, [&] {
        memo.store(0, std::memory_order_relaxed);
        return is_reusable &= epochs.is_reusable(stamp, read, memo);
    });
    insist(state, is_reusable && memo != 0, "it was refused");
}
BENCHMARK(without_memo)->Name("epochs/is_reusable/no_memo");

void tick(benchmark::State& state) {
    const Groups own = groups_of(3 + static_cast<std::uint64_t>(state.thread_index()));
    const std::uint64_t before = shared().clock();
    {
        const Allocations counted(state);
        const epochs::BootTime now = epochs::BootClock::now();
        for (auto _ : state) benchmark::DoNotOptimize(shared().tick(own, {}, now));
    }
    insist(state, shared().clock() >= before + static_cast<std::uint64_t>(state.iterations()), "the clock did not move on");
}
BENCHMARK(tick)->Name("epochs/tick")->Threads(1)->Threads(2);

// A reader beside one who writes other rows without a pause: no load of a real application, and the most that writes can cost hits.
void beside_ticks(benchmark::State& state) {
    Epochs& epochs = shared();
    const epochs::Stamp stamp = epochs.stamp();
    std::atomic<std::uint64_t> memo{0};
    std::atomic<bool> is_over{false};
    std::thread writer([&] {
        while (!is_over.load(std::memory_order_relaxed)) epochs.tick(written);
    });
    while (epochs.clock() == stamp.epoch) std::this_thread::yield();
    bool is_reusable = true;
    measure(state, [&] { return is_reusable &= epochs.is_reusable(stamp, read, memo); });
    is_over = true;
    writer.join();
    insist(state, is_reusable, "it was refused");
}
BENCHMARK(beside_ticks)->Name("epochs/is_reusable/beside_ticks");

}  // namespace
}  // namespace sidecache::micro
