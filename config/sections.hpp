// The schema: each section of the configuration, key by key, into the options of the room that obeys it.
#pragma once

#include "config/reader.hpp"
#include "config/settings.hpp"

#include <vector>

namespace sidecache::config {

void read_settings(Reader& top, Settings& settings);

// The parts of it that have their own file.
void read_redis(Reader& redis, bool is_left_out, Settings& settings);
void read_query(Reader& query, Settings& settings);  // after addresses, memory and redis
void read_origins(Reader& top, Settings& settings);
void read_principals(Reader& top, Settings& settings);
void read_keys(Reader& top, policy::KeyRules& rules);
void read_writes(Reader& writes, Settings& settings);
void read_routes(Reader& top, Settings& settings);  // begins with what is known of principals, and of routes that none matches
void read_addresses(Reader& top, Settings& settings);

// drop, defaults and clamp of the whole configuration or of one route, added to `rules`.
void read_query_rules(Reader& keys, policy::KeyRules& rules);

// Every key there is, with N for an index and NAME for a free name: "timeouts.head", "routes.N.fresh", "origins.NAME.pool.max".
std::vector<std::string> known_keys();

}  // namespace sidecache::config
