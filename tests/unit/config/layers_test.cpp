// Flags win over the environment, it over the file, it over the defaults.
#include "tests/unit/config/loading.hpp"

namespace sidecache::config {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Settings settings_of(std::string_view yaml, const std::vector<std::string>& flags = {}, const Variables& variables = {}) {
    auto invocation = load_yaml(yaml, flags, variables);
    EXPECT_THAT(told(invocation), IsEmpty());
    return invocation.settings;
}

constexpr std::string_view a_file =
    "origins: {api: {servers: [\"http://file\"], pool: {max: 1}}}\n"
    "listen: 127.0.0.1:1\nmemory: {size: 100MiB}\nlog: {level: error}\ntimeouts: {head: 1s, idle: 1s}\n";

TEST(Layers, FlagsWinOverVariablesTheyOverTheFileItOverDefaults) {
    const Variables variables{{"SIDECACHE_LISTEN", "127.0.0.1:2"},
                              {"SIDECACHE_MEMORY", "200MiB"},
                              {"SIDECACHE_LOG_LEVEL", "debug"},
                              {"SIDECACHE_ORIGIN", "http://variable"},
                              {"SIDECACHE_TIMEOUTS_HEAD", "2s"}};
    const std::vector<std::string> flags{"--listen=127.0.0.1:3", "--memory=300MiB", "--log-level=info", "--origin=http://flag",
                                         "--set=timeouts.head=3s"};
    const auto file = settings_of(a_file);
    const auto variable = settings_of(a_file, {}, variables);
    const auto flag = settings_of(a_file, flags, variables);

    EXPECT_EQ(file.listen.at(0).port, 1);
    EXPECT_EQ(variable.listen.at(0).port, 2);
    EXPECT_EQ(flag.listen.at(0).port, 3);
    EXPECT_EQ(file.memory.size, 100u << 20);
    EXPECT_EQ(variable.memory.size, 200u << 20);
    EXPECT_EQ(flag.memory.size, 300u << 20);
    EXPECT_EQ(file.log.level, telemetry::Level::error);
    EXPECT_EQ(variable.log.level, telemetry::Level::debug);
    EXPECT_EQ(flag.log.level, telemetry::Level::info);
    EXPECT_EQ(file.origin.servers.at(0).host, "file");
    EXPECT_EQ(variable.origin.servers.at(0).host, "variable");
    EXPECT_EQ(flag.origin.servers.at(0).host, "flag");
    EXPECT_EQ(file.door.head, 1s);
    EXPECT_EQ(variable.door.head, 2s);
    EXPECT_EQ(flag.door.head, 3s);
    EXPECT_EQ(flag.door.idle, 1s);
    EXPECT_EQ(flag.door.send, 30s);
}

TEST(Layers, AnOriginGivenByFlagReplacesTheServersOfTheOneOriginAndKeepsTheRest) {
    const auto settings = settings_of(a_file, {"--origin", "http://a", "--origin", "http://b"});
    EXPECT_EQ(settings.origin.name, "api");
    EXPECT_EQ(settings.origin.pool_max, 1u);
    ASSERT_EQ(settings.origin.servers.size(), 2u);
    EXPECT_EQ(settings.origin.servers[1].host, "b");
}

TEST(Layers, WithoutAFileTheOriginIsCalledOrigin) {
    const auto invocation = load_flags({"--origin", "http://a", "--set", "origins.origin.pool.max=7"});
    EXPECT_THAT(told(invocation), IsEmpty());
    EXPECT_EQ(invocation.settings.origin.name, "origin");
    EXPECT_EQ(invocation.settings.origin.pool_max, 7u);
}

TEST(Environment, ReachesEachScalarKey) {
    const auto settings = settings_of(a_file, {},
                                      {{"SIDECACHE_ORIGINS_API_POOL_MAX", "9"},
                                       {"SIDECACHE_HEADERS_REQUEST_ID", "off"},
                                       {"SIDECACHE_MEMORY_MAX_OBJECT", "1MiB"},
                                       {"SIDECACHE_WORKERS", "5"},
                                       {"SIDECACHE_ADMIN", "127.0.0.1:9"},
                                       {"SIDECACHE_SET_COOKIE", "share"}});
    EXPECT_EQ(settings.origin.pool_max, 9u);
    EXPECT_EQ(settings.pipeline.request_id, "");
    EXPECT_EQ(settings.memory.max_object, 1u << 20);
    EXPECT_EQ(settings.workers, 5u);
    EXPECT_EQ(settings.admin->port, 9);
    EXPECT_TRUE(settings.unmatched.share_set_cookie);
}

TEST(Environment, WritesListsWithCommas) {
    const auto settings = settings_of(a_file, {},
                                      {{"SIDECACHE_LISTEN", "127.0.0.1:2, [::1]:2"},
                                       {"SIDECACHE_ORIGIN", "http://a,http://b"},
                                       {"SIDECACHE_KEYS_DROP", "utm_*"},
                                       {"SIDECACHE_FORWARDED_TRUST", "10.0.0.0/8,::1"}});
    EXPECT_EQ(settings.listen.size(), 2u);
    EXPECT_EQ(settings.origin.servers.size(), 2u);
    EXPECT_THAT(settings.unmatched.keys.drop, ElementsAre("utm_*"));
    EXPECT_EQ(settings.pipeline.trusted.v6.size(), 1u);
}

TEST(Environment, OfEmptyVariablesIsNotSetAndOfUnknownOnesIsIgnored) {
    const auto settings =
        settings_of(a_file, {}, {{"SIDECACHE_LISTEN", ""}, {"SIDECACHE_CONFIG", ""}, {"SIDECACHE_NOTHING", "x"}});
    EXPECT_EQ(settings.listen.at(0).port, 1);
}

TEST(Environment, OfAListWithNothingGoodInItIsOneProblem) {
    EXPECT_THAT(told(load_flags({an_origin}, {{"SIDECACHE_LISTEN", "foo"}})),
                ElementsAre("SIDECACHE_LISTEN: listen: expected an address such as 127.0.0.1:8080, got 'foo'; or [::1]:8080, *:8080, unix:/run/sidecache/http.sock"));
}

TEST(Environment, IsTakenAsItIs) {
    EXPECT_THAT(told(load_flags({an_origin}, {{"SIDECACHE_LOG_ACCESS", "${HOME}/a"}})), IsEmpty());
    EXPECT_EQ(load_flags({an_origin}, {{"SIDECACHE_LOG_ACCESS", "${HOME}/a"}}).settings.log.access, "${HOME}/a");
}

TEST(Environment, NamesTheFile) {
    const TemporaryFile file("origins: {api: {servers: [\"http://a\"]}}");
    EXPECT_EQ(load_flags({}, {{"SIDECACHE_CONFIG", file.path()}}).settings.origin.name, "api");
    EXPECT_THAT(told(load_flags({"--config", "/nowhere"}, {{"SIDECACHE_CONFIG", file.path()}})),
                ElementsAre("/nowhere: cannot be read: No such file or directory"));
}

TEST(Set, ReachesAnyKeyWithAYamlValue) {
    const auto settings =
        settings_of(a_file, {"--set", "timeouts.head=5s", "--set", "keys={drop: [utm_*, b], defaults: {page: 1}}", "--set",
                             "routes=[{path: /a, cache: off}, {path: /b}]", "--set", "routes.1.fresh=5m", "--set",
                             "routes.2.path=/c", "--set", "admin=\"[::1]:9900\"", "--set", "limits.head=16KiB"});
    EXPECT_EQ(settings.door.head, 5s);
    EXPECT_EQ(settings.door.idle, 1s);
    EXPECT_THAT(settings.unmatched.keys.drop, ElementsAre("utm_*", "b"));
    ASSERT_EQ(settings.routes.size(), 3u);
    EXPECT_FALSE(settings.routes[0].rules.cache);
    EXPECT_EQ(settings.routes[1].rules.fresh, 300s);
    EXPECT_EQ(settings.routes[2].path.text(), "/c");
    EXPECT_EQ(settings.admin->host, "::1");
    EXPECT_EQ(settings.door.head_limits.head, 16384u);
}

TEST(Set, BeginsAListWithElementZero) {
    const auto settings = settings_of(a_file, {"--set", "routes.0.path=/a", "--set", "routes.0.cache=off"});
    ASSERT_EQ(settings.routes.size(), 1u);
    EXPECT_FALSE(settings.routes[0].rules.cache);
}

TEST(Set, OfAWholeMapReplacesItAndWinsOverVariablesBelowIt) {
    const auto settings = settings_of(a_file, {"--set", "timeouts={head: 9s}"},
                                      {{"SIDECACHE_TIMEOUTS_HEAD", "2s"}, {"SIDECACHE_TIMEOUTS_IDLE", "2s"}});
    EXPECT_EQ(settings.door.head, 9s);
    EXPECT_EQ(settings.door.idle, 75s);
}

TEST(Set, TakesTheLastOfTwoAndANamedFlagBeforeBoth) {
    EXPECT_EQ(settings_of(a_file, {"--set=workers=2", "--set=workers=3"}).workers, 3u);
    EXPECT_EQ(settings_of(a_file, {"--workers=4", "--set=workers=3"}).workers, 4u);
}

TEST(Set, OfAWrongFormIsToldWithItsKey) {
    const auto told_for = [](const std::string& assignment) {
        return told(load_yaml("routes: [{path: /a}]", {an_origin, "--set", assignment}));
    };
    EXPECT_THAT(told_for("timeouts.head"),
                ElementsAre("--set: expected KEY=VALUE, got 'timeouts.head'; such as --set timeouts.head=5s"));
    EXPECT_THAT(told_for("=5s"), ElementsAre("--set: expected KEY=VALUE, got '=5s'; such as --set timeouts.head=5s"));
    EXPECT_THAT(told_for("timeout.head=5s"), ElementsAre("--set: timeout: unknown key; did you mean 'timeouts'?"));
    EXPECT_THAT(told_for("timeouts..head=5s"), ElementsAre("--set: timeouts..head: a name between two dots is empty"));
    EXPECT_THAT(told_for("routes.2.fresh=5s"),
                ElementsAre("--set: routes.2.fresh: 'routes' is a list: expected a number from 0 to 1, got '2'"));
    EXPECT_THAT(told_for("routes.x.fresh=5s"),
                ElementsAre("--set: routes.x.fresh: 'routes' is a list: expected a number from 0 to 1, got 'x'"));
    EXPECT_THAT(told_for("routes.0.path.x=5s"), ElementsAre("--set: routes.0.path.x: 'routes.0.path' is not a map"));
    EXPECT_THAT(told_for("admin=[::1]:9900"),
                ElementsAre("--set: admin: expected one YAML value, got '[::1]:9900'; quote a text that holds { } [ ] or ': '"));
    EXPECT_THAT(told_for("timeouts={head: 1s, head: 2s}"), ElementsAre("--set: timeouts.head: repeated key"));
    EXPECT_THAT(told_for("a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1"),
                ElementsAre("--set: a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a: no key is that deep"));
}

}  // namespace
}  // namespace sidecache::config
