#include "proxy/server.hpp"

#include "cache/epochs/epochs.hpp"
#include "cache/fleet/control.hpp"
#include "cache/seal/name.hpp"
#include "cache/switches/switches.hpp"
#include "proxy/pipeline/announcement.hpp"
#include "proxy/pipeline/explain.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <thread>
#include <tuple>

namespace sidecache {
namespace {

// What makes one stored response of several: where nodes share them, they have to agree.
void append_keying(std::string& text, std::string_view route, const policy::Rules& rules) {
    text.append("\nkeys ").append(route).append(rules.share_set_cookie ? " share" : "");
    for (const auto& name : rules.keys.drop) text.append(" drop ").append(name);
    for (const auto& [name, value] : rules.keys.defaults) text.append(" default ").append(name).append("=").append(value);
    for (const auto& [name, most] : rules.keys.clamp) text.append(" clamp ").append(name).append("=").append(std::to_string(most));
    for (const auto& tag : rules.keys.languages.tags) text.append(" language ").append(tag);
    if (rules.keys.languages.is_order_ignored) text.append(" in any order");
    if (rules.principal) text.append(" principal");
}

// Groups of a fleet that seals are named by its key as well: nobody who reads Redis can try guesses at what was written.
std::uint64_t group_seed(const config::Settings& settings) {
    if (!settings.tier || settings.tier->keys == nullptr) return 0;
    const auto name = seal::name_of(*settings.tier->keys, "seed of groups");
    if (!name) throw std::runtime_error("redis.seal: " + seal::describe(name.error()));
    return policy::hash_for_all(name->view());
}

// The identity of what names groups: a change makes every stored response a validator and nothing else (CONSISTENCY 1.5), and nodes whose rules differ invalidate everything (1.3). So it does where clients may no longer see the
// fields that name them, which stand in what is stored.
std::uint64_t rules_identity(const config::Settings& settings) {
    std::string text = settings.origin.name + '\n' + std::to_string(settings.pipeline.groups) + (settings.pipeline.keep_absent ? "\nabsent kept" : "") + (settings.pipeline.tells_groups ? "" : "\ngroups withheld");
    for (const auto& route : settings.route_groups) {
        for (const auto& name : route.groups) text.append("\nroute ").append(route.path.text()).append(" ").append(name.text());
    }
    for (const auto& rule : settings.write_rules) {
        text.append("\nwrite ").append(rule.path.text());
        for (const auto& method : rule.methods) text.append(" ").append(method);
        for (const auto& name : rule.groups) text.append(" names ").append(name.text());
        for (const auto& path : rule.otherwise) text.append(" or ").append(path.text());
        text.append(rule.is_everything ? " everything" : "").append(rule.is_safe ? " safe" : "");
    }
    if (settings.fleet) {
        text.append("\nseed ").append(std::to_string(group_seed(settings)));
        append_keying(text, "", settings.unmatched);
        for (const auto& route : settings.routes) append_keying(text, route.path.text(), route.rules);
    }
    return policy::hash_for_all(text);
}

std::string text_of(bool value) { return value ? "true" : "false"; }

template <typename Addresses>
std::string texts_of(const Addresses& addresses) {
    std::string all;
    for (const auto& address : addresses) all += address.text + ' ';
    return all;
}

std::string texts_of(const std::optional<fleet::ControlOptions>& fleet) {
    if (!fleet) return {};
    const redis::Address& address = fleet->redis.address;
    return address.text() + ' ' + address.user + ' ' + address.password + ' ' + fleet->redis.sentinel_user + ' ' + fleet->redis.sentinel_password + ' ' + fleet->prefix + ' ' + std::to_string(static_cast<int>(fleet->mode)) + ' ' +
           std::to_string(fleet->write_deadline.count()) + ' ' + std::to_string(fleet->parameters.lease.count()) + ' ' + std::to_string(fleet->writes) + ' ' +
           std::to_string(fleet->deadline.count()) + ' ' + std::to_string(fleet->proof_deadline.count()) + ' ' + std::to_string(fleet->redis.connect.count());
}

std::string texts_of(const std::optional<tiers::TierOptions>& tier) {
    if (!tier) return {};
    std::string keys;
    if (tier->keys != nullptr) {
        for (const seal::SealKey& key : tier->keys->all()) keys += seal::hex_of(key.id()) + ' ';
    }
    return keys + std::to_string(tier->max_object) + ' ' + std::to_string(tier->compression.above) + ' ' + std::to_string(tier->queue) + ' ' + std::to_string(tier->queue_size) + ' ' +
           std::to_string(tier->pipe.waiting) + ' ' + std::to_string(tier->pipe.deadline.count());
}

// What a reload cannot change, by the names of its keys.
std::string changed_for_restart(const config::Settings& before, const config::Settings& after) {
    std::string names;
    const auto note = [&](bool is_changed, std::string_view name) {
        if (is_changed) names.append(names.empty() ? "" : ", ").append(name);
    };
    note(texts_of(before.listen) != texts_of(after.listen), "listen");
    note((before.admin ? before.admin->text : "") != (after.admin ? after.admin->text : ""), "admin");
    note(texts_of(before.query_listen) != texts_of(after.query_listen) || before.query.databases != after.query.databases, "query.listen, query.databases");
    note(before.workers != after.workers, "workers");
    note(before.memory.size != after.memory.size, "memory.size");
    note(before.memory.sweep != after.memory.sweep, "memory.sweep");
    const auto numbers = [](const origin::Options& options) {
        return std::tuple(options.name, options.preserve_host, options.resolve, options.pool_max, options.pool_wait, options.pool_idle, options.head, options.fields,
                          options.connect, options.first_byte, options.between_bytes);
    };
    note(numbers(before.origin) != numbers(after.origin) || texts_of(before.origin.servers) != texts_of(after.origin.servers), "origins");
    note(texts_of(before.fleet) != texts_of(after.fleet) || texts_of(before.tier) != texts_of(after.tier), "redis");
    note(before.epochs.slots != after.epochs.slots || before.epochs.holds != after.epochs.holds, "writes.slots, writes.holds");
    const auto logs = [](const telemetry::LogOptions& log) { return std::tuple(log.level, log.access, log.format, log.slow, log.queue); };
    note(logs(before.log) != logs(after.log), "log");
    return names;
}

}  // namespace

Server::Server(const config::Settings& settings)
    : settings_(settings),
      telemetry_(settings.log, settings.workers, SIDECACHE_VERSION),
      shared_(settings.memory, settings.epochs, rules_identity(settings), settings.pipeline.uncacheable, settings.pipeline.credentials),
      names_(settings_.origin) {
    for (const config::ListenAddress& address : settings_.listen) listenings_.emplace_back(address, settings_.workers);
    for (const config::ListenAddress& address : settings_.query_listen) query_listenings_.emplace_back(address, settings_.workers);
    if (!query_listenings_.empty()) keyspace_ = std::make_unique<keyspace::Keyspace>(shared_.store, settings_.query.databases, settings_.workers);
    if (settings_.fleet) join_fleet();
    if (settings_.tier) open_tier();
    if (settings_.admin) admin_listening_ = std::make_unique<runtime::Listening>(*settings_.admin, 1);
    const auto snapshot = make_snapshot(settings_);
    const Worker::House house{shared_, settings_.origin, names_, telemetry_, door_counts_, settings_.workers, settings_.tier ? &*settings_.tier : nullptr, keyspace_.get(), query_counts_};
    for (unsigned index = 0; index < settings_.workers; ++index) {
        workers_.push_back(std::make_unique<Worker>(house, index, snapshot, settings_.door, settings_.query));
    }
    show_to_admin(snapshot, settings_.door.head_limits);
    register_readers();
}

Server::~Server() = default;

void Server::join_fleet() {
    fleet::ControlOptions options = *settings_.fleet;
    options.parameters.slots = std::bit_ceil(settings_.epochs.slots);
    policy::GroupSpace space;
    space.name = settings_.origin.name;
    space.seed = group_seed(settings_);
    options.limits.everything = policy::everything_group(space);
    const auto tell = [this](std::string_view what) { telemetry_.log(telemetry::Level::warning, "redis", {{"what", std::string(what)}}); };
    fleet_ = std::make_unique<fleet::Control>(std::move(options), shared_.epochs, tell);
    shared_.fleet = fleet_.get();
}

void Server::open_tier() {
    const auto tell = [this](std::string_view what) { telemetry_.log(telemetry::Level::error, "task_failed", {{"what", std::string(what)}}); };
    tier_ = std::make_unique<tiers::TierWriter>(*settings_.tier, tier_counts_, tell);
    shared_.tier = tier_.get();
    shared_.tier_counts = &tier_counts_;
}

std::shared_ptr<const pipeline::Snapshot> Server::make_snapshot(const config::Settings& settings) {
    routes::RouteTable routes(settings.routes, settings.unmatched);
    std::vector<telemetry::RouteId> ids;
    for (std::size_t index = 0; index < routes.size(); ++index) ids.push_back(telemetry_.route_id(routes.label(index)));
    return std::make_shared<const pipeline::Snapshot>(pipeline::Snapshot{settings.pipeline, std::move(routes), std::move(ids), settings.principals, settings_.origin.name,
                                                                         settings_.origin.preserve_host, settings_.origin.servers.front().authority,
                                                                         settings.route_groups, settings.write_rules, rules_identity(settings), group_seed(settings_)});
}

std::string Server::start() {
    if (fleet_ != nullptr) fleet_->start();
    if (tier_ != nullptr) tier_->start();
    for (const auto& worker : workers_) {
        worker->listen(listenings_);
        worker->listen_for_queries(query_listenings_);
        worker->start();
    }
    sweeper_ = std::make_unique<Sweeper>(shared_, settings_.memory.sweep);
    is_listening_.store(true);
    std::string text;
    for (const runtime::Listening& listening : listenings_) text += "listening on " + listening.text() + "\n";
    for (const runtime::Listening& listening : query_listenings_) text += "queries on " + listening.text() + "\n";
    if (admin_listening_ != nullptr) {
        admin_ = std::make_unique<admin::AdminDoor>(*admin_listening_, admin_answers(), report_to(telemetry_));
        text += "admin on " + admin_listening_->text() + "\n";
    }
    return text;
}

void Server::reload(const config::Settings& settings) {
    const auto snapshot = make_snapshot(settings);
    for (const auto& worker : workers_) worker->adopt(snapshot, settings.door, settings.query);
    show_to_admin(snapshot, settings.door.head_limits);
    if (fleet_ != nullptr) {
        fleet_->adopt_rules(rules_identity(settings));
    } else {
        shared_.epochs.adopt_rules(rules_identity(settings));
    }
    settings_.drain = settings.drain;
    const std::string waiting = changed_for_restart(settings_, settings);
    telemetry_.log(telemetry::Level::info, "reloaded", {{"needs_restart", waiting.empty() ? "nothing" : waiting}});
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
    if (!switches::is_off(switches::Rule::no_reuse_in_drain)) shared_.epochs.end_trust();
    for (const auto& worker : workers_) worker->begin_drain();
    const auto wait_until_done = [](steady_clock::time_point until, const auto& is_done) {
        while (!is_done() && steady_clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return is_done();
    };
    const auto has_no_tasks = [this] { return tasks() == 0; };
    const auto until = steady_clock::now() + settings_.drain;
    wait_until_done(until, [this] { return static_cast<std::int64_t>(tasks()) <= query_counts_.tasks(); });
    for (const auto& worker : workers_) worker->end_queries();
    const bool is_clean = wait_until_done(until, has_no_tasks);
    if (!is_clean) {
        telemetry_.log(telemetry::Level::warning, "drain_cut", {{"exchanges", std::to_string(tasks())}});
        for (const auto& worker : workers_) worker->cut_all();
        wait_until_done(steady_clock::now() + std::chrono::seconds(5), has_no_tasks);
    }
    for (const auto& worker : workers_) worker->stop();
    for (const auto& worker : workers_) worker->join();
    if (admin_ != nullptr) admin_->stop();  // whoever waits there still listens to the fleet
    if (tier_ != nullptr) tier_->stop();
    if (fleet_ != nullptr) fleet_->stop();  // nobody asks it any more
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
        json = "{\"healthy\":" + text_of(stuck == 0) + ",\"workers\":" + std::to_string(workers_.size()) + ",\"stuck\":" + std::to_string(stuck) + "}\n";
        return stuck == 0;
    };
    answers.is_ready = [this](std::string& json) {
        const bool is_ready = is_listening_.load();
        // An origin that is down is shown, not failed: what is stored is served without it.
        std::int64_t open = 0;
        std::chrono::steady_clock::rep answer = 0;
        std::chrono::steady_clock::rep failure = 0;
        for (const auto& worker : workers_) {
            const origin::PoolCounts& counts = worker->origin_counts();
            open += counts.open.load(std::memory_order_relaxed);
            answer = std::max(answer, counts.last_answer.load(std::memory_order_relaxed));
            failure = std::max(failure, counts.last_failure.load(std::memory_order_relaxed));
        }
        json = "{\"ready\":" + text_of(is_ready) + ",\"draining\":" + text_of(!is_ready) + ",\"origin\":{\"connections\":" + std::to_string(open) +
               ",\"failing\":" + text_of(failure > answer) + "}" + fleet_json() + "}\n";
        return is_ready;
    };
    answers.explain = [this](std::string_view query) {
        const auto [snapshot, limits] = shown_to_admin();
        pipeline::Explanation told = pipeline::explain(shared_, *snapshot, limits, query, pipeline::Arrival::now());
        return admin::Answer{told.status, std::move(told.json)};
    };
    answers.invalidate = [this](runtime::Loop& loop, std::string_view json) { return invalidate(loop, json); };
    return answers;
}

// What is stored is not lost with Redis: it is validated with the origin.
std::string Server::fleet_json() const {
    if (fleet_ == nullptr) return {};
    return ",\"fleet\":{\"trusted\":" + text_of(is_trusted()) + ",\"members\":" + std::to_string(fleet_->counts().members.load(std::memory_order_relaxed)) + "}";
}

bool Server::is_trusted() const {
    const bool is_trusted = shared_.epochs.standing_of(shared_.epochs.stamp(), {}) == epochs::Standing::trusted;
    if (fleet_ == nullptr || !fleet_->verifies()) return is_trusted;
    // Each request is proven by itself: as far as can be told beforehand.
    const auto end = epochs::BootTime(epochs::BootTime::duration(fleet_->counts().lease_end.load(std::memory_order_relaxed)));
    return is_trusted && epochs::BootClock::now() < end;
}

runtime::Task<admin::Answer> Server::invalidate(runtime::Loop& loop, std::string_view json) {
    pipeline::Invalidation invalidation = pipeline::invalidation_of(*shown_to_admin().first, json);
    pipeline::Announced told = co_await pipeline::invalidate(loop, shared_, std::move(invalidation));
    co_return admin::Answer{told.status, std::move(told.json)};
}

void Server::show_to_admin(std::shared_ptr<const pipeline::Snapshot> snapshot, const http1::HeadLimits& limits) {
    const std::scoped_lock guard(shown_lock_);
    shown_snapshot_ = std::move(snapshot);
    shown_limits_ = limits;
}

std::pair<std::shared_ptr<const pipeline::Snapshot>, http1::HeadLimits> Server::shown_to_admin() {
    const std::scoped_lock guard(shown_lock_);
    return {shown_snapshot_, shown_limits_};
}

}  // namespace sidecache
