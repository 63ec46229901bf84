// The command line as it was written; what its values mean is for load() to say.
#pragma once

#include "config/load.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sidecache::config {

struct CommandLine {
    Command command = Command::serve;
    std::optional<std::string> config;
    std::vector<std::string> origins;  // --origin
    std::vector<std::string> listen;
    std::vector<std::string> set;                              // "timeouts.head=1s"
    std::vector<std::pair<std::string, std::string>> scalars;  // {"--memory", "256MiB"}
    std::vector<ConfigProblem> problems;
};

CommandLine parse_command_line(int argc, const char* const* argv);

std::string help_text();
std::string version_text();

}  // namespace sidecache::config
