#include "proxy/telemetry/exposition.hpp"

#include "proxy/telemetry/metric_table.hpp"
#include "proxy/telemetry/process_facts.hpp"
#include "proxy/telemetry/text.hpp"
#include "proxy/telemetry/totals.hpp"

#include <prometheus/client_metric.h>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <utility>
#include <vector>

namespace sidecache::telemetry {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using PrometheusLabels = std::vector<ClientMetric::Label>;

constexpr std::array<const char*, status_class_count> status_class_names{"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

prometheus::MetricType type_of(MetricKind kind) noexcept {
    switch (kind) {
        case MetricKind::counter: return prometheus::MetricType::Counter;
        case MetricKind::gauge: return prometheus::MetricType::Gauge;
        case MetricKind::histogram: return prometheus::MetricType::Histogram;
    }
    return prometheus::MetricType::Untyped;
}

MetricKind kind_of(Telemetry::Kind kind) noexcept {
    switch (kind) {
        case Telemetry::Kind::counter: return MetricKind::counter;
        case Telemetry::Kind::gauge: return MetricKind::gauge;
        case Telemetry::Kind::histogram: return MetricKind::histogram;
    }
    return MetricKind::gauge;
}

// The serializer writes help as it is.
std::string escape_help(std::string_view help) {
    std::string out;
    for (const char character : to_utf8(help)) {
        if (character == '\n') {
            out += "\\n";
        } else if (character == '\\') {
            out += "\\\\";
        } else {
            out += character;
        }
    }
    return out;
}

MetricFamily make_family(std::string_view name, std::string_view help, MetricKind kind) {
    return {std::string(name), escape_help(help), type_of(kind), {}};
}
MetricFamily make_family(MetricId id) { return make_family(metric(id).name, metric(id).help, metric(id).kind); }

void add_number(MetricFamily& family, PrometheusLabels labels, double value) {
    ClientMetric& series = family.metric.emplace_back();
    series.label = std::move(labels);
    (family.type == prometheus::MetricType::Counter ? series.counter.value : series.gauge.value) = value;
}

MetricFamily make_single(MetricId id, double value) {
    MetricFamily family = make_family(id);
    add_number(family, {}, value);
    return family;
}

double seconds_of(std::uint64_t nanoseconds) noexcept { return static_cast<double>(nanoseconds) / 1e9; }

void add_histogram(MetricFamily& family, PrometheusLabels labels, const HistogramTotals& totals, double scale = 1) {
    ClientMetric& series = family.metric.emplace_back();
    series.label = std::move(labels);
    series.histogram.sample_count = totals.count;
    series.histogram.sample_sum = seconds_of(totals.sum) * scale;
    std::uint64_t cumulative = 0;
    for (std::size_t bucket = 0; bucket < bucket_bounds.size(); ++bucket) {
        cumulative += totals.buckets[bucket];
        series.histogram.bucket.push_back({cumulative, seconds_of(bucket_bounds[bucket]) * scale});
    }
}

class Collector final : public prometheus::Collectable {
public:
    explicit Collector(const Sources& sources) : sources_(sources) {}

    std::vector<MetricFamily> Collect() const override {
        std::vector<MetricFamily> families;
        add_routes(families);
        add_workers(families);
        add_process(families);
        add_readers(families);
        return families;
    }

private:
    // Outcomes and status classes appear with their first exchange: most routes never see most of them.
    void add_routes(std::vector<MetricFamily>& families) const {
        MetricFamily requests = make_family(MetricId::requests);
        MetricFamily duration = make_family(MetricId::request_duration);
        MetricFamily age = make_family(MetricId::served_age);
        MetricFamily origin_requests = make_family(MetricId::origin_requests);
        MetricFamily origin_duration = make_family(MetricId::origin_duration);
        MetricFamily origin_queries = make_family(MetricId::origin_queries);
        for (std::size_t id = 0; id < sources_.labels.size(); ++id) {
            const RouteTotals totals = total_of_route(sources_.workers, static_cast<RouteId>(id));
            const ClientMetric::Label route{"route", std::string(sources_.labels.label(static_cast<RouteId>(id)))};
            for (std::size_t served = 0; served < totals.durations.size(); ++served) {
                const ClientMetric::Label outcome{"outcome", std::string(policy::name_of(static_cast<policy::Served>(served)))};
                for (std::size_t status = 0; status < status_class_count; ++status) {
                    const HistogramTotals& durations = totals.durations[served][status];
                    if (durations.count == 0) continue;
                    const PrometheusLabels labels{route, outcome, {"status_class", status_class_names[status]}};
                    add_number(requests, labels, static_cast<double>(durations.count));
                    add_histogram(duration, labels, durations);
                }
            }
            if (totals.age.count != 0) add_histogram(age, {route}, totals.age, age_scale);
            add_number(origin_requests, {route}, static_cast<double>(totals.origin_duration.count));
            if (totals.origin_duration.count != 0) add_histogram(origin_duration, {route}, totals.origin_duration);
            add_number(origin_queries, {route}, static_cast<double>(totals.origin_queries));
        }
        for (MetricFamily* family : {&requests, &duration, &age, &origin_requests, &origin_duration, &origin_queries}) {
            families.push_back(std::move(*family));
        }
    }

    void add_workers(std::vector<MetricFamily>& families) const {
        const auto sum = [this](auto&& cell_of) {
            std::uint64_t total = 0;
            for (const WorkerCells* worker : sources_.workers) total += cell_of(*worker).value();
            return static_cast<double>(total);
        };
        families.push_back(
            make_single(MetricId::received_bytes, sum([](const WorkerCells& worker) -> auto& { return worker.bytes_in; })));
        families.push_back(
            make_single(MetricId::sent_bytes, sum([](const WorkerCells& worker) -> auto& { return worker.bytes_out; })));
        MetricFamily errors = make_family(MetricId::errors);
        for (std::size_t error = 0; error < error_count; ++error) {
            add_number(errors, {{"error", std::string(http::name_of(static_cast<http::ProxyError>(error)))}},
                       sum([error](const WorkerCells& worker) -> auto& { return worker.errors[error]; }));
        }
        families.push_back(std::move(errors));
        const double dropped = sum([](const WorkerCells& worker) -> auto& { return worker.log_dropped; });
        families.push_back(make_single(MetricId::log_dropped, dropped + static_cast<double>(sources_.log_lost)));
    }

    void add_process(std::vector<MetricFamily>& families) const {
        MetricFamily build = make_family(MetricId::build_info);
        add_number(build, {{"version", to_utf8(sources_.version)}}, 1);
        families.push_back(std::move(build));
        const ProcessFacts facts = read_process_facts();
        families.push_back(make_single(MetricId::resident_memory, facts.resident_bytes));
        families.push_back(make_single(MetricId::cpu_seconds, facts.cpu_seconds));
        families.push_back(make_single(MetricId::open_fds, facts.open_fds));
        families.push_back(make_single(MetricId::max_fds, facts.max_fds));
        families.push_back(make_single(MetricId::start_time, facts.start_seconds));
    }

    void add_readers(std::vector<MetricFamily>& families) const {
        sources_.readers.visit([&](const ReaderFamily& readers) {
            MetricFamily family = make_family(readers.name, readers.help, kind_of(readers.kind));
            for (const ReaderFamily::Series& series : readers.series) {
                PrometheusLabels labels;
                for (const auto& [name, value] : series.labels) labels.push_back({name, to_utf8(value)});
                if (readers.kind == Telemetry::Kind::histogram) {
                    HistogramTotals totals;
                    for (const Histogram* part : series.parts) totals.add(*part);
                    add_histogram(family, std::move(labels), totals);
                } else {
                    add_number(family, std::move(labels), series.read());
                }
            }
            families.push_back(std::move(family));
        });
    }

    const Sources& sources_;
};

}  // namespace

std::string write_exposition(const Sources& sources) {
    return prometheus::TextSerializer().Serialize(Collector(sources).Collect());
}

}  // namespace sidecache::telemetry
