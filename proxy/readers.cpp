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

}  // namespace

void Server::register_readers() {
    using Kind = Telemetry::Kind;
    const auto counter = [this](std::string name, std::string help, Telemetry::Labels labels, std::function<double()> read) {
        telemetry_.add_reader(Kind::counter, std::move(name), std::move(help), std::move(labels), std::move(read));
    };
    const auto gauge = [this](std::string name, std::string help, std::function<double()> read) {
        telemetry_.add_reader(Kind::gauge, std::move(name), std::move(help), {}, std::move(read));
    };

    gauge("sidecache_memory_bytes", "Bytes of stored responses in the memory tier, index included.", [this] { return static_cast<double>(shared_.store.stats().bytes); });
    gauge("sidecache_memory_limit_bytes", "Budget of the memory tier.", [this] { return static_cast<double>(shared_.store.stats().budget); });
    gauge("sidecache_memory_entries", "Stored responses, parts of them and marks of their variants in the memory tier.", [this] { return static_cast<double>(shared_.store.stats().entries); });
    counter("sidecache_memory_insertions_total", "Responses stored in the memory tier.", {}, [this] { return static_cast<double>(shared_.store.stats().insertions); });
    counter("sidecache_memory_evictions_total", "Responses evicted from the memory tier to keep its budget.", {}, [this] { return static_cast<double>(shared_.store.stats().evictions); });
    counter("sidecache_memory_refusals_total", "Responses not admitted to a full memory tier: larger than what they were missed for is worth.", {}, [this] { return static_cast<double>(shared_.store.stats().refusals); });
    counter("sidecache_memory_expirations_total", "Responses, parts and marks dropped from the memory tier, since their time to be kept was over.", {}, [this] { return static_cast<double>(shared_.store.stats().expirations); });

    const auto& counts = shared_.counts;
    const std::string invalidations = "sidecache_invalidations_total";
    const std::string invalidations_help = "Ticks of the invalidation clock, by cause.";
    counter(invalidations, invalidations_help, {{"cause", "write"}}, reader(counts.writes_invalidating));
    counter(invalidations, invalidations_help, {{"cause", "unknown_outcome"}}, reader(counts.writes_unknown));
    counter(invalidations, invalidations_help, {{"cause", "begun"}}, reader(counts.writes_fenced));
    counter(invalidations, invalidations_help, {{"cause", "announced"}}, reader(counts.writes_announced));
    counter(invalidations, invalidations_help, {{"cause", "purge"}}, reader(counts.purges));
    counter("sidecache_soft_invalidations_total", "Invalidations by hand that made stale and ended nothing.", {}, reader(counts.softened));
    counter("sidecache_reuse_refused_total", "Requests that were refused what is stored for them, since a write came after its fill began.", {}, reader(shared_.epochs.counts().refused));
    counter("sidecache_reuse_refused_by_others_total", "Of those, the ones for which only other groups of the same slots can be blamed, by what was invalidated there last: false invalidations, rather too many than too few.", {}, reader(shared_.epochs.counts().refused_by_others));
    gauge("sidecache_epoch", "The invalidation clock.", [this] { return static_cast<double>(shared_.epochs.clock()); });

    counter("sidecache_fills_total", "Fetches from the origin on behalf of the cache.", {}, reader(counts.fills));
    gauge("sidecache_fill_waiting", "Requests that wait for the head of a fill, their own or another one's.", reader(counts.fill_waiting));
    counter("sidecache_principals_ended_total", "Credentials that the origin refused, or that ended with a logout: nothing stored so far serves them.", {}, [this] { return static_cast<double>(shared_.standings.ended()); });
    counter("sidecache_fills_overtaken_total", "Fills that a waiting request could not share, mostly since a write overtook them.", {}, reader(counts.fills_overtaken));
    counter("sidecache_fills_refused_total", "Fills not installed, since something newer was stored.", {}, reader(counts.fills_refused));
    counter("sidecache_refreshes_total", "Background fills of stale responses.", {}, reader(counts.refreshes));
    const auto& written = shared_.write_refreshes.counts;
    counter("sidecache_write_refreshes_total", "Stored responses fetched again in the background, since a write had ended them.", {}, reader(written.started));
    counter("sidecache_write_refreshes_paid_total", "Of those, the ones that have answered a request since.", {}, reader(written.paid));
    const std::string left = "sidecache_write_refreshes_left_total";
    const std::string left_help = "Stored responses that a write ended and that were left to the next request: they had too few hits, it came first, or who had asked asks no more.";
    counter(left, left_help, {{"reason", "cold"}}, reader(written.cold));
    counter(left, left_help, {{"reason", "late"}}, reader(written.late));
    counter(left, left_help, {{"reason", "ended"}}, reader(written.ended));
    gauge("sidecache_write_refresh_candidates", "Stored responses whose requests are kept to be sent again after a write.", [this] { return static_cast<double>(shared_.write_refreshes.candidates()); });
    const std::string confirmed = "sidecache_validations_confirmed_total";
    const std::string confirmed_help = "Stored responses that a 304 made fresh again: the one asked about, and other variants with its strong ETag.";
    counter(confirmed, confirmed_help, {{"which", "asked"}}, reader(counts.confirmed));
    counter(confirmed, confirmed_help, {{"which", "other_variant"}}, reader(counts.confirmed_beside));
    const std::string heads = "sidecache_head_updates_total";
    const std::string heads_help = "Stored responses to GET whose fields an answer to HEAD renewed, or that it showed to be outdated.";
    counter(heads, heads_help, {{"result", "renewed"}}, reader(counts.heads_renewed));
    counter(heads, heads_help, {{"result", "outdated"}}, reader(counts.heads_ended));
    const std::string parts = "sidecache_parts_total";
    const std::string parts_help = "Partial answers (206) that were stored, and whole responses put together from what was stored of them.";
    counter(parts, parts_help, {{"result", "stored"}}, reader(counts.parts_filed));
    counter(parts, parts_help, {{"result", "completed"}}, reader(counts.parts_completed));
    const std::string write_answers = "sidecache_write_answers_total";
    const std::string write_answers_help = "Answers to writes that answer GET from now on, or do not, since another write or a hold came between.";
    counter(write_answers, write_answers_help, {{"result", "stored"}}, reader(counts.write_answers_filed));
    counter(write_answers, write_answers_help, {{"result", "refused"}}, reader(counts.write_answers_refused));
    counter("sidecache_variants_dropped_total", "Variants dropped to keep limits.variants.", {}, reader(counts.variants_dropped));
    counter("sidecache_origin_retries_total", "Safe requests sent again, since a reused connection had been closed.", {}, reader(counts.retries));

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
    gauge("sidecache_origin_connections", "Connections to the origin that are open.", pools(&origin::PoolCounts::open));
    gauge("sidecache_origin_connections_idle", "Connections to the origin that wait for a request.", pools(&origin::PoolCounts::idle));
    gauge("sidecache_origin_waiting", "Requests that wait for a connection to the origin.", pools(&origin::PoolCounts::waiting));
    counter("sidecache_origin_connections_opened_total", "Connections to the origin that were made.", {}, pools_total(&origin::PoolCounts::opened));
    counter("sidecache_origin_connections_reused_total", "Exchanges on a connection to the origin that had carried one before.", {}, pools_total(&origin::PoolCounts::reused));

    gauge("sidecache_client_connections", "Client connections that are open.", reader(door_counts_.connections));
    counter("sidecache_client_connections_accepted_total", "Client connections accepted.", {}, reader(door_counts_.accepted));
    counter("sidecache_client_connections_refused_total", "Client connections refused over limits.connections.", {}, reader(door_counts_.refused));
    counter("sidecache_bad_requests_total", "Requests refused before they reached the cache.", {}, reader(door_counts_.bad_requests));
    if (fleet_ != nullptr) register_fleet_readers();
    if (tier_ != nullptr) register_tier_readers();
}

