#include "proxy/worker.hpp"

#include <pthread.h>

#include <string>
#include <utility>

namespace sidecache {
runtime::Loop::OnException report_to(telemetry::Telemetry& telemetry) {
    return [&telemetry](std::string_view task, std::string_view what) {
        telemetry.log(telemetry::Level::error, "task_failed", {{"task", std::string(task)}, {"what", std::string(what)}});
    };
}

Worker::Worker(const House& house, unsigned index, std::shared_ptr<const pipeline::Snapshot> snapshot, const door::Options& options, const query::Options& query)
    : index_(index),
      loop_(report_to(house.telemetry)),
      pool_(loop_, house.origin, house.names, house.workers),
      tier_(house.tier == nullptr ? nullptr : std::make_unique<tiers::TierReader>(loop_, *house.tier, *house.shared.tier_counts)),
      pipeline_(loop_, house.shared, pool_, house.telemetry.recorder(index), std::move(snapshot), tier_.get()),
      door_(loop_, pipeline_, house.telemetry.recorder(index), house.door_counts, options),
      query_door_(house.keyspace == nullptr ? nullptr : std::make_unique<query::QueryDoor>(loop_, *house.keyspace, house.query_counts, query, index)) {}

Worker::~Worker() {
    // Tasks that a drain could not end use the door and the pool: they go first.
    door_.end();
    if (query_door_ != nullptr) query_door_->end();
    pool_.close();
    tier_.reset();
    loop_.destroy_tasks();
}

void Worker::listen(std::vector<runtime::Listening>& listenings) {
    for (runtime::Listening& listening : listenings) door_.listen(listening.release(index_), listening.family());
}

void Worker::listen_for_queries(std::vector<runtime::Listening>& listenings) {
    for (runtime::Listening& listening : listenings) query_door_->listen(listening.release(index_), listening.family());
}

void Worker::start() {
    thread_ = std::thread([this] { loop_.run(); });
    pthread_setname_np(thread_.native_handle(), ("worker " + std::to_string(index_)).c_str());
}

void Worker::adopt(std::shared_ptr<const pipeline::Snapshot> snapshot, const door::Options& options, const query::Options& query) {
    loop_.post([this, snapshot = std::move(snapshot), options, query] {
        pipeline_.adopt(snapshot);
        door_.adopt(options);
        if (query_door_ != nullptr) query_door_->adopt(query);
    });
}

void Worker::begin_drain() {
    loop_.post([this] {
        door_.close();
        pool_.close_idle();
        if (tier_ != nullptr) tier_->close();  // nothing of it is reused any more; its tasks are not to be waited for
    });
}

void Worker::end_queries() {
    if (query_door_ == nullptr) return;
    loop_.post([this] { query_door_->close(); });
}

void Worker::cut_all() {
    loop_.post([this] {
        pool_.close();
        for (runtime::Endable& stream : loop_.streams()) stream.cut();
    });
}

}  // namespace sidecache
