#include "config/command_line.hpp"

#include "tests/unit/config/loading.hpp"

namespace sidecache::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

TEST(CommandLine, ChoosesTheCommand) {
    const std::vector<std::pair<std::vector<std::string>, Command>> table{
        {{an_origin}, Command::serve},
        {{an_origin, "--check"}, Command::check},
        {{"--check", an_origin}, Command::check},
        {{"--help"}, Command::help},
        {{"-h"}, Command::help},
        {{"--version"}, Command::version},
        {{"--version", "--help"}, Command::help},
        {{"healthcheck", "--admin", "127.0.0.1:9900"}, Command::healthcheck},
        {{"--admin", "127.0.0.1:9900", "healthcheck"}, Command::healthcheck},
        {{"healthcheck", "--help"}, Command::help}};
    for (const auto& [flags, command] : table) {
        const auto invocation = load_flags(flags);
        EXPECT_EQ(invocation.command, command) << flags.front();
        EXPECT_THAT(told(invocation), IsEmpty()) << flags.front();
    }
}

TEST(CommandLine, TakesAValueAfterABlankOrAnEqualsSign) {
    for (const auto& flags :
         std::vector<std::vector<std::string>>{{"--origin", "http://a", "--listen", "[::1]:1", "--listen", "*:2"},
                                               {"--origin=http://a", "--listen=[::1]:1", "--listen=*:2"}}) {
        const auto invocation = load_flags(flags);
        EXPECT_THAT(told(invocation), IsEmpty());
        EXPECT_EQ(invocation.settings.origin.servers.at(0).host, "a");
        ASSERT_EQ(invocation.settings.listen.size(), 2u);
        EXPECT_EQ(invocation.settings.listen[0].host, "::1");
        EXPECT_EQ(invocation.settings.listen[1].host, "*");
    }
}

TEST(CommandLine, TellsEveryProblemOfItsOwn) {
    EXPECT_THAT(
        told(load_flags({an_origin, "--lisen", "x", "--bad=3", "healthchek", "--admin", "--workers=1", "--workers=2", "y"})),
        ElementsAre("--lisen: unknown flag; did you mean '--listen'?", "--bad: unknown flag; see --help",
                    "command line: unexpected 'healthchek'; did you mean 'healthcheck'?",
                    "command line: unexpected 'y'; see --help", "--admin: needs a value; see --help",
                    "--workers: given more than once"));
    EXPECT_THAT(told(load_flags({an_origin, "--listen"})), ElementsAre("--listen: needs a value; see --help"));
    EXPECT_THAT(told(load_flags({an_origin, "--set", ""})), ElementsAre("--set: needs a value; see --help"));
}

TEST(CommandLine, NamesTheFlagInProblemsOfItsValue) {
    EXPECT_THAT(
        told(load_flags({"--origin=app", "--memory=1GB", "--workers=0", "--log-level=all", "--admin=x"})),
        ElementsAre("--admin: admin: expected an address such as 127.0.0.1:8080, got 'x'; or [::1]:8080, *:8080, "
                    "unix:/run/sidecache/http.sock",
                    "--workers: workers: expected auto or a whole number from 1 to 1024, got '0'",
                    "--memory: memory.size: expected a size such as 64KiB, got '1GB'; units: B KiB MiB GiB",
                    "--origin: origins.origin.servers.0: expected an origin server such as http://127.0.0.1:8000, got 'app'; or "
                    "unix:/run/app.sock",
                    "--log-level: log.level: expected debug, info, warning or error, got 'all'"));
}

TEST(CommandLine, WithoutArgumentsAtAllIsNoCrash) {
    EXPECT_EQ(load(0, nullptr, {}).problems.size(), 1u);
    const char* const name[] = {"sidecache"};
    EXPECT_EQ(load(1, name, {}).problems.size(), 1u);
}

TEST(HealthCheck, NeedsTheAdminAddressAndNoMore) {
    const auto by_flag = load_flags({"healthcheck", "--admin", "127.0.0.1:9900"});
    EXPECT_THAT(told(by_flag), IsEmpty());
    EXPECT_EQ(by_flag.settings.admin->port, 9900);
    EXPECT_EQ(load_flags({"healthcheck"}, {{"SIDECACHE_ADMIN", "127.0.0.1:9901"}}).settings.admin->port, 9901);
    EXPECT_EQ(load_yaml("admin: 127.0.0.1:9902", {"healthcheck"}).settings.admin->port, 9902);
    EXPECT_THAT(told(load_flags({"healthcheck"})),
                ElementsAre("healthcheck: admin: missing; say --admin 127.0.0.1:9900, as the server was told"));
    EXPECT_THAT(told(load_yaml("admin: 127.0.0.1:9902\nworkers: none\n", {"healthcheck"})), IsEmpty());
    EXPECT_EQ(told(load_flags({"healthcheck", "--admin", "x"})).size(), 1u);
}

TEST(Version, IsOneLine) { EXPECT_THAT(load_flags({"--version"}).text, MatchesRegex("sidecache [0-9]+\\.[0-9]+\\.[0-9]+\n")); }

TEST(Help, NamesEachFlagAndTheDocumentation) {
    const auto text = load_flags({"--help"}).text;
    for (const std::string word : {"--origin", "--listen", "--admin", "--query", "--redis", "--memory", "--workers", "--config",
                                   "--set", "--check", "--log-level", "--version", "--help", "healthcheck",
                                   "docs/configuration.md", "SIDECACHE_ORIGIN", "256MiB", "127.0.0.1:8080", "Example:"}) {
        EXPECT_THAT(text, HasSubstr(word));
    }
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 120u) << line;
}

TEST(Help, IsGivenWhateverElseIsWrong) {
    const auto invocation = load_flags({"--help", "--bad", "--workers", "0"});
    EXPECT_EQ(invocation.command, Command::help);
    EXPECT_THAT(told(invocation), IsEmpty());
}

}  // namespace
}  // namespace sidecache::config
