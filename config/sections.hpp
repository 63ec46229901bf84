// The schema: each section of the configuration, key by key, into the options of the room that obeys it.
#pragma once

#include "config/reader.hpp"
#include "config/settings.hpp"

#include <vector>

namespace sidecache::config {

void read_settings(Reader& top, Settings& settings);

// The parts of it that have their own file. `base` holds what every route starts from (keys, set_cookie, writes.failed).
void read_origins(Reader& top, Settings& settings);
void read_principals(Reader& top, Settings& settings);
void read_keys(Reader& top, policy::KeyRules& rules);
std::vector<routes::Route> read_routes(Reader& top, const policy::Rules& base, const std::vector<principals::Principal>& principals);
void read_addresses(Reader& top, Settings& settings);

// drop, defaults and clamp of the whole configuration or of one route, added to `rules`.
void read_query_rules(Reader& keys, policy::KeyRules& rules);

// Every key there is, with N for an index and NAME for a free name: "timeouts.head", "routes.N.fresh", "origins.NAME.pool.max".
std::vector<std::string> known_keys();

}  // namespace sidecache::config
