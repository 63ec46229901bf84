#include "proxy/telemetry/cells.hpp"

namespace sidecache::telemetry {

void WorkerCells::add_route(RouteId route) {
    if (owned_[route] != nullptr) return;
    owned_[route] = std::make_unique<RouteCells>();
    routes_[route].store(owned_[route].get(), std::memory_order_release);
}

RouteCells& WorkerCells::cells_of(RouteId route) noexcept {
    RouteCells* cells = route < routes_.size() ? routes_[route].load(std::memory_order_acquire) : nullptr;
    return cells != nullptr ? *cells : *routes_[RouteLabels::other].load(std::memory_order_relaxed);
}

void WorkerCells::count(const FetchRecord& record) noexcept {
    RouteCells& cells = cells_of(record.route);
    if (record.origin_time.count() > 0) cells.origin_duration.observe(record.origin_time);
    if (record.origin_queries > 0) cells.origin_queries.add(static_cast<std::uint64_t>(record.origin_queries));
}

void WorkerCells::count(const ExchangeRecord& record) noexcept {
    RouteCells& cells = cells_of(record.route);
    cells.durations[static_cast<std::size_t>(record.outcome.served)][status_class_of(record.status)].observe(record.duration);
    if (record.age.count() >= 0) cells.age.observe(record.age.count() * age_unit);
    bytes_in.add(record.bytes_in);
    bytes_out.add(record.bytes_out);
    count(FetchRecord{record.route, record.origin_time, record.origin_queries});
    if (record.error) errors[static_cast<std::size_t>(*record.error)].add(1);
}

}  // namespace sidecache::telemetry
