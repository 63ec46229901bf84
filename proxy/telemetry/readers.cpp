#include "proxy/telemetry/readers.hpp"

#include "proxy/telemetry/metric_table.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace sidecache::telemetry {

void Readers::add(Telemetry::Kind kind, std::string name, std::string help, ReaderFamily::Series series) {
    assert(std::ranges::find(metric_table, name, &Metric::name) == metric_table.end());
    const std::scoped_lock guard(lock_);
    auto family = std::ranges::find(families_, name, &ReaderFamily::name);
    if (family == families_.end()) family = families_.insert(family, {kind, std::move(name), std::move(help), {}});
    assert(family->kind == kind);

    const auto present = std::ranges::find(family->series, series.labels, &ReaderFamily::Series::labels);
    if (present != family->series.end()) {
        *present = std::move(series);
    } else {
        family->series.push_back(std::move(series));
    }
}

}  // namespace sidecache::telemetry
