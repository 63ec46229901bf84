#include "config/addresses.hpp"
#include "config/sections.hpp"
#include "config/units.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace sidecache::config {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view how_to_name_an_origin =
    "say --origin http://127.0.0.1:8000, or in YAML origins: {api: {servers: [\"http://127.0.0.1:8000\"]}}";

// It becomes part of keys and groups, where other characters separate.
bool is_origin_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == std::string_view::npos;
}

void read_servers(Reader& origin, origin::Options& options) {
    if (const auto servers = origin.list("servers", server_address())) {
        for (const auto& [server, place] : servers->value) options.servers.push_back(server);
    }
    if (options.servers.empty() && origin.is_left_out("servers")) {
        origin.missing("servers", "missing", "expected such as servers: [\"http://127.0.0.1:8000\"]");
    }
}

void read_origin(Reader& origin, origin::Options& options) {
    read_servers(origin, options);
    origin.not_built("read", "leave it out: `servers` answer every method");
    origin.not_built("replica_lag", "leave it out: there are no servers only to read from");
    origin.not_built("health", "leave it out: a server that cannot be reached is passed over for the request", {},
                     {"path", "every", "timeout", "fall", "rise"});
    origin.read("host", options.preserve_host, choice<bool>({{"preserve", true}, {"origin", false}}));
    origin.read("resolve", options.resolve, duration(100ms, 24h));
    origin.section("pool", [&](Reader& pool) {
        pool.read("max", options.pool_max, number(1, 65'535));
        pool.read("wait", options.pool_wait, duration(0ms, 1h));
        pool.read("idle", options.pool_idle, duration(0ms, 24h));
    });
    origin.section("timeouts", [&](Reader& timeouts) {
        timeouts.read("connect", options.connect, duration(1ms, 1h));
        timeouts.read("first_byte", options.first_byte, duration(1ms, 24h));
        timeouts.read("between_bytes", options.between_bytes, duration(1ms, 24h));
    });
}

}  // namespace

void read_origins(Reader& top, Settings& settings) {
    std::size_t count = 0;
    top.named_sections("origins", [&](const std::string& name, Reader& origin) {
        origin::Options options;
        options.name = name;
        if (!is_origin_name(name)) {
            origin.problem(origin.place(), {}, expected_got("a name of letters, digits, - and _ (at most 64)", name));
        }
        read_origin(origin, options);
        if (++count == 1) {
            settings.origin = std::move(options);
        } else {
            origin.problem(origin.place(), {}, "not built yet", "a second origin; one origin may have several servers");
        }
    });
    if (top.is_left_out("origins")) top.missing("origins", "missing", std::string(how_to_name_an_origin));
}

}  // namespace sidecache::config
