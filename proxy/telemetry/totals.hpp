// The cells of all workers, summed at one scrape.
#pragma once

#include "proxy/telemetry/cells.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sidecache::telemetry {

struct HistogramTotals {
    std::array<std::uint64_t, bucket_count> buckets{};
    std::uint64_t count = 0;  // of the buckets as they were read, so that both agree
    std::uint64_t sum = 0;    // nanoseconds

    void add(const Histogram& histogram) noexcept {
        for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
            const std::uint64_t value = histogram.buckets[bucket].value();
            buckets[bucket] += value;
            count += value;
        }
        sum += histogram.sum.value();
    }
};

struct RouteTotals {
    ByOutcomeAndClass<HistogramTotals> durations;
    HistogramTotals age;
    HistogramTotals origin_duration;
    std::uint64_t origin_queries = 0;

    void add(const RouteCells& cells) noexcept {
        for (std::size_t served = 0; served < durations.size(); ++served) {
            for (std::size_t status = 0; status < status_class_count; ++status) durations[served][status].add(cells.durations[served][status]);
        }
        age.add(cells.age);
        origin_duration.add(cells.origin_duration);
        origin_queries += cells.origin_queries.value();
    }
};

inline RouteTotals total_of_route(std::span<const WorkerCells* const> workers, RouteId route) noexcept {
    RouteTotals totals;
    for (const WorkerCells* worker : workers) {
        if (const RouteCells* cells = worker->route(route)) totals.add(*cells);
    }
    return totals;
}

}  // namespace sidecache::telemetry
