// What stands behind one worker's Recorder.
#pragma once

#include "proxy/telemetry/cells.hpp"
#include "proxy/telemetry/log_ring.hpp"
#include "proxy/telemetry/telemetry.hpp"

#include <chrono>

namespace sidecache::telemetry {

class Recorder::Impl {
public:
    Impl(LogRing* ring, std::chrono::nanoseconds queued_from) : ring_(ring), queued_from_(queued_from) {}

    void record(const ExchangeRecord& record) noexcept {
        cells.count(record);
        if (ring_ == nullptr || record.duration < queued_from_) return;
        if (!ring_->try_push(record)) cells.log_dropped.add(1);
    }

    void record(const FetchRecord& record) noexcept { cells.count(record); }

    WorkerCells cells;

private:
    LogRing* const ring_;  // null: nothing is logged
    const std::chrono::nanoseconds queued_from_;
};

}  // namespace sidecache::telemetry
