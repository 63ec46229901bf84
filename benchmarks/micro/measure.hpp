// What every benchmark here does beside its own work: count allocations, and say so where it did not do what it is called.
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>

namespace sidecache::micro {

// Calls of operator new by this thread so far: what other threads do meanwhile (the log's) is not this one's.
std::size_t allocations() noexcept;

// Tells "allocations" of the mean iteration: those between its making, just before the timed loop, and its end.
class Allocations {
public:
    explicit Allocations(benchmark::State& state) noexcept : state_(state), before_(allocations()) {}
    ~Allocations() {
        const std::size_t during = allocations() - before_;
        state_.counters["allocations"] = benchmark::Counter(static_cast<double>(during), benchmark::Counter::kAvgIterations);
    }
    Allocations(const Allocations&) = delete;
    Allocations& operator=(const Allocations&) = delete;

private:
    benchmark::State& state_;
    const std::size_t before_;
};

// Before the loop or behind it, never in it. A figure of something else than its name says is worse than none.
inline void insist(benchmark::State& state, bool is_so, const char* what) {
    if (!is_so) state.SkipWithError(what);
}

// Runs `work` once to warm its buffers, then in the timed loop. `work` returns what must not be optimised away.
template <typename Work>
void measure(benchmark::State& state, Work&& work) {
    benchmark::DoNotOptimize(work());
    const Allocations counted(state);
    for (auto _ : state) benchmark::DoNotOptimize(work());
}

}  // namespace sidecache::micro
