#include "proxy/telemetry/readers.hpp"

#include "proxy/telemetry/metric_table.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace sidecache::telemetry {

void Readers::add(Telemetry::Kind kind, std::string name, std::string help, Telemetry::Labels labels,
                  std::function<double()> read) {
    assert(std::ranges::find(metric_table, name, &Metric::name) == metric_table.end());
    const std::scoped_lock guard(lock_);
    auto family = std::ranges::find(families_, name, &ReaderFamily::name);
    if (family == families_.end()) family = families_.insert(family, {kind, std::move(name), std::move(help), {}});
    assert(family->kind == kind);

    const auto series = std::ranges::find(family->series, labels, &ReaderFamily::Series::labels);
    if (series != family->series.end()) {
        series->read = std::move(read);
    } else {
        family->series.push_back({std::move(labels), std::move(read)});
    }
}

}  // namespace sidecache::telemetry
