#include "config/load.hpp"

#include "config/command_line.hpp"
#include "config/layers.hpp"
#include "config/sections.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace sidecache::config {
namespace {

// The file's problems from top to bottom, then the others as they were found.
void sort_by_line(std::vector<ConfigProblem>& problems) {
    std::stable_sort(problems.begin(), problems.end(), [](const ConfigProblem& a, const ConfigProblem& b) {
        if (a.line == 0 || b.line == 0) return a.line != 0 && b.line == 0;
        return a.line < b.line;
    });
}

// A health check asks a server that runs already: it needs the admin address and minds no other key.
void keep_for_healthcheck(Invocation& invocation) {
    auto& problems = invocation.problems;
    std::erase_if(problems, [](const ConfigProblem& problem) { return !problem.path.empty() && problem.path != "admin"; });
    if (problems.empty() && !invocation.settings.admin) {
        problems.push_back({"healthcheck", 0, "admin", "missing", "say --admin 127.0.0.1:9900, as the server was told"});
    }
}

void load_settings(const CommandLine& line, const Environment& environment, Invocation& invocation) {
    const auto layers = stack_layers(line, environment, invocation.problems);
    Reading reading{environment, invocation.problems};
    reading.whole = layers.whole;
    Reader top(reading, &layers.root, {});
    read_settings(top, invocation.settings);
    sort_by_line(invocation.problems);
    if (invocation.command == Command::healthcheck) keep_for_healthcheck(invocation);
}

}  // namespace

std::string to_string(const ConfigProblem& problem) {
    std::string out = problem.file;
    if (problem.line > 0) out += ":" + std::to_string(problem.line);
    if (!problem.path.empty()) out += ": " + problem.path;
    out += ": " + problem.what;
    if (!problem.hint.empty()) out += "; " + problem.hint;
    // A key may hold anything, also a line break: one problem stays one line.
    std::replace_if(
        out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
    return out;
}

Invocation load(int argc, const char* const* argv, const Environment& environment) {
    Invocation invocation;
    try {
        auto line = parse_command_line(argc, argv);
        invocation.command = line.command;
        if (line.command == Command::help || line.command == Command::version) {
            invocation.text = line.command == Command::help ? help_text() : version_text();
            return invocation;
        }
        invocation.problems = std::move(line.problems);
        load_settings(line, environment, invocation);
    } catch (const std::exception& error) {
        invocation.problems.push_back({"configuration", 0, {}, error.what(), {}});
    }
    return invocation;
}

}  // namespace sidecache::config
