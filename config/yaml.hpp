// YAML text to a Value tree. One document, a map at its top; repeated keys, aliases and keys that are no plain text are problems.
#pragma once

#include "config/load.hpp"
#include "config/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::config {

// Any one value, as `--set` takes it. `path` is where it stands, for the problems.
std::optional<Value> parse_yaml(std::string_view text, const std::string& file, const std::string& path, Layer layer,
                                std::vector<ConfigProblem>& problems);

// A whole file; nothing, and one problem, if it cannot be read or holds no keys.
std::optional<Value> read_yaml_file(const std::string& file, std::vector<ConfigProblem>& problems);

}  // namespace sidecache::config
