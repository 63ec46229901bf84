// What /metrics answers: cells summed over the workers, readers read, in the text exposition format.
#pragma once

#include "proxy/telemetry/cells.hpp"
#include "proxy/telemetry/readers.hpp"
#include "proxy/telemetry/route_labels.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sidecache::telemetry {

struct Sources {
    std::span<const WorkerCells* const> workers;
    const RouteLabels& labels;
    const Readers& readers;
    std::string_view version;
    std::uint64_t log_lost;  // lines that the output lost, beside those which workers dropped
};

std::string write_exposition(const Sources& sources);

}  // namespace sidecache::telemetry
