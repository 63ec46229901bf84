// What all workers share, and the configuration that a reload replaces.
#pragma once

#include "cache/epochs/epochs.hpp"
#include "cache/fill/fill_table.hpp"
#include "cache/fill/uncacheable.hpp"
#include "cache/memory/store.hpp"
#include "cache/principals/principal.hpp"
#include "cache/principals/standings.hpp"
#include "cache/relations/write_rule.hpp"
#include "cache/routes/route.hpp"
#include "proxy/pipeline/options.hpp"
#include "proxy/pipeline/write_refreshes.hpp"
#include "proxy/telemetry/exchange_record.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sidecache::fleet {
class Control;
}
namespace sidecache::tiers {
class TierWriter;
struct TierCounts;
}

namespace sidecache::pipeline {

// Constant while it stands; a reload makes a new one and every worker takes it over at its own next turn.
struct Snapshot {
    Options options;
    routes::RouteTable routes;
    std::vector<telemetry::RouteId> route_ids;  // parallel to the routes
    std::vector<principals::Principal> principals;  // by the index that routes hold
    std::string space;                          // of keys and groups: the origin's name
    bool preserve_host = true;
    std::string origin_authority;               // Host, where the client's is not preserved
    std::vector<relations::RouteGroups> route_groups{};  // parallel to the routes, but for the implicit last one
    std::vector<relations::WriteRule> write_rules{};
    std::optional<std::uint64_t> rules_identity{};  // of what names groups, as the epochs have it; none: it never changes
    std::uint64_t group_seed = 0;                    // of their hashes, common to a fleet
};

// Counted facts, by any worker; read at scrape.
struct Counts {
    std::atomic<std::uint64_t> writes_invalidating{0};     // ticks for an answered write
    std::atomic<std::uint64_t> writes_unknown{0};          // ticks with a hold: the outcome is unknown
    std::atomic<std::uint64_t> writes_fenced{0};           // ticks before a write is forwarded (`fence: begin`)
    std::atomic<std::uint64_t> writes_refused{0};          // not forwarded: the fleet could not be told of them in time
    std::atomic<std::uint64_t> reads_proven{0};            // times that requests waited to know of all writes, and did
    std::atomic<std::uint64_t> reads_unproven{0};          // and did not
    std::atomic<std::uint64_t> writes_unheard{0};          // answered by the origin, and not heard of by the fleet in time
    std::atomic<std::uint64_t> writes_announced{0};        // ticks asked for at the admin door
    std::atomic<std::uint64_t> purges{0};                  // ticks asked for by PURGE
    std::atomic<std::uint64_t> softened{0};                // invalidations that only made stale
    std::atomic<std::uint64_t> fills{0};
    std::atomic<std::int64_t> fill_waiting{0};             // requests that wait for the head of a fill now
    std::atomic<std::uint64_t> fills_overtaken{0};         // detached: a write came between
    std::atomic<std::uint64_t> fills_refused{0};           // not installed over something newer
    std::atomic<std::uint64_t> refreshes{0};               // in the background (stale-while-revalidate)
    std::atomic<std::uint64_t> confirmed{0};               // stored responses that a 304 made fresh again, asked about
    std::atomic<std::uint64_t> confirmed_beside{0};        // and other variants, of which it spoke as well
    std::atomic<std::uint64_t> heads_renewed{0};           // stored responses whose fields a HEAD renewed
    std::atomic<std::uint64_t> heads_ended{0};             // and those that it showed to be outdated
    std::atomic<std::uint64_t> parts_filed{0};             // 206 kept, alone or with others
    std::atomic<std::uint64_t> parts_completed{0};         // whole responses put together from parts
    std::atomic<std::uint64_t> write_answers_filed{0};     // answers to writes that answer GET
    std::atomic<std::uint64_t> write_answers_refused{0};   // worth storing, but that another write or a hold lay between
    std::atomic<std::uint64_t> variants_dropped{0};        // over `limits.variants`
    std::atomic<std::uint64_t> retries{0};                 // safe requests sent again after a reused connection was closed
};

struct Shared {
    Shared(const memory::Options& memory, const epochs::Options& epoch_options, std::uint64_t rules, std::size_t uncacheable_size,
           std::size_t credentials = 65'536)
        : store(memory), epochs(epoch_options, rules), uncacheable(uncacheable_size), standings(credentials) {}

    memory::Store store;
    epochs::Epochs epochs;
    fill::FillTable fills;
    fill::Uncacheable uncacheable;
    principals::Standings standings;
    WriteRefreshes write_refreshes;
    fleet::Control* fleet = nullptr;  // null: one node. Else `epochs` is a mirror of the fleet's, and ticks by the fleet alone
    tiers::TierWriter* tier = nullptr;          // null: responses are in memory alone
    tiers::TierCounts* tier_counts = nullptr;
    std::atomic<std::uint64_t> fill_number{0};
    std::atomic<bool> is_draining{false};
    // One was filed, since the process began: most APIs have none, and then nobody looks for them.
    std::atomic<bool> has_search_marks{false};
    std::atomic<bool> has_parts{false};
    Counts counts;
};

// It answers a request without the origin.
inline void note_served(Shared& shared, const fill::StoredResponse& response) noexcept {
    if (response.note_hit()) shared.write_refreshes.counts.paid.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace sidecache::pipeline
