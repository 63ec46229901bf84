// From command line, environment and YAML file to Settings, with every problem at once.
#pragma once

#include "config/settings.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::config {

// The operator erred: one problem, told so that it can be mended.
struct ConfigProblem {
    std::string file;  // "sidecache.yaml", "--listen", "SIDECACHE_ORIGIN"
    int line = 0;      // 0 where there is none
    std::string path;  // "origins.api.pool.max"
    std::string what;  // "expected a duration such as 30s, got 'soon'"
    std::string hint;  // "did you mean 'timeouts'?"; empty: none
};
std::string to_string(const ConfigProblem& problem);  // "sidecache.yaml:14: origins.api.pool.max: expected ...; did you mean ...?"

enum class Command { serve, check, help, version, healthcheck };

struct Invocation {
    Command command = Command::serve;
    Settings settings;                    // whole only if `problems` is empty
    std::vector<ConfigProblem> problems;
    std::string text;                     // for help and version: what to print
};

using Environment = std::function<std::optional<std::string>(std::string_view name)>;

// Flags win over SIDECACHE_* variables, these over the file, it over the defaults. Never throws for what the operator wrote.
// Called again, with the same arguments, to reload.
Invocation load(int argc, const char* const* argv, const Environment& environment);

}  // namespace sidecache::config
