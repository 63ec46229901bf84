// One worker: one thread, one loop, its own acceptors, origin connections and pipeline.
#pragma once

#include "cache/tiers/redis_tier.hpp"
#include "proxy/http/door.hpp"
#include "proxy/origin/pool.hpp"
#include "proxy/pipeline/pipeline.hpp"
#include "proxy/query/door.hpp"
#include "proxy/runtime/listening.hpp"
#include "proxy/runtime/loop.hpp"
#include "proxy/telemetry/telemetry.hpp"

#include <memory>
#include <thread>
#include <vector>

namespace sidecache {

// What a loop says of a task that an exception ended: our bug, told in the log.
runtime::Loop::OnException report_to(telemetry::Telemetry& telemetry);

class Worker {
public:
    struct House {  // what all workers share; outlives them
        pipeline::Shared& shared;
        const origin::Options& origin;
        const origin::Names& names;
        telemetry::Telemetry& telemetry;
        door::Counts& door_counts;
        unsigned workers;
        const tiers::TierOptions* tier = nullptr;  // null: responses are in memory alone
        keyspace::Keyspace* keyspace = nullptr;    // null: there is no query door
        query::Counts& query_counts;
    };

    Worker(const House& house, unsigned index, std::shared_ptr<const pipeline::Snapshot> snapshot, const door::Options& options, const query::Options& query);

    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    // Before start.
    void listen(std::vector<runtime::Listening>& listenings);
    void listen_for_queries(std::vector<runtime::Listening>& listenings);
    void start();
    void join() { thread_.join(); }

    // Any thread.
    void adopt(std::shared_ptr<const pipeline::Snapshot> snapshot, const door::Options& options, const query::Options& query);
    void begin_drain();
    void end_queries();  // once the exchanges of HTTP are over, whose application may need its cache
    void cut_all();
    void stop() { loop_.stop(); }
    const redis::PipeCounts* tier_counts() const noexcept { return tier_ == nullptr ? nullptr : &tier_->counts(); }

    const query::Tally* query_tally() const noexcept { return query_door_ == nullptr ? nullptr : &query_door_->tally(); }

    const runtime::Loop& loop() const noexcept { return loop_; }
    const origin::PoolCounts& origin_counts() const noexcept { return pool_.counts(); }

private:
    unsigned index_;
    runtime::Loop loop_;
    origin::Pool pool_;
    std::unique_ptr<tiers::TierReader> tier_;
    pipeline::Pipeline pipeline_;
    door::HttpDoor door_;
    std::unique_ptr<query::QueryDoor> query_door_;
    std::thread thread_;
};

}  // namespace sidecache
