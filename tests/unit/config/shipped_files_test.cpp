// The files that users see: the schema by example, the configuration of ./run.sh, the documentation of every key.
#include "config/sections.hpp"
#include "config/yaml.hpp"
#include "tests/unit/config/loading.hpp"

#include <algorithm>
#include <set>
#include <sstream>

namespace sidecache::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct NotBuilt {
    int line;
    std::vector<std::string> path;
};

// What sidecache.example.yaml shows and this version does not obey, with its line.
const std::vector<NotBuilt> not_built{{18, {"query", "patterns"}},
                                      {25, {"origins", "api", "read"}},
                                      {26, {"origins", "api", "replica_lag"}},
                                      {29, {"origins", "api", "health"}}};

std::string with_dots(const std::vector<std::string>& path) {
    std::string out;
    for (const auto& name : path) out += (out.empty() ? "" : ".") + name;
    return out;
}

Invocation load_file(const std::string& path) { return load_flags({"--config", std::string(SIDECACHE_SOURCE_DIR) + "/" + path}, {{"REDIS_PASSWORD", "secret"}}); }

TEST(ExampleFile, HasExactlyTheProblemsOfWhatIsNotBuiltYet) {
    std::vector<std::string> expected;
    for (const auto& [line, path] : not_built)
        expected.push_back(std::to_string(line) + ": " + with_dots(path) + ": not built yet");
    expected.insert(expected.begin(), "13: redis.seal.0: cannot be read: /run/secrets/seal.key");  // not on this machine
    expected.insert(expected.begin() + 1, "16: query.listen: not built yet beside redis.url");
    expected.insert(expected.begin() + 6, "35: principals.role.keys: cannot be read: /run/secrets/jwks.json");  // not on this machine
    std::vector<std::string> found;
    for (const auto& problem : load_file("config/sidecache.example.yaml").problems) {
        found.push_back(std::to_string(problem.line) + ": " + problem.path + ": " + problem.what);
        EXPECT_NE(problem.hint, "") << problem.path;
    }
    EXPECT_EQ(found, expected);
}

void remove(Value& from, const std::vector<std::string>& path) {
    Value* at = &from;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        at = at->kind == Value::Kind::sequence ? &at->children.at(std::stoul(path[i])) : at->find(path[i]);
        ASSERT_NE(at, nullptr) << path[i];
    }
    const auto found = std::find(at->names.begin(), at->names.end(), path.back());
    ASSERT_NE(found, at->names.end()) << with_dots(path);
    at->children.erase(at->children.begin() + (found - at->names.begin()));
    at->names.erase(found);
}

TEST(ExampleFile, WithoutThemSetsWhatItSays) {
    std::vector<ConfigProblem> problems;
    auto root = parse_yaml(text_of("config/sidecache.example.yaml"), "example", {}, Layer::file, problems);
    ASSERT_TRUE(root);
    for (const auto& [line, path] : not_built) remove(*root, path);
    remove(*root, {"query"});  // beside Redis
    put(*root, {"redis", "url"}, make_scalar("rediss://:secret@redis:6379/0", Layer::file, {}));
    put(*root, {"redis", "seal"}, make_scalar(std::string(SIDECACHE_SOURCE_DIR) + "/tests/unit/config/seal.key", Layer::file, {}));
    put(*root, {"principals", "role", "keys"}, make_scalar(std::string(SIDECACHE_SOURCE_DIR) + "/tests/unit/config/jwks.json", Layer::file, {}));

    const Environment environment;
    Reading reading{environment, problems};
    Reader top(reading, &*root, {});
    Settings settings;
    read_settings(top, settings);
    EXPECT_THAT(problems, IsEmpty()) << to_string(problems.at(0));

    EXPECT_EQ(settings.listen.size(), 2u);
    ASSERT_TRUE(settings.fleet);
    EXPECT_EQ(settings.fleet->prefix, "records:");
    EXPECT_TRUE(settings.fleet->redis.address.is_tls);
    EXPECT_EQ(settings.fleet->mode, fleet::Writes::Mode::strict);
    ASSERT_TRUE(settings.tier);
    EXPECT_EQ(settings.tier->prefix, "records:");
    EXPECT_NE(settings.tier->keys, nullptr);
    EXPECT_EQ(settings.tier->pipe.waiting, 50u);
    EXPECT_EQ(settings.origin.name, "api");
    EXPECT_EQ(settings.origin.servers.size(), 2u);
    EXPECT_EQ(settings.unmatched.keys.defaults.size(), 2u);
    ASSERT_EQ(settings.routes.size(), 8u);
    EXPECT_EQ(settings.routes[0].rules.fresh, std::chrono::hours(24 * 365));
    EXPECT_FALSE(settings.routes[1].rules.cache);
    EXPECT_EQ(settings.routes[2].rules.stale.if_error, std::chrono::minutes(10));
    EXPECT_EQ(settings.routes[7].rules.fresh, std::nullopt);
    ASSERT_EQ(settings.principals.size(), 2u);
    EXPECT_EQ(settings.principals[0].cookies, std::vector<std::string>{"sessionid"});
    EXPECT_EQ(settings.routes[2].rules.principal, 1);
    EXPECT_EQ(settings.routes[5].rules.principal, 0);
    EXPECT_TRUE(settings.routes[4].rules.refresh_on_write);
    EXPECT_FALSE(settings.routes[5].rules.refresh_on_write);
    EXPECT_EQ(settings.routes[5].rules.clients, policy::ClientCopies::origin);
    EXPECT_EQ(settings.routes[6].rules.clients, policy::ClientCopies::revalidate);
    EXPECT_EQ(settings.pipeline.trusted.v4.size(), 1u);
    ASSERT_EQ(settings.route_groups.size(), 8u);
    EXPECT_EQ(settings.route_groups[4].groups.at(0).text(), "doctor:{id}");
    EXPECT_EQ(settings.route_groups[6].groups.size(), 2u);
    ASSERT_EQ(settings.write_rules.size(), 2u);
    EXPECT_EQ(settings.write_rules[0].groups.size(), 3u);
    EXPECT_EQ(settings.write_rules[0].otherwise.size(), 2u);
    EXPECT_TRUE(settings.write_rules[1].is_everything);
    EXPECT_EQ(settings.pipeline.json, std::size_t{256} << 10);
}

