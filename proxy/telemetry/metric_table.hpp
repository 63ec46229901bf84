// Every metric that this room counts, once: what is published, and docs/metrics.md says the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sidecache::telemetry {

enum class MetricKind : std::uint8_t { counter, gauge, histogram };

struct Metric {
    std::string_view name;
    MetricKind kind;
    std::string_view labels;  // "route, outcome"; empty: none
    std::string_view help;
};

enum class MetricId : std::uint8_t {
    requests,
    request_duration,
    served_age,
    origin_requests,
    origin_duration,
    origin_queries,
    received_bytes,
    sent_bytes,
    errors,
    log_dropped,
    build_info,
    resident_memory,
    cpu_seconds,
    open_fds,
    max_fds,
    start_time,
};

inline constexpr std::array<Metric, 16> metric_table{{
    {"sidecache_requests_total", MetricKind::counter, "route, outcome, status_class",
     "Exchanges that ended; status_class is that of the status sent, none where the client went before there was one. "
     "Hit ratio: sum(rate(sidecache_requests_total{outcome=~\"hit|hit_stale|collapsed\"}[5m])) / "
     "sum(rate(sidecache_requests_total[5m]))"},
    {"sidecache_request_duration_seconds", MetricKind::histogram, "route, outcome, status_class",
     "From the whole head of the request to the last byte of the answer handed to the kernel."},
    {"sidecache_served_age_seconds", MetricKind::histogram, "route",
     "Age of what answered out of memory without the origin, when it was served."},
    {"sidecache_origin_requests_total", MetricKind::counter, "route", "Exchanges for which the origin was asked, and fetches in the background."},
    {"sidecache_origin_duration_seconds", MetricKind::histogram, "route",
     "Time until the head of the origin's answer was here, of exchanges and of fetches in the background."},
    {"sidecache_origin_queries_total", MetricKind::counter, "route",
     "Database queries that the origin made for its answers, as it told in X-Query-Count."},
    {"sidecache_received_bytes_total", MetricKind::counter, "", "Bytes of content received from clients."},
    {"sidecache_sent_bytes_total", MetricKind::counter, "", "Bytes of content sent to clients."},
    {"sidecache_errors_total", MetricKind::counter, "error",
     "Exchanges in which something failed, by the error names of RFC 9209."},
    {"sidecache_log_dropped_total", MetricKind::counter, "",
     "Lines missing from the logs: the queue was full, the output failed, or nobody read it."},
    {"sidecache_build_info", MetricKind::gauge, "version", "Always 1; the version of this program is its label."},
    {"process_resident_memory_bytes", MetricKind::gauge, "", "Resident memory of the process in bytes."},
    {"process_cpu_seconds_total", MetricKind::counter, "", "User and system CPU time of the process in seconds."},
    {"process_open_fds", MetricKind::gauge, "", "Open file descriptors of the process."},
    {"process_max_fds", MetricKind::gauge, "", "Most file descriptors that the process may have open."},
    {"process_start_time_seconds", MetricKind::gauge, "", "When the process started, in seconds since the Unix epoch."},
}};

constexpr const Metric& metric(MetricId id) noexcept { return metric_table[static_cast<std::size_t>(id)]; }
static_assert(metric_table.size() == static_cast<std::size_t>(MetricId::start_time) + 1);

}  // namespace sidecache::telemetry
