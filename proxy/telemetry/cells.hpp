// All that one worker counts: written by that worker, summed over the workers at scrape.
#pragma once

#include "cache/http/proxy_error.hpp"
#include "cache/policy/outcome.hpp"
#include "proxy/telemetry/cell.hpp"
#include "proxy/telemetry/exchange_record.hpp"
#include "proxy/telemetry/histogram.hpp"
#include "proxy/telemetry/route_labels.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>

namespace sidecache::telemetry {

// "none" (no status was sent), 1xx to 5xx.
inline constexpr std::size_t status_class_count = 6;
constexpr std::size_t status_class_of(int status) noexcept {
    return status >= 100 && status < 600 ? static_cast<std::size_t>(status / 100) : 0;
}

inline constexpr std::size_t error_count = static_cast<std::size_t>(http::ProxyError::proxy_configuration_error) + 1;

// One for each outcome and status class: 7 KB of each route and worker, of which an exchange touches a line or two.
template <typename Each>
using ByOutcomeAndClass = std::array<std::array<Each, status_class_count>, policy::served_count>;

struct alignas(64) RouteCells {
    ByOutcomeAndClass<Histogram> durations;
    Histogram age;              // of what answered out of memory: seconds, in ten-thousandths (`age_scale`)
    Histogram origin_duration;  // one observation for each exchange, and each fetch in the background, that asked the origin
    Cell origin_queries;
};

class alignas(64) WorkerCells {
public:
    // Before the first record with this id; one caller at a time.
    void add_route(RouteId route);

    // Null where the id was never registered. Any thread.
    const RouteCells* route(RouteId route) const noexcept { return routes_[route].load(std::memory_order_acquire); }

    void count(const ExchangeRecord& record) noexcept;
    void count(const FetchRecord& record) noexcept;

    Cell bytes_in;
    Cell bytes_out;
    Cell log_dropped;
    std::array<Cell, error_count> errors;

private:
    RouteCells& cells_of(RouteId route) noexcept;  // those of "other" where the id was never registered

    std::array<std::atomic<RouteCells*>, RouteLabels::capacity> routes_{};
    std::array<std::unique_ptr<RouteCells>, RouteLabels::capacity> owned_;
};

}  // namespace sidecache::telemetry
