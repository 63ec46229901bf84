// File, environment and flags as one tree, later ones over earlier ones.
#pragma once

#include "config/command_line.hpp"
#include "config/value.hpp"

#include <vector>

namespace sidecache::config {

struct Layers {
    Value root;         // a map; scalars of the environment are added when they are read
    bool whole = true;  // false: the file could not be read (a problem was added)
};

Layers stack_layers(const CommandLine& line, const Environment& environment, std::vector<ConfigProblem>& problems);

}  // namespace sidecache::config
