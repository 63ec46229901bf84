#include "config/command_line.hpp"

namespace sidecache::config {

std::string version_text() { return "sidecache " SIDECACHE_VERSION "\n"; }

std::string help_text() {
    return R"(sidecache, an HTTP caching reverse proxy for records APIs

Usage:
  sidecache --origin URL [--listen ADDRESS] [options]
  sidecache --config FILE [options]
  sidecache healthcheck [--admin ADDRESS | --config FILE]

Where:
  --origin URL         The application: http://host[:port] or unix:/path. Again for each further server of it.
                       The one thing that must be given, here or in the file.
  --listen ADDRESS     Where clients connect [127.0.0.1:8080]. Again for each further address:
                       127.0.0.1:8080, [::1]:8080, *:8080 (every address), unix:/path. Port 0: any free one.
  --admin ADDRESS      /metrics, /healthz, /readyz, /explain, /invalidate [off]
  --query ADDRESS      Redis' protocol for the application's own cache, answered from this memory [off]:
                       127.0.0.1:6380, unix:/path. For Django: LOCATION = "redis://127.0.0.1:6380/1"

  --redis URL          The Redis by which several sidecaches know of each other's writes [off: this one is alone]:
                       redis://[user:password@]host[:port][/database], rediss:// by TLS, redis+sentinel://,
                       redis+cluster:// or unix:/path

How:
  --memory SIZE        For stored responses [256MiB]
  --workers N          Threads, each with its own connections [auto: one per usable CPU]
  --log-level LEVEL    debug, info, warning, error [info]

Configuration:
  --config FILE        YAML
  --set KEY=VALUE      Any key of the YAML, once or more: --set timeouts.head=5s --set routes.0.fresh=5m
                       --set 'keys={drop: [utm_*, fbclid]}'
  --check              Tell every problem of the configuration, with its line, and exit: 0 none, 2 some

Other:
  healthcheck          Ask the running server's admin address for /healthz, and exit: 0 healthy, 1 not
  --version            Print the version and exit
  --help, -h           Print this and exit

Flags win over the environment, it over the file, it over the defaults. Each flag that takes a value is also a variable
(SIDECACHE_ORIGIN, SIDECACHE_LISTEN, SIDECACHE_CONFIG, SIDECACHE_LOG_LEVEL, ...; lists with commas), except --set,
and so is each scalar key: SIDECACHE_TIMEOUTS_HEAD is timeouts.head. An empty variable counts as not set.
docs/configuration.md lists every YAML key with its default and range.

Example:
  sidecache --origin http://127.0.0.1:8000 --listen 127.0.0.1:8080 --admin 127.0.0.1:9900 --memory 512MiB

SIGTERM finishes what is open, then exits. SIGHUP reads the configuration again and keeps the cache.
)";
}

}  // namespace sidecache::config
