// Numbers that the rooms keep, told to telemetry: read at scrape, counted nowhere twice.
#include "proxy/server.hpp"

#include "cache/fleet/control.hpp"
#include "cache/tiers/redis_tier.hpp"

namespace sidecache {
namespace {

using telemetry::Telemetry;

template <typename Integer>
std::function<double()> reader(const std::atomic<Integer>& value) {
    return [&value] { return static_cast<double>(value.load(std::memory_order_relaxed)); };
}

struct Adding {
    Telemetry& telemetry;

    void counter(std::string name, std::string help, Telemetry::Labels labels, std::function<double()> read) const {
        telemetry.add_reader(Telemetry::Kind::counter, std::move(name), std::move(help), std::move(labels), std::move(read));
    }
    void gauge(std::string name, std::string help, std::function<double()> read) const {
        telemetry.add_reader(Telemetry::Kind::gauge, std::move(name), std::move(help), {}, std::move(read));
    }
};

// Of responses, and of the fleet's state.
constexpr const char* redis_duration = "sidecache_redis_duration_seconds";
constexpr const char* redis_duration_help = "Time from asking Redis to the last of its replies, by what for: stored responses, or the fleet's state.";
Telemetry::Labels error_label(std::size_t trouble) { return {{"error", std::string(redis::name_of(static_cast<redis::Trouble>(trouble)))}}; }

}  // namespace

void Server::register_readers() {
    const Adding add{telemetry_};

    add.gauge("sidecache_memory_bytes", "Bytes of stored responses and of the query door's values in the memory tier, index included.", [this] { return static_cast<double>(shared_.store.stats().bytes); });
    add.gauge("sidecache_memory_limit_bytes", "Budget of the memory tier.", [this] { return static_cast<double>(shared_.store.stats().budget); });
    add.gauge("sidecache_memory_entries", "Stored responses, parts of them, marks of their variants and values of the query door in the memory tier.", [this] { return static_cast<double>(shared_.store.stats().entries); });
    add.counter("sidecache_memory_insertions_total", "Responses and values stored in the memory tier.", {}, [this] { return static_cast<double>(shared_.store.stats().insertions); });
    add.counter("sidecache_memory_evictions_total", "Responses and values evicted from the memory tier to keep its budget.", {}, [this] { return static_cast<double>(shared_.store.stats().evictions); });
    add.counter("sidecache_memory_refusals_total", "Responses not admitted to a full memory tier: larger than what they were missed for is worth.", {}, [this] { return static_cast<double>(shared_.store.stats().refusals); });
    add.counter("sidecache_memory_expirations_total", "Responses, parts, marks and values dropped from the memory tier, since their time to be kept was over, or since their database was flushed.", {}, [this] { return static_cast<double>(shared_.store.stats().expirations); });

    const auto& counts = shared_.counts;
    const std::string invalidations = "sidecache_invalidations_total";
    const std::string invalidations_help = "Ticks of the invalidation clock, by cause.";
    add.counter(invalidations, invalidations_help, {{"cause", "write"}}, reader(counts.writes_invalidating));
    add.counter(invalidations, invalidations_help, {{"cause", "unknown_outcome"}}, reader(counts.writes_unknown));
    add.counter(invalidations, invalidations_help, {{"cause", "begun"}}, reader(counts.writes_fenced));
    add.counter(invalidations, invalidations_help, {{"cause", "announced"}}, reader(counts.writes_announced));
    add.counter(invalidations, invalidations_help, {{"cause", "purge"}}, reader(counts.purges));
    add.counter("sidecache_soft_invalidations_total", "Invalidations by hand that made stale and ended nothing.", {}, reader(counts.softened));
    add.counter("sidecache_reuse_refused_total", "Requests that were refused what is stored for them, since a write came after its fill began.", {}, reader(shared_.epochs.counts().refused));
    add.counter("sidecache_reuse_refused_by_others_total", "Of those, the ones for which only other groups of the same slots can be blamed, by what was invalidated there last: false invalidations, rather too many than too few.", {}, reader(shared_.epochs.counts().refused_by_others));
    add.gauge("sidecache_epoch", "The invalidation clock.", [this] { return static_cast<double>(shared_.epochs.clock()); });

    add.counter("sidecache_fills_total", "Fetches from the origin on behalf of the cache.", {}, reader(counts.fills));
    add.gauge("sidecache_fill_waiting", "Requests that wait for the head of a fill, their own or another one's.", reader(counts.fill_waiting));
    add.counter("sidecache_principals_ended_total", "Credentials that the origin refused, or that ended with a logout: nothing stored so far serves them.", {}, [this] { return static_cast<double>(shared_.standings.ended()); });
    add.counter("sidecache_fills_overtaken_total", "Fills that a waiting request could not share, mostly since a write overtook them.", {}, reader(counts.fills_overtaken));
    add.counter("sidecache_fills_refused_total", "Fills not installed, since something newer was stored.", {}, reader(counts.fills_refused));
    add.counter("sidecache_refreshes_total", "Background fills of stale responses.", {}, reader(counts.refreshes));
    const auto& written = shared_.write_refreshes.counts;
    add.counter("sidecache_write_refreshes_total", "Stored responses fetched again in the background, since a write had ended them.", {}, reader(written.started));
    add.counter("sidecache_write_refreshes_paid_total", "Of those, the ones that have answered a request since.", {}, reader(written.paid));
    const std::string left = "sidecache_write_refreshes_left_total";
    const std::string left_help = "Stored responses that a write ended and that were left to the next request: they had too few hits, it came first, or who had asked asks no more.";
    add.counter(left, left_help, {{"reason", "cold"}}, reader(written.cold));
    add.counter(left, left_help, {{"reason", "late"}}, reader(written.late));
    add.counter(left, left_help, {{"reason", "ended"}}, reader(written.ended));
    add.gauge("sidecache_write_refresh_candidates", "Stored responses whose requests are kept to be sent again after a write.", [this] { return static_cast<double>(shared_.write_refreshes.candidates()); });
    const std::string confirmed = "sidecache_validations_confirmed_total";
    const std::string confirmed_help = "Stored responses that a 304 made fresh again: the one asked about, and other variants with its strong ETag.";
    add.counter(confirmed, confirmed_help, {{"which", "asked"}}, reader(counts.confirmed));
    add.counter(confirmed, confirmed_help, {{"which", "other_variant"}}, reader(counts.confirmed_beside));
    const std::string heads = "sidecache_head_updates_total";
    const std::string heads_help = "Stored responses to GET whose fields an answer to HEAD renewed, or that it showed to be outdated.";
    add.counter(heads, heads_help, {{"result", "renewed"}}, reader(counts.heads_renewed));
    add.counter(heads, heads_help, {{"result", "outdated"}}, reader(counts.heads_ended));
    const std::string parts = "sidecache_parts_total";
    const std::string parts_help = "Partial answers (206) that were stored, and whole responses put together from what was stored of them.";
    add.counter(parts, parts_help, {{"result", "stored"}}, reader(counts.parts_filed));
    add.counter(parts, parts_help, {{"result", "completed"}}, reader(counts.parts_completed));
    const std::string write_answers = "sidecache_write_answers_total";
    const std::string write_answers_help = "Answers to writes that answer GET from now on, or do not, since another write or a hold came between.";
    add.counter(write_answers, write_answers_help, {{"result", "stored"}}, reader(counts.write_answers_filed));
    add.counter(write_answers, write_answers_help, {{"result", "refused"}}, reader(counts.write_answers_refused));
    add.counter("sidecache_variants_dropped_total", "Variants dropped to keep limits.variants.", {}, reader(counts.variants_dropped));
    add.counter("sidecache_origin_retries_total", "Safe requests sent again, since a reused connection had been closed.", {}, reader(counts.retries));

    const auto pools = [this](std::atomic<std::int64_t> origin::PoolCounts::*count) {
        return [this, count] {
            std::int64_t sum = 0;
            for (const auto& worker : workers_) sum += (worker->origin_counts().*count).load(std::memory_order_relaxed);
            return static_cast<double>(sum);
        };
    };
    const auto pools_total = [this](std::atomic<std::uint64_t> origin::PoolCounts::*count) {
        return [this, count] {
            std::uint64_t sum = 0;
            for (const auto& worker : workers_) sum += (worker->origin_counts().*count).load(std::memory_order_relaxed);
            return static_cast<double>(sum);
        };
    };
    add.gauge("sidecache_origin_connections", "Connections to the origin that are open.", pools(&origin::PoolCounts::open));
    add.gauge("sidecache_origin_connections_idle", "Connections to the origin that wait for a request.", pools(&origin::PoolCounts::idle));
    add.gauge("sidecache_origin_waiting", "Requests that wait for a connection to the origin.", pools(&origin::PoolCounts::waiting));
    add.counter("sidecache_origin_connections_opened_total", "Connections to the origin that were made.", {}, pools_total(&origin::PoolCounts::opened));
    add.counter("sidecache_origin_connections_reused_total", "Exchanges on a connection to the origin that had carried one before.", {}, pools_total(&origin::PoolCounts::reused));

    add.gauge("sidecache_client_connections", "Client connections that are open.", reader(door_counts_.connections));
    add.counter("sidecache_client_connections_accepted_total", "Client connections accepted.", {}, reader(door_counts_.accepted));
    add.counter("sidecache_client_connections_refused_total", "Client connections refused over limits.connections.", {}, reader(door_counts_.refused));
    add.counter("sidecache_bad_requests_total", "Requests refused before they reached the cache.", {}, reader(door_counts_.bad_requests));
    if (fleet_ != nullptr) register_fleet_readers();
    if (tier_ != nullptr) register_tier_readers();
    if (keyspace_ != nullptr) register_query_readers();
}

void Server::register_tier_readers() {
    const Adding add{telemetry_};
    const std::string lookups = "sidecache_redis_lookups_total";
    const std::string lookups_help = "Looks for a response in Redis, by what came of them.";
    add.counter(lookups, lookups_help, {{"result", "hit"}}, reader(tier_counts_.hits));
    add.counter(lookups, lookups_help, {{"result", "validator"}}, reader(tier_counts_.validators));
    add.counter(lookups, lookups_help, {{"result", "outdated"}}, reader(tier_counts_.outdated));
    add.counter(lookups, lookups_help, {{"result", "miss"}}, reader(tier_counts_.misses));
    add.counter(lookups, lookups_help, {{"result", "failure"}}, reader(tier_counts_.failures));
    const std::string leases = "sidecache_redis_leases_total";
    const std::string leases_help = "Misses of routes with a lease: fetched for all nodes, served what another node had fetched meanwhile, or waited for that in vain.";
    add.counter(leases, leases_help, {{"result", "taken"}}, reader(tier_counts_.leases_taken));
    add.counter(leases, leases_help, {{"result", "awaited"}}, reader(tier_counts_.leases_awaited));
    add.counter(leases, leases_help, {{"result", "in_vain"}}, reader(tier_counts_.leases_in_vain));
    const std::string refused = "sidecache_redis_refused_total";
    const std::string refused_help = "Values in Redis that were taken for no stored response, by why: misses.";
    for (std::size_t i = 0; i < forms::refusal_count; ++i) {
        add.counter(refused, refused_help, {{"reason", std::string(forms::name_of(static_cast<forms::Refusal>(i)))}}, reader(tier_counts_.refused[i]));
    }
    add.counter(refused, refused_help, {{"reason", "seal"}}, reader(tier_counts_.unsealed));
    const std::string writes = "sidecache_redis_writes_total";
    const std::string writes_help = "Responses, and marks of their variants, that were to be written to Redis, by what became of them.";
    add.counter(writes, writes_help, {{"result", "written"}}, reader(tier_counts_.written));
    add.counter(writes, writes_help, {{"result", "failed"}}, reader(tier_counts_.write_failures));
    add.counter(writes, writes_help, {{"result", "too_large"}}, reader(tier_counts_.too_large));
    add.counter(writes, writes_help, {{"result", "dropped"}}, reader(tier_counts_.dropped));

    // Of the workers' connections, by which is read, and the one by which is written.
    const auto sum = [this](auto of) {
        return [this, of] {
            double total = of(tier_->redis_counts());
            for (const auto& worker : workers_) total += of(*worker->tier_counts());
            return total;
        };
    };
    const auto value = [](const auto& atomic) { return static_cast<double>(atomic.load(std::memory_order_relaxed)); };
    add.counter("sidecache_redis_commands_total", "Commands sent to Redis for responses.", {}, sum([value](const redis::PipeCounts& counts) { return value(counts.asked); }));
    for (std::size_t i = 1; i < redis::trouble_count; ++i) {
        add.counter("sidecache_redis_errors_total", "Exchanges with Redis for responses that failed, by how.", error_label(i), sum([value, i](const redis::PipeCounts& counts) { return value(counts.troubles[i]); }));
    }
    add.counter("sidecache_redis_connections_opened_total", "Connections to Redis for responses that were made.", {}, sum([value](const redis::PipeCounts& counts) { return value(counts.connections); }));
    add.counter("sidecache_redis_sent_bytes_total", "Bytes sent to Redis for responses.", {}, sum([value](const redis::PipeCounts& counts) { return value(counts.sent); }));
    add.counter("sidecache_redis_received_bytes_total", "Bytes received from Redis for responses.", {}, sum([value](const redis::PipeCounts& counts) { return value(counts.received); }));
    add.gauge("sidecache_redis_waiting", "Commands that wait for an answer of Redis.", sum([value](const redis::PipeCounts& counts) { return value(counts.waiting); }));
    add.gauge("sidecache_redis_breakers_open", "Connections to Redis that are left alone for a while, since they failed too often in a row.", sum([value](const redis::PipeCounts& counts) { return value(counts.left_alone); }));
    const std::string redirects = "sidecache_redis_redirects_total";
    const std::string redirects_help = "Commands that a Redis Cluster sent to another server: since the slot of their key had moved there, or is on its way.";
    add.counter(redirects, redirects_help, {{"kind", "moved"}}, sum([value](const redis::PipeCounts& counts) { return value(counts.moves); }));
    add.counter(redirects, redirects_help, {{"kind", "ask"}}, sum([value](const redis::PipeCounts& counts) { return value(counts.asks); }));
    std::vector<const telemetry::Histogram*> latencies{&tier_->redis_counts().latency};
    for (const auto& worker : workers_) latencies.push_back(&worker->tier_counts()->latency);
    telemetry_.add_histogram(redis_duration, redis_duration_help, {{"use", "responses"}}, std::move(latencies));
}

void Server::register_fleet_readers() {
    const Adding add{telemetry_};
    const fleet::ControlCounts& counts = fleet_->counts();
    add.gauge("sidecache_fleet_trusted", "1 while this node knows of every write of the fleet, so that it may reuse what is stored; 0: everything is validated with the origin.", [this] { return is_trusted() ? 1.0 : 0.0; });
    add.gauge("sidecache_fleet_members", "Nodes of the fleet that may reuse what they have stored, this one included.", reader(counts.members));
    add.gauge("sidecache_fleet_mirror_lag", "Ticks of the fleet that this node has not applied yet.", [&counts] {
        const auto clock = counts.clock.load(std::memory_order_relaxed);
        const auto applied = counts.applied.load(std::memory_order_relaxed);
        return clock > applied ? static_cast<double>(clock - applied) : 0.0;
    });
    const std::string turns = "sidecache_fleet_turns_total";
    const std::string turns_help = "Exchanges with the fleet's state in Redis, by what became of them.";
    add.counter(turns, turns_help, {{"result", "kept"}}, [&counts] {
        const auto all = counts.turns.load(std::memory_order_relaxed);
        const auto failed = counts.failed_turns.load(std::memory_order_relaxed);
        return all > failed ? static_cast<double>(all - failed) : 0.0;
    });
    add.counter(turns, turns_help, {{"result", "failed"}}, reader(counts.failed_turns));
    add.counter("sidecache_fleet_ticks_applied_total", "Invalidations of the fleet that were applied here, its own included.", {}, reader(counts.messages));
    add.counter("sidecache_fleet_tables_read_total", "Times that the whole table of invalidations was read: at the start, and after a gap.", {}, reader(counts.tables));
    add.counter("sidecache_fleet_incarnations_total", "Lives of the fleet's state that this node has taken part in: one more after each loss of Redis' memory, and each change of its master.", {}, reader(counts.incarnations));
    add.counter("sidecache_fleet_removals_total", "Other nodes that this one asked to be removed, since they were silent.", {}, reader(counts.removals));
    add.gauge("sidecache_fleet_lease_age_seconds", "Seconds since the last turn in Redis began by which this node may reuse what is stored. Over the fleet's lease it may not.", [&counts] {
        const auto begun = epochs::BootTime(epochs::BootTime::duration(counts.lease_begun.load(std::memory_order_relaxed)));
        return std::chrono::duration<double>(epochs::BootClock::now() - begun).count();
    });
    for (std::size_t i = 1; i < redis::trouble_count; ++i) {
        add.counter("sidecache_fleet_errors_total", "Exchanges with Redis for the fleet's state that failed, by how.", error_label(i), reader(counts.redis.troubles[i]));
    }
    add.counter("sidecache_fleet_sent_bytes_total", "Bytes sent to Redis for the fleet's state.", {}, reader(counts.redis.sent));
    add.counter("sidecache_fleet_received_bytes_total", "Bytes received from Redis for the fleet's state.", {}, reader(counts.redis.received));
    telemetry_.add_histogram(redis_duration, redis_duration_help, {{"use", "fleet"}}, {&counts.turn_times});
    const std::string waits = "sidecache_fleet_write_wait_seconds";
    const std::string waits_help = "How long writes waited for the fleet: to be announced, before they were forwarded, and to be heard of by all nodes, before they were answered.";
    telemetry_.add_histogram(waits, waits_help, {{"until", "announced"}}, {&counts.announced});
    telemetry_.add_histogram(waits, waits_help, {{"until", "heard"}}, {&counts.heard});
    const std::string verifications = "sidecache_fleet_verifications_total";
    const std::string verifications_help = "Times that requests waited to know of all writes (redis.consistency: verified), and did or did not in time: then they were validated with the origin.";
    add.counter(verifications, verifications_help, {{"result", "verified"}}, reader(shared_.counts.reads_proven));
    add.counter(verifications, verifications_help, {{"result", "failed"}}, reader(shared_.counts.reads_unproven));
    add.counter("sidecache_fleet_writes_refused_total", "Writes that were not forwarded (503), since the fleet could not be told of them in time.", {}, reader(shared_.counts.writes_refused));
    add.counter("sidecache_fleet_writes_unheard_total", "Writes whose answer was not delivered (504, or cut), since the fleet had not heard of them in time.", {}, reader(shared_.counts.writes_unheard));
}

void Server::register_query_readers() {
    const Adding add{telemetry_};
    const auto sum = [this](auto&& cell_of) {
        return [this, cell_of] {
            std::uint64_t total = 0;
            for (const auto& worker : workers_) total += cell_of(*worker->query_tally()).value();
            return static_cast<double>(total);
        };
    };
    add.gauge("sidecache_query_values", "Values in the databases of the query door, those included that have expired and were not swept yet.", [this] { return static_cast<double>(keyspace_->all_values()); });
    add.gauge("sidecache_query_connections", "Connections of clients to the query door that are open.", reader(query_counts_.connections));
    add.counter("sidecache_query_connections_accepted_total", "Connections of clients that the query door accepted, those included that it refused then.", {}, reader(query_counts_.accepted));
    add.counter("sidecache_query_connections_refused_total", "Connections refused, since query.connections were open.", {}, reader(query_counts_.refused));
    const std::string commands = "sidecache_query_commands_total";
    const std::string commands_help = "Commands run, by name; those of which the query door knows nothing as \"unknown\".";
    for (std::size_t i = 0; i <= query::command_count; ++i) {
        const std::string name = i < query::command_count ? std::string(query::commands()[i].name) : "unknown";
        add.counter(commands, commands_help, {{"command", name}}, sum([i](const query::Tally& tally) -> const telemetry::Cell& { return tally.commands[i]; }));
    }
    const std::string lookups = "sidecache_query_lookups_total";
    const std::string lookups_help = "Keys that commands read, and found or did not.";
    add.counter(lookups, lookups_help, {{"result", "hit"}}, sum([](const query::Tally& tally) -> const telemetry::Cell& { return tally.hits; }));
    add.counter(lookups, lookups_help, {{"result", "miss"}}, sum([](const query::Tally& tally) -> const telemetry::Cell& { return tally.misses; }));
    add.counter("sidecache_query_errors_total", "Replies of the query door that are errors.", {}, sum([](const query::Tally& tally) -> const telemetry::Cell& { return tally.errors; }));
    add.counter("sidecache_query_received_bytes_total", "Bytes that the query door received.", {}, sum([](const query::Tally& tally) -> const telemetry::Cell& { return tally.received; }));
    add.counter("sidecache_query_sent_bytes_total", "Bytes that the query door sent.", {}, sum([](const query::Tally& tally) -> const telemetry::Cell& { return tally.sent; }));
    std::vector<const telemetry::Histogram*> durations;
    for (const auto& worker : workers_) durations.push_back(&worker->query_tally()->durations);
    telemetry_.add_histogram("sidecache_query_duration_seconds", "Time from when a command, and all that came with it, was read to when their replies were given to the kernel.", {}, std::move(durations));
}

}  // namespace sidecache
