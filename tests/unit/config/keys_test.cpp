// Each key sets what it says: one row for each.
#include "config/sections.hpp"
#include "tests/unit/config/loading.hpp"
#include "tests/unit/config/rows.hpp"

#include <algorithm>
#include <set>
#include <thread>

namespace sidecache::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

const std::set<std::string> not_built{"query.patterns",
                                      "origins.NAME.read",
                                      "origins.NAME.replica_lag",
                                      "origins.NAME.health"};

std::vector<std::string> flags_for(const Row& row) {
    return row.yaml.starts_with("origins") ? std::vector<std::string>{} : std::vector<std::string>{an_origin};
}

TEST(Keys, SetTheirSettingAndTheDefaultIsAnother) {
    const auto defaults = load_flags({an_origin});
    ASSERT_THAT(told(defaults), IsEmpty());
    for (const auto& row : rows()) {
        const auto invocation = load_yaml(row.yaml, flags_for(row));
        EXPECT_THAT(told(invocation), IsEmpty()) << row.key;
        if (!invocation.problems.empty()) continue;
        EXPECT_TRUE(row.is_set(invocation.settings)) << row.key;
        const bool needs_route = row.key.starts_with("routes.");
        EXPECT_TRUE(needs_route || !row.is_set(load_yaml("routes: [{path: /x}]", {an_origin}).settings)) << row.key;
    }
}

bool is_section(const std::string& key, const std::vector<std::string>& keys) {
    return std::any_of(keys.begin(), keys.end(), [&](const std::string& other) { return other.starts_with(key + "."); });
}

TEST(Keys, OfTheSchemaHaveARowHereOrAreNotBuilt) {
    const auto keys = known_keys();
    std::set<std::string> expected;
    for (const auto& row : rows()) expected.insert(row.key);
    expected.insert(not_built.begin(), not_built.end());

    std::set<std::string> known;
    for (const auto& key : keys) {
        const bool below_not_built = std::any_of(not_built.begin(), not_built.end(),
                                                 [&](const std::string& refused) { return key.starts_with(refused + "."); });
        if (not_built.contains(key) || (!below_not_built && !is_section(key, keys) && key != "origins" && key != "routes"))
            known.insert(key);
    }
    EXPECT_EQ(known, expected);
}

TEST(Keys, ThatAreNotBuiltAreRefusedByNameWithWhatToDo) {
    const auto origin = [](const std::string& yaml) { return told(load_yaml(in_origin(yaml))); };
    const auto top = [](const std::string& yaml) { return told(load_yaml(yaml, {an_origin})); };
    EXPECT_THAT(top("redis: {url: \"redis+cluster://:secret@r/3\"}"), ElementsAre("f.yaml:1: redis.url: a cluster has database 0 alone: leave out what follows the servers"));
    EXPECT_THAT(top("query: {patterns: [{key: x}]}"), ElementsAre("f.yaml:1: query.patterns: not built yet; leave it out: values are not invalidated by writes of HTTP"));
    EXPECT_THAT(top("redis: {url: \"redis://r\"}\nquery: {listen: \"127.0.0.1:6380\"}"),
                ElementsAre("f.yaml:2: query.listen: not built yet beside redis.url; leave out one of them: what the query door keeps, other nodes do not know of"));
    EXPECT_THAT(origin("read: [\"http://b\"]"),
                ElementsAre("f.yaml:1: origins.api.read: not built yet; leave it out: `servers` answer every method"));
    EXPECT_THAT(
        origin("replica_lag: 2s"),
        ElementsAre("f.yaml:1: origins.api.replica_lag: not built yet; leave it out: there are no servers only to read from"));
    EXPECT_THAT(origin("health: {path: /}"),
                ElementsAre("f.yaml:1: origins.api.health: not built yet; leave it out: a server that "
                            "cannot be reached is passed over for the request"));
    EXPECT_THAT(told(load_yaml("origins:\n  a: {servers: \"http://a\"}\n  b: {servers: \"http://b\"}")),
                ElementsAre("f.yaml:3: origins.b: not built yet; a second origin; one origin may have several servers"));
    EXPECT_THAT(told(load_yaml("origins: {a: {servers: [\"https://a\"]}}")),
                ElementsAre("f.yaml:1: origins.a.servers.0: not built yet; https to an origin; use http:// or unix:"));
}

