// Everything that can be configured, as the rooms want it. config/ makes it; assembly hands each room its part.
#pragma once

#include "cache/epochs/options.hpp"
#include "cache/fleet/options.hpp"
#include "cache/memory/options.hpp"
#include "cache/principals/principal.hpp"
#include "cache/relations/write_rule.hpp"
#include "cache/routes/route.hpp"
#include "cache/tiers/redis_tier.hpp"
#include "proxy/http/options.hpp"
#include "proxy/origin/options.hpp"
#include "proxy/pipeline/options.hpp"
#include "proxy/query/options.hpp"
#include "proxy/runtime/listening.hpp"
#include "proxy/telemetry/options.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sidecache::config {

using runtime::ListenAddress;

struct Settings {
    std::vector<ListenAddress> listen;     // default 127.0.0.1:8080
    std::optional<ListenAddress> admin;    // off unless given
    std::vector<ListenAddress> query_listen;  // none unless given
    unsigned workers = 1;                  // `auto`: one per core that this process may use
    memory::Options memory;
    epochs::Options epochs;
    std::optional<fleet::ControlOptions> fleet;  // none: one node
    std::optional<tiers::TierOptions> tier;      // none: responses are in memory alone
    origin::Options origin;
    pipeline::Options pipeline;
    door::Options door;
    query::Options query;
    std::vector<principals::Principal> principals;  // routes name them by their index
    std::vector<routes::Route> routes;
    std::vector<relations::RouteGroups> route_groups;  // parallel to the routes
    policy::Rules unmatched;               // of the implicit last route
    std::vector<relations::WriteRule> write_rules;
    std::chrono::milliseconds drain{30'000};  // SIGTERM: longest time that open exchanges may take
    telemetry::LogOptions log;
};

}  // namespace sidecache::config
