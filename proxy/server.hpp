// The whole program once it is configured: everything that lives as long as the process, from start to the end of the drain.
#pragma once

#include "config/load.hpp"
#include "proxy/admin/admin_door.hpp"
#include "proxy/sweeper.hpp"
#include "proxy/worker.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sidecache::fleet {
class Control;
}

namespace sidecache {

class Server {
public:
    // Binds its addresses; throws std::runtime_error with a sentence for the operator.
    explicit Server(const config::Settings& settings);
    ~Server();

    // Starts the workers; addresses that it listens on, one a line, for whoever started it.
    std::string start();

    // Takes over what can change while it runs; what cannot is named in the log.
    void reload(const config::Settings& settings);
    void reopen_logs();

    // Ends what idles, waits for the rest, at most `settings.drain`; then ends that too. True if nothing had to be cut.
    bool drain();

    telemetry::Telemetry& telemetry() noexcept { return telemetry_; }

private:
    std::shared_ptr<const pipeline::Snapshot> make_snapshot(const config::Settings& settings);
    void join_fleet();
    void open_tier();
    void register_tier_readers();
    std::string fleet_json() const;  // of /readyz
    bool is_trusted() const;         // may anything be reused now?
    void register_readers();
    void register_fleet_readers();
    void register_query_readers();
    admin::Answers admin_answers();
    runtime::Task<admin::Answer> invalidate(runtime::Loop& loop, std::string_view json);
    void show_to_admin(std::shared_ptr<const pipeline::Snapshot> snapshot, const http1::HeadLimits& limits);
    std::pair<std::shared_ptr<const pipeline::Snapshot>, http1::HeadLimits> shown_to_admin();
    std::size_t tasks() const;

    config::Settings settings_;
    telemetry::Telemetry telemetry_;
    pipeline::Shared shared_;
    origin::Names names_;
    door::Counts door_counts_;
    query::Counts query_counts_;
    std::unique_ptr<keyspace::Keyspace> keyspace_;  // null: there is no query door
    std::vector<runtime::Listening> listenings_;
    std::vector<runtime::Listening> query_listenings_;
    std::unique_ptr<runtime::Listening> admin_listening_;
    std::unique_ptr<fleet::Control> fleet_;  // null: one node
    tiers::TierCounts tier_counts_;
    std::unique_ptr<tiers::TierWriter> tier_;  // null: responses are in memory alone
    std::vector<std::unique_ptr<Worker>> workers_;
    std::unique_ptr<admin::AdminDoor> admin_;
    std::unique_ptr<Sweeper> sweeper_;
    std::atomic<bool> is_listening_{false};

    // What the admin door's thread judges by; a reload replaces it.
    std::mutex shown_lock_;
    std::shared_ptr<const pipeline::Snapshot> shown_snapshot_;
    http1::HeadLimits shown_limits_;
};

}  // namespace sidecache