TEST(Keys, ThatAreNotBuiltMaySayWhatHappensAnyway) {
    EXPECT_THAT(told(load_yaml("{redis: , query: {patterns: }}", {an_origin})), IsEmpty());
    EXPECT_THAT(told(load_yaml(in_origin("read: [], replica_lag: 0, health: off"))), IsEmpty());
    EXPECT_THAT(told(load_yaml(in_route("refresh_on_write: false"), {an_origin})), IsEmpty());
}

TEST(Keys, LeftEmptyAreLeftOut) {
    const auto invocation = load_yaml("listen:\nmemory:\nroutes:\nkeys:\n  drop:\nforwarded: {trust: }\nlog:\n", {an_origin});
    EXPECT_THAT(told(invocation), IsEmpty());
    EXPECT_EQ(invocation.settings.listen.at(0).text, "127.0.0.1:8080");
}

TEST(Keys, HaveDefaultsThatTheOptionsState) {
    const auto settings = load_flags({an_origin}).settings;
    ASSERT_EQ(settings.listen.size(), 1u);
    EXPECT_EQ(settings.listen[0].text, "127.0.0.1:8080");
    EXPECT_EQ(settings.listen[0].port, 8080);
    EXPECT_FALSE(settings.admin);
    EXPECT_EQ(settings.origin.name, "origin");
    EXPECT_EQ(settings.memory.size, memory::Options{}.size);
    EXPECT_EQ(settings.memory.max_object, memory::Options{}.max_object);
    EXPECT_EQ(settings.door.head_limits.target, http1::HeadLimits{}.target);
    EXPECT_EQ(settings.pipeline.request_id, "X-Request-ID");
    EXPECT_THAT(settings.routes, IsEmpty());
}

TEST(Principals, NameWhoAsksInOneWay) {
    const auto told_of = [](const std::string& yaml) { return told(load_yaml(in_principal(yaml), {an_origin})); };
    EXPECT_THAT(told_of("recheck: 5s"), ElementsAre("f.yaml:1: principals.p.cookie: missing; say by what the application knows who asks: cookie, header or jwt"));
    EXPECT_THAT(told_of("jwt: Authorization, secret: \"" + shipped("jwt_secret.txt") + "\""), ElementsAre("f.yaml:1: principals.p.claim: missing; expected such as claim: /role"));
    EXPECT_THAT(told_of("jwt: Authorization, claim: /role"),
                ElementsAre("f.yaml:1: principals.p.keys: missing; expected such as keys: /run/secrets/jwks.json, or secret: FILE for HS256"));
    EXPECT_THAT(told(load_yaml(in_token("cookie: a"), {an_origin})),
                ElementsAre("f.yaml:1: principals.p.jwt: stands beside header, cookie or role_header; a principal is either a verified token or an opaque credential"));
    EXPECT_THAT(told(load_yaml(in_token("keys: \"" + shipped("jwks.json") + "\""), {an_origin})),
                ElementsAre("f.yaml:1: principals.p.secret: stands beside keys; leave one of them out"));
    EXPECT_THAT(told_of("cookie: \"a b\""), ElementsAre("f.yaml:1: principals.p.cookie: expected a cookie's name, got 'a b'"));
    EXPECT_THAT(told_of("jwt: Authorization, claim: role, keys: /nowhere"),
                ElementsAre("f.yaml:1: principals.p.claim: expected a JSON Pointer such as /role, got 'role'",
                            "f.yaml:1: principals.p.keys: cannot be read: /nowhere; expected a file with a JWK Set or public keys in PEM"));
}

TEST(Principals, AreKnownToTheRoutesThatNameThem) {
    EXPECT_THAT(told(load_yaml(in_route("principal: user"), {an_origin})),
                ElementsAre("f.yaml:1: routes.0.principal: there is no principal user; name who asks under principals, such as principals: {user: {cookie: sessionid}}"));
    EXPECT_THAT(told(load_yaml("{principals: {user: {cookie: a}}, routes: [{path: /x, principal: usr}]}", {an_origin})),
                ElementsAre("f.yaml:1: routes.0.principal: expected user, got 'usr'; did you mean 'user'?"));
    EXPECT_THAT(told(load_yaml(in_route("ends_principal: true"), {an_origin})),
                ElementsAre("f.yaml:1: routes.0.ends_principal: whose? the route names no principal; add principal: NAME"));
}

