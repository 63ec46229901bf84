#include "proxy/server.hpp"

#include "cache/epochs/epochs.hpp"

#include <chrono>
#include <thread>

namespace sidecache {
namespace {

// The identity of what names groups: a change makes every stored response a validator and nothing else (CONSISTENCY 1.5).
std::uint64_t rules_identity(const config::Settings& settings) {
    std::string text = settings.origin.name + '\n' + std::to_string(settings.pipeline.groups);
    return policy::hash_key(text).low;
}

constexpr std::size_t accept_tasks = 0;

}  // namespace

Server::Server(const config::Settings& settings)
    : settings_(settings),
      telemetry_(settings.log, settings.workers, SIDECACHE_VERSION),
      shared_(settings.memory, settings.epochs, rules_identity(settings), settings.pipeline.uncacheable),
      names_(settings_.origin) {
    for (const config::ListenAddress& address : settings_.listen) listenings_.emplace_back(address, settings_.workers);
    if (settings_.admin) admin_listening_ = std::make_unique<runtime::Listening>(*settings_.admin, 1);
    const auto snapshot = make_snapshot(settings_);
    const Worker::House house{shared_, settings_.origin, names_, telemetry_, door_counts_, settings_.workers};
    for (unsigned index = 0; index < settings_.workers; ++index) {
        workers_.push_back(std::make_unique<Worker>(house, index, snapshot, settings_.door));
    }
    register_readers();
}

Server::~Server() = default;

std::shared_ptr<const pipeline::Snapshot> Server::make_snapshot(const config::Settings& settings) {
    routes::RouteTable routes(settings.routes, settings.unmatched);
    std::vector<telemetry::RouteId> ids;
    for (std::size_t index = 0; index < routes.size(); ++index) ids.push_back(telemetry_.route_id(routes.label(index)));
    return std::make_shared<const pipeline::Snapshot>(pipeline::Snapshot{settings.pipeline, std::move(routes), std::move(ids), settings_.origin.name,
                                                                         settings_.origin.preserve_host, settings_.origin.servers.front().authority});
}

std::string Server::start() {
    for (const auto& worker : workers_) {
        worker->listen(listenings_);
        worker->start();
    }
    is_listening_.store(true);
    std::string text;
    for (const runtime::Listening& listening : listenings_) text += "listening on " + listening.text() + "\n";
    if (admin_listening_ != nullptr) {
        admin_ = std::make_unique<admin::AdminDoor>(*admin_listening_, admin_answers());
        text += "admin on " + admin_listening_->text() + "\n";
    }
    return text;
}

void Server::reload(const config::Settings& settings) {
    const auto snapshot = make_snapshot(settings);
    for (const auto& worker : workers_) worker->adopt(snapshot, settings.door);
    shared_.epochs.adopt_rules(rules_identity(settings));
    const bool needs_restart = settings.workers != settings_.workers || settings.memory.size != settings_.memory.size ||
                               settings.origin.servers.size() != settings_.origin.servers.size();
    telemetry_.log(telemetry::Level::info, "reloaded", {{"needs_restart", needs_restart ? "workers, memory or origins changed: they hold after a restart" : "no"}});
}

void Server::reopen_logs() { telemetry_.reopen(); }

std::size_t Server::tasks() const {
    std::size_t count = 0;
    for (const auto& worker : workers_) count += worker->loop().tasks();
    return count;
}

bool Server::drain() {
    using std::chrono::steady_clock;
    is_listening_.store(false);
    // The process that takes over does not tell this one of its writes: nothing is reused from here on (CONSISTENCY S26).
    shared_.is_draining.store(true);
    shared_.epochs.end_trust();
    for (const auto& worker : workers_) worker->begin_drain();
    const auto wait_until_done = [this](std::chrono::milliseconds time) {
        const auto until = steady_clock::now() + time;
        while (tasks() > accept_tasks && steady_clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return tasks() <= accept_tasks;
    };
    bool is_clean = wait_until_done(settings_.drain);
    if (!is_clean) {
        telemetry_.log(telemetry::Level::warning, "drain_cut", {{"exchanges", std::to_string(tasks())}});
        for (const auto& worker : workers_) worker->cut_all();
        wait_until_done(std::chrono::seconds(5));
    }
    for (const auto& worker : workers_) worker->stop();
    for (const auto& worker : workers_) worker->join();
    admin_.reset();
    return is_clean;
}

admin::Answers Server::admin_answers() {
    admin::Answers answers;
    answers.metrics = [this] { return telemetry_.exposition(); };
    answers.is_healthy = [this](std::string& json) {
        const auto now = std::chrono::steady_clock::now();
        std::size_t stuck = 0;
        for (const auto& worker : workers_) stuck += now - worker->loop().last_turn() > std::chrono::seconds(2) ? 1 : 0;
        json = "{\"healthy\":" + std::string(stuck == 0 ? "true" : "false") + ",\"workers\":" + std::to_string(workers_.size()) + ",\"stuck\":" + std::to_string(stuck) + "}\n";
        return stuck == 0;
    };
    answers.is_ready = [this](std::string& json) {
        const bool is_ready = is_listening_.load();
        std::int64_t open = 0;
        for (const auto& worker : workers_) open += worker->origin_counts().open.load(std::memory_order_relaxed);
        json = "{\"ready\":" + std::string(is_ready ? "true" : "false") + ",\"draining\":" + (is_ready ? "false" : "true") + ",\"origin\":{\"connections\":" + std::to_string(open) + "}}\n";
        return is_ready;
    };
    return answers;
}

}  // namespace sidecache
