#include "config/command_line.hpp"

#include "config/wording.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <string_view>

namespace sidecache::config {
namespace {

const std::vector<std::string> scalar_flags{"--admin", "--query", "--redis", "--memory", "--workers", "--log-level"};

// What may be written, for "did you mean".
const std::vector<std::string>& all_words() {
    static const std::vector<std::string> words{"--origin",    "--listen",  "--admin",  "--query",    "--redis",
                                                "--memory",    "--workers", "--config", "--set",      "--check",
                                                "--log-level", "--version", "--help",   "healthcheck"};
    return words;
}

std::string hint_for(const std::string& word) {
    const auto hint = did_you_mean(word, all_words());
    return hint.empty() ? "see --help" : hint;
}

void add_flag_with_value(CLI::App& app, const std::string& name, std::vector<std::string>& values) {
    // A value left out is refused below, together with all other problems: CLI11 would stop there.
    app.add_option(name, values)->expected(0, 1)->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

// CLI11 leaves what it does not know as a list of words: a flag, and perhaps its value.
void refuse_unknown(const std::vector<std::string>& words, std::vector<ConfigProblem>& problems) {
    bool after_flag = false;
    for (const std::string& word : words) {
        if (word.starts_with("-") && word != "-" && word != "--") {
            const std::string flag = word.substr(0, word.find('='));
            problems.push_back({flag, 0, {}, "unknown flag", hint_for(flag)});
            after_flag = flag == word;
        } else {
            if (!after_flag) problems.push_back({"command line", 0, {}, "unexpected " + in_quotes(word), hint_for(word)});
            after_flag = false;
        }
    }
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
    CommandLine line;
    bool help = false;
    bool version = false;
    bool check = false;
    std::vector<std::string> config;
    std::vector<std::vector<std::string>> scalars(scalar_flags.size());

    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    app.add_flag("--help,-h", help);
    app.add_flag("--version", version);
    app.add_flag("--check", check);
    add_flag_with_value(app, "--config", config);
    add_flag_with_value(app, "--origin", line.origins);
    add_flag_with_value(app, "--listen", line.listen);
    add_flag_with_value(app, "--set", line.set);
    for (std::size_t i = 0; i < scalar_flags.size(); ++i) add_flag_with_value(app, scalar_flags[i], scalars[i]);
    CLI::App* healthcheck = app.add_subcommand("healthcheck")->fallthrough();

    std::vector<std::string> words;  // CLI11 wants them last to first
    for (int i = argc - 1; i > 0; --i) words.emplace_back(argv[i]);
    try {
        app.parse(std::move(words));
    } catch (const CLI::ParseError& error) {
        line.problems.push_back({"command line", 0, {}, error.what(), "see --help"});
    }
    refuse_unknown(app.remaining(true), line.problems);

    const auto refuse_empty = [&](const std::string& flag, std::vector<std::string>& values) {
        if (std::erase(values, "") > 0) line.problems.push_back({flag, 0, {}, "needs a value", "see --help"});
    };
    refuse_empty("--origin", line.origins);
    refuse_empty("--listen", line.listen);
    refuse_empty("--set", line.set);
    const auto once = [&](const std::string& flag, std::vector<std::string>& values) {
        refuse_empty(flag, values);
        if (values.size() > 1) line.problems.push_back({flag, 0, {}, "given more than once", {}});
        return !values.empty();
    };
    if (once("--config", config)) line.config = config.back();
    for (std::size_t i = 0; i < scalar_flags.size(); ++i) {
        if (once(scalar_flags[i], scalars[i])) line.scalars.emplace_back(scalar_flags[i], scalars[i].back());
    }
    if (help) {
        line.command = Command::help;
    } else if (version) {
        line.command = Command::version;
    } else if (healthcheck->parsed()) {
        line.command = Command::healthcheck;
    } else if (check) {
        line.command = Command::check;
    }
    return line;
}

}  // namespace sidecache::config