TEST(KeysOfARoute, AreAddedToThoseOfAllAndReplaceWhatThoseSayOfTheSameParameter) {
    const auto invocation = load_yaml(R"(
routes:
  - {path: /a, keys: {drop: [ref], defaults: {page: 0, ordering: name}, clamp: {size: 50, offset: 1000}}}
  - {path: /b, keys: {defaults: {page_size: 20}}}
  - {path: /c}
keys: {drop: [utm_*], defaults: {page: 1, q: ""}, clamp: {size: 100}, languages: [de, en]}
)",
                                      {an_origin});
    ASSERT_THAT(told(invocation), IsEmpty());
    const auto keys = [&invocation](std::size_t route) { return invocation.settings.routes.at(route).rules.keys; };
    EXPECT_THAT(keys(0).drop, ElementsAre("utm_*", "ref"));
    EXPECT_THAT(keys(0).defaults, ElementsAre(Pair("page", "0"), Pair("q", ""), Pair("ordering", "name")));
    EXPECT_THAT(keys(0).clamp, ElementsAre(Pair("size", 50u), Pair("offset", 1000u)));
    EXPECT_THAT(keys(1).drop, ElementsAre("utm_*"));
    EXPECT_THAT(keys(1).defaults, ElementsAre(Pair("page", "1"), Pair("q", ""), Pair("page_size", "20")));
    EXPECT_THAT(keys(1).clamp, ElementsAre(Pair("size", 100u)));
    for (const policy::KeyRules& untouched : {keys(2), invocation.settings.unmatched.keys}) {
        EXPECT_THAT(untouched.drop, ElementsAre("utm_*"));
        EXPECT_THAT(untouched.defaults, ElementsAre(Pair("page", "1"), Pair("q", "")));
        EXPECT_THAT(untouched.clamp, ElementsAre(Pair("size", 100u)));
    }
    for (std::size_t route = 0; route < 3; ++route) EXPECT_THAT(keys(route).languages.tags, ElementsAre("de", "en"));
}

TEST(KeysOfARoute, AreTakenFromFlagsAndTheEnvironmentToo) {
    const auto settings = load_yaml(in_route("fresh: 1m"), {an_origin, "--set", "routes.0.keys={defaults: {page: 1}}"}, {{"SIDECACHE_ROUTES_0_KEYS_DROP", "from,ref_*"}}).settings;
    EXPECT_THAT(settings.routes.at(0).rules.keys.drop, IsEmpty());  // flags win, whole
    EXPECT_THAT(settings.routes.at(0).rules.keys.defaults, ElementsAre(Pair("page", "1")));
    const auto from_environment = load_yaml(in_route("fresh: 1m"), {an_origin}, {{"SIDECACHE_ROUTES_0_KEYS_DROP", "from,ref_*"}}).settings;
    EXPECT_THAT(from_environment.routes.at(0).rules.keys.drop, ElementsAre("from", "ref_*"));
}

TEST(Workers, AutoIsTheNumberOfUsableCpus) {
    const auto workers = load_flags({an_origin, "--workers", "auto"}).settings.workers;
    EXPECT_EQ(workers, std::thread::hardware_concurrency());
    EXPECT_EQ(load_flags({an_origin}).settings.workers, workers);
}

TEST(Memory, OfASmallSizeLowersTheLargestObjectWhereThatIsNotGiven) {
    const auto small = load_flags({an_origin, "--memory", "16MiB"});
    EXPECT_THAT(told(small), IsEmpty());
    EXPECT_EQ(small.settings.memory.max_object, 2u << 20);
    EXPECT_EQ(small.settings.pipeline.max_object, 2u << 20);
}

TEST(Limits, OfASmallHeadLowerTheTargetWhereThatIsNotGiven) {
    const auto small = load_flags({an_origin, "--set", "limits.head=4KiB"});
    EXPECT_THAT(told(small), IsEmpty());
    EXPECT_EQ(small.settings.door.head_limits.target, 4096u);
}

TEST(Switches, AreWrittenInMoreThanOneWay) {
    const auto off = load_yaml("{headers: {request_id: \"\"}, log: {access: off}, admin: off}", {an_origin});
    EXPECT_THAT(told(off), IsEmpty());
    EXPECT_EQ(off.settings.pipeline.request_id, "");
    EXPECT_EQ(off.settings.log.access, "off");
    EXPECT_FALSE(off.settings.admin);
    EXPECT_EQ(load_yaml("headers: {request_id: off}", {an_origin}).settings.pipeline.request_id, "");
    EXPECT_EQ(load_yaml(in_route("fresh: origin, cache: on"), {an_origin}).settings.routes.at(0).rules.fresh, std::nullopt);
    EXPECT_EQ(load_yaml("listen: 127.0.0.1:1", {an_origin}).settings.listen.at(0).port, 1);
}

}  // namespace
}  // namespace sidecache::config