TEST(ExampleFile, GivesTheDefaultsWhereItDoesNotSayOtherwise) {
    const auto settings = load_file("config/sidecache.example.yaml").settings;
    const auto defaults = load_flags({an_origin}).settings;
    EXPECT_EQ(settings.memory.size, defaults.memory.size);
    EXPECT_EQ(settings.memory.max_object, defaults.memory.max_object);
    EXPECT_EQ(settings.origin.pool_idle, defaults.origin.pool_idle);
    EXPECT_EQ(settings.origin.first_byte, defaults.origin.first_byte);
    EXPECT_EQ(settings.door.connections, defaults.door.connections);
    EXPECT_EQ(settings.door.head_limits.head, defaults.door.head_limits.head);
    EXPECT_EQ(settings.door.idle, defaults.door.idle);
    EXPECT_EQ(settings.pipeline.variants, defaults.pipeline.variants);
    EXPECT_EQ(settings.pipeline.max_content, defaults.pipeline.max_content);
    EXPECT_EQ(settings.pipeline.settle, defaults.pipeline.settle);
    EXPECT_EQ(settings.log.slow, defaults.log.slow);
    EXPECT_EQ(settings.drain, defaults.drain);
}

TEST(RunFile, LoadsWithoutAProblem) {
    const auto invocation = load_file("config/sidecache.yaml");
    EXPECT_THAT(told(invocation), IsEmpty());
    EXPECT_EQ(invocation.settings.listen.at(0).text, "127.0.0.1:8080");
    EXPECT_EQ(invocation.settings.admin->text, "127.0.0.1:9900");
    EXPECT_EQ(invocation.settings.origin.servers.at(0).text, "http://127.0.0.1:8000");
}

// Keys as the documentation writes them, in the first column of its tables: | `timeouts.head` | ...
std::set<std::string> documented_keys() {
    std::istringstream text(text_of("docs/configuration.md"));
    std::set<std::string> keys;
    for (std::string line; std::getline(text, line);) {
        const auto end = line.find("` |");
        if (!line.starts_with("| `") || end == std::string::npos) continue;
        const auto first = line.substr(3, end - 3);
        if (first.find_first_not_of("abcdefghijklmnopqrstuvwxyzNAME_.") == std::string::npos) keys.insert(first);
    }
    return keys;
}

TEST(Documentation, ListsEachKeyAndNoOther) {
    const auto keys = known_keys();
    std::set<std::string> expected;
    for (const auto& key : keys) {
        const bool is_section =
            std::any_of(keys.begin(), keys.end(), [&](const auto& other) { return other.starts_with(key + "."); });
        const bool is_refused_section = key == "origins.NAME.health";
        const bool below_refused = key.starts_with("origins.NAME.health.");
        if ((!is_section || is_refused_section) && !below_refused) expected.insert(key);
    }
    EXPECT_EQ(documented_keys(), expected);
}

TEST(Documentation, NamesEachFlag) {
    const auto text = text_of("docs/configuration.md");
    for (const std::string flag : {"--origin", "--listen", "--admin", "--query", "--redis", "--memory", "--workers", "--config",
                                   "--set", "--check", "--log-level", "--version", "--help", "sidecache healthcheck"}) {
        EXPECT_NE(text.find("| `" + flag), std::string::npos) << flag;
    }
}

}  // namespace
}  // namespace sidecache::config