void Server::register_tier_readers() {
    using Kind = Telemetry::Kind;
    const auto add = [this](Kind kind, std::string name, std::string help, Telemetry::Labels labels, std::function<double()> read) {
        telemetry_.add_reader(kind, std::move(name), std::move(help), std::move(labels), std::move(read));
    };
    const std::string lookups = "sidecache_redis_lookups_total";
    const std::string lookups_help = "Looks for a response in Redis, by what came of them.";
    add(Kind::counter, lookups, lookups_help, {{"result", "hit"}}, reader(tier_counts_.hits));
    add(Kind::counter, lookups, lookups_help, {{"result", "validator"}}, reader(tier_counts_.validators));
    add(Kind::counter, lookups, lookups_help, {{"result", "outdated"}}, reader(tier_counts_.outdated));
    add(Kind::counter, lookups, lookups_help, {{"result", "miss"}}, reader(tier_counts_.misses));
    add(Kind::counter, lookups, lookups_help, {{"result", "failure"}}, reader(tier_counts_.failures));
    const std::string leases = "sidecache_redis_leases_total";
    const std::string leases_help = "Misses of routes with a lease: fetched for all nodes, served what another node had fetched meanwhile, or waited for that in vain.";
    add(Kind::counter, leases, leases_help, {{"result", "taken"}}, reader(tier_counts_.leases_taken));
    add(Kind::counter, leases, leases_help, {{"result", "awaited"}}, reader(tier_counts_.leases_awaited));
    add(Kind::counter, leases, leases_help, {{"result", "in_vain"}}, reader(tier_counts_.leases_in_vain));
    const std::string refused = "sidecache_redis_refused_total";
    const std::string refused_help = "Values in Redis that were taken for no stored response, by why: misses.";
    for (std::size_t i = 0; i < tiers::refusal_count; ++i) {
        add(Kind::counter, refused, refused_help, {{"reason", std::string(tiers::name_of(static_cast<tiers::Refusal>(i)))}}, reader(tier_counts_.refused[i]));
    }
    add(Kind::counter, refused, refused_help, {{"reason", "seal"}}, reader(tier_counts_.unsealed));
    const std::string writes = "sidecache_redis_writes_total";
    const std::string writes_help = "Responses, and marks of their variants, that were to be written to Redis, by what became of them.";
    add(Kind::counter, writes, writes_help, {{"result", "written"}}, reader(tier_counts_.written));
    add(Kind::counter, writes, writes_help, {{"result", "failed"}}, reader(tier_counts_.write_failures));
    add(Kind::counter, writes, writes_help, {{"result", "too_large"}}, reader(tier_counts_.too_large));
    add(Kind::counter, writes, writes_help, {{"result", "dropped"}}, reader(tier_counts_.dropped));

    // Of the workers' connections, by which is read, and the one by which is written.
    const auto sum = [this](auto of) {
        return [this, of] {
            double total = of(tier_->pipe_counts());
            for (const auto& worker : workers_) total += of(*worker->tier_counts());
            return total;
        };
    };
    const auto value = [](const auto& atomic) { return static_cast<double>(atomic.load(std::memory_order_relaxed)); };
    add(Kind::counter, "sidecache_redis_commands_total", "Commands sent to Redis for responses.", {}, sum([value](const redis::PipeCounts& counts) { return value(counts.asked); }));
    const std::string troubles = "sidecache_redis_errors_total";
    const std::string troubles_help = "Exchanges with Redis for responses that failed, by how.";
    for (std::size_t i = 1; i < redis::trouble_count; ++i) {
        add(Kind::counter, troubles, troubles_help, {{"error", std::string(redis::name_of(static_cast<redis::Trouble>(i)))}}, sum([value, i](const redis::PipeCounts& counts) { return value(counts.troubles[i]); }));
    }
    add(Kind::counter, "sidecache_redis_connections_opened_total", "Connections to Redis for responses that were made.", {}, sum([value](const redis::PipeCounts& counts) { return value(counts.connections); }));
    add(Kind::counter, "sidecache_redis_sent_bytes_total", "Bytes sent to Redis for responses.", {}, sum([value](const redis::PipeCounts& counts) { return value(counts.sent); }));
    add(Kind::counter, "sidecache_redis_received_bytes_total", "Bytes received from Redis for responses.", {}, sum([value](const redis::PipeCounts& counts) { return value(counts.received); }));
    add(Kind::gauge, "sidecache_redis_waiting", "Commands that wait for an answer of Redis.", {}, sum([value](const redis::PipeCounts& counts) { return value(counts.waiting); }));
    add(Kind::gauge, "sidecache_redis_breakers_open", "Connections to Redis that are left alone for a while, since they failed too often in a row.", {}, sum([value](const redis::PipeCounts& counts) { return value(counts.breaker) == 0 ? 0.0 : 1.0; }));
}

