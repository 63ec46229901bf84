#include "benchmarks/hit_ratio/comparison.hpp"

#include "benchmarks/hit_ratio/fifo.hpp"
#include "benchmarks/hit_ratio/gdsf.hpp"
#include "benchmarks/hit_ratio/s3_fifo.hpp"
#include "benchmarks/hit_ratio/sidecache_store.hpp"
#include "benchmarks/hit_ratio/sieve.hpp"
#include "benchmarks/hit_ratio/w_tiny_lfu.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

namespace hit_ratio {

namespace {

struct Candidate {
    std::string name;
    bool is_yardstick;
    std::function<std::unique_ptr<Policy>(Bytes budget)> make;
};

template <typename Made>
Candidate candidate(std::string name, bool is_yardstick = true) {
    return {std::move(name), is_yardstick, [](Bytes budget) { return std::make_unique<Made>(budget); }};
}

std::vector<Candidate> make_candidates(const Trace& trace) {
    const Bytes mean = std::max<Bytes>(trace.footprint() / trace.sizes.size(), 1);
    return {
        candidate<Lru>("LRU"),
        candidate<Fifo>("FIFO", false),
        candidate<S3Fifo>("S3-FIFO"),
        candidate<Sieve>("SIEVE"),
        {"W-TinyLFU", true, [mean](Bytes budget) { return std::make_unique<WTinyLfu>(budget, budget / mean); }},
        candidate<Gdsf>("GDSF"),
    };
}

Ratios ratios(const Hits& hits) { return {hits.objects(), hits.bytes()}; }

}  // namespace

const Row& Comparison::best(std::size_t share, Ratio ratio) const {
    const Row* best = nullptr;
    for (const Row& row : others) {
        if (row.is_yardstick && (best == nullptr || row.cells[share].*ratio > best->cells[share].*ratio)) best = &row;
    }
    return *best;
}

double Comparison::difference(std::size_t share, Ratio ratio) const {
    return 100 * (store.cells[share].*ratio - best(share, ratio).cells[share].*ratio);
}

Comparison compare(const Trace& trace, const Options& options) {
    const Bytes footprint = trace.footprint();
    const auto budget = [&](double share) { return static_cast<Bytes>(share * static_cast<double>(footprint)); };
    Comparison made{
        .name = trace.name,
        .requests = trace.requests.size(),
        .objects = trace.sizes.size(),
        .footprint = footprint,
        .has_sizes = trace.has_sizes(),
        .margin = trace.is_skewed() ? 3.0 : 1.0,
        .shares = options.shares,
        .store = {"sidecache", false, {}},
        .others = {},
        .concurrent = {"sidecache, " + std::to_string(options.threads) + " threads", false, {}},
    };
    // The store chooses shards by hashes that differ from run to run: what is told is the mean.
    const auto replay_store = [&](double share, auto&& replay_once) {
        Hits sum;
        for (unsigned run = 0; run < options.runs; ++run) {
            SidecacheStore store(budget(share), run);
            sum += replay_once(store);
        }
        return ratios(sum);
    };
    for (const double share : options.shares) {
        made.store.cells.push_back(replay_store(share, [&](Policy& store) { return replay(trace, store, options.cap); }));
        if (options.threads < 2) continue;
        made.concurrent.cells.push_back(
            replay_store(share, [&](Policy& store) { return replay_concurrently(trace, store, options.cap, options.threads); }));
    }
    for (const Candidate& each : make_candidates(trace)) {
        Row row{each.name, each.is_yardstick, {}};
        for (const double share : options.shares) row.cells.push_back(ratios(replay(trace, *each.make(budget(share)), options.cap)));
        made.others.push_back(std::move(row));
    }
    return made;
}

}  // namespace hit_ratio