void Server::register_fleet_readers() {
    using Kind = Telemetry::Kind;
    const auto counter = [this](std::string name, std::string help, Telemetry::Labels labels, std::function<double()> read) {
        telemetry_.add_reader(Kind::counter, std::move(name), std::move(help), std::move(labels), std::move(read));
    };
    const auto gauge = [this](std::string name, std::string help, std::function<double()> read) {
        telemetry_.add_reader(Kind::gauge, std::move(name), std::move(help), {}, std::move(read));
    };
    const fleet::ControlCounts& counts = fleet_->counts();
    gauge("sidecache_fleet_trusted", "1 while this node knows of every write of the fleet, so that it may reuse what is stored; 0: everything is validated with the origin.", [this] { return is_trusted() ? 1.0 : 0.0; });
    gauge("sidecache_fleet_members", "Nodes of the fleet that may reuse what they have stored, this one included.", reader(counts.members));
    gauge("sidecache_fleet_mirror_lag", "Ticks of the fleet that this node has not applied yet.", [&counts] {
        const auto clock = counts.clock.load(std::memory_order_relaxed);
        const auto applied = counts.applied.load(std::memory_order_relaxed);
        return clock > applied ? static_cast<double>(clock - applied) : 0.0;
    });
    const std::string turns = "sidecache_fleet_turns_total";
    const std::string turns_help = "Exchanges with the fleet's state in Redis, by what became of them.";
    counter(turns, turns_help, {{"result", "kept"}}, [&counts] {
        const auto all = counts.turns.load(std::memory_order_relaxed);
        const auto failed = counts.failed_turns.load(std::memory_order_relaxed);
        return all > failed ? static_cast<double>(all - failed) : 0.0;
    });
    counter(turns, turns_help, {{"result", "failed"}}, reader(counts.failed_turns));
    counter("sidecache_fleet_ticks_applied_total", "Invalidations of the fleet that were applied here, its own included.", {}, reader(counts.messages));
    counter("sidecache_fleet_tables_read_total", "Times that the whole table of invalidations was read: at the start, and after a gap.", {}, reader(counts.tables));
    counter("sidecache_fleet_incarnations_total", "Lives of the fleet's state that this node has taken part in: one more after each loss of Redis' memory, and each change of its master.", {}, reader(counts.incarnations));
    counter("sidecache_fleet_removals_total", "Other nodes that this one asked to be removed, since they were silent.", {}, reader(counts.removals));
    counter("sidecache_fleet_writes_refused_total", "Writes that were not forwarded (503), since the fleet could not be told of them in time.", {}, reader(shared_.counts.writes_refused));
    counter("sidecache_fleet_writes_unheard_total", "Writes whose answer was not delivered (504, or cut), since the fleet had not heard of them in time.", {}, reader(shared_.counts.writes_unheard));
}

}  // namespace sidecache
