// The texts of problems are part of the product: they are stated here letter by letter.
#include "tests/unit/config/loading.hpp"

namespace sidecache::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> told_for(std::string_view yaml) { return told(load_yaml(yaml, {an_origin})); }

TEST(Problems, AreToldAllAtOnceWithTheirLines) {
    const auto lines = told(load_yaml(R"(listen: 8080
workers: many
timeout: {head: 1s}
origins:
  api:
    servers: [http://a/api]
    pool: {max: 0, wait: soon}
routes:
  - {path: api, fresh: 5}
  - {fresh: 1s}
limits: {target: 64KiB, head: 16KiB}
memory: {size: 16MiB, max_object: 4MiB}
)"));
    EXPECT_THAT(
        lines,
        ElementsAre("f.yaml:1: listen: expected an address such as 127.0.0.1:8080, got '8080'; did you mean '127.0.0.1:8080'?",
                    "f.yaml:2: workers: expected auto or a whole number from 1 to 1024, got 'many'",
                    "f.yaml:3: timeout: unknown key; did you mean 'timeouts'?",
                    "f.yaml:6: origins.api.servers.0: expected no path after the host, got '/api'; each request keeps its own "
                    "path; write 'http://a'",
                    "f.yaml:7: origins.api.pool.max: expected a whole number from 1 to 65535, got '0'",
                    "f.yaml:7: origins.api.pool.wait: expected a duration such as 30s, got 'soon'",
                    "f.yaml:9: routes.0.path: The path template \"api\" does not begin with '/'.",
                    "f.yaml:9: routes.0.fresh: expected origin or a duration such as 5m, got '5'; units: ms s m h d",
                    "f.yaml:10: routes.1.path: missing; expected such as path: /api/doctors/",
                    "f.yaml:11: limits.target: expected at most limits.head (16KiB), got '64KiB'",
                    "f.yaml:12: memory.max_object: expected at most an eighth of memory.size (16MiB), got '4MiB'"));
}

TEST(Problems, OfTheFileComeBeforeThoseOfFlagsAndVariables) {
    const auto lines =
        told(load_yaml("log:\n  level: warn\n", {an_origin, "--listen", ":80", "--orgin", "x", "--set", "log.slow=1"},
                       {{"SIDECACHE_TIMEOUTS_HEAD", "never"}}));
    EXPECT_THAT(lines,
                ElementsAre("f.yaml:2: log.level: expected debug, info, warning or error, got 'warn'; did you mean 'warning'?",
                            "--orgin: unknown flag; did you mean '--origin'?",
                            "--listen: listen.0: expected an address such as 127.0.0.1:8080, got ':80'; did you mean '*:80'?",
                            "SIDECACHE_TIMEOUTS_HEAD: timeouts.head: expected a duration such as 30s, got 'never'",
                            "--set: log.slow: expected a duration such as 30s, got '1'; units: ms s m h d"));
}

TEST(Problems, OfAnOrderOfLanguagesThatIsIgnoredThoughItIsLookedUp) {
    EXPECT_THAT(told_for("keys: {languages: [de, en], language_order: ignore}"),
                ElementsAre("f.yaml:1: keys.language_order: ignore contradicts keys.languages, which are looked up in their order; leave one of the two out"));
    EXPECT_THAT(told_for("keys: {language_order: any}"), ElementsAre("f.yaml:1: keys.language_order: expected obey or ignore, got 'any'"));
}

TEST(Problems, OfLanguagesNameTheTag) {
    EXPECT_THAT(told_for("keys: {languages: [de, '*', en_US, DE]}"),
                ElementsAre("f.yaml:1: keys.languages.1: expected a language such as de or pt-br, got '*'",
                            "f.yaml:1: keys.languages.2: expected a language such as de or pt-br, got 'en_US'",
                            "f.yaml:1: keys.languages: expected each language once, got 'de'"));
}

TEST(Problems, OfARoutesKeysNameTheRoute) {
    EXPECT_THAT(told_for("routes:\n  - path: /x\n    keys:\n      drop: ['a*b']\n      clamp: {size: big}\n  - path: /y\n    keys: [page]\n  - path: /z\n    keys:\n      defaults: [page]\n"),
                ElementsAre("f.yaml:4: routes.0.keys.drop: expected a parameter name, or its start and a *, got 'a*b'",
                            "f.yaml:5: routes.0.keys.clamp.size: expected a whole number from 0 to 1000000000000, got 'big'",
                            "f.yaml:7: routes.1.keys: expected a map of keys, got a list",
                            "f.yaml:10: routes.2.keys.defaults: expected a map from names to values, got a list"));
}

TEST(Problems, OfWriteRulesNameTheRule) {
    const std::string begin = "writes:\n  rules:\n";
    EXPECT_THAT(told_for(begin + "    - groups: [a]\n    - {path: /x, groups: [\"a:{id}\"]}\n    - {path: /x, methods: [GET]}\n    - {path: /x, safe: true, hold: 1s}\n"),
                ElementsAre("f.yaml:3: writes.rules.0.path: missing; expected such as path: /api/appointments/{id}/",
                            "f.yaml:4: writes.rules.1.groups.0: \"a:{id}\" has {id}, which is no variable of the path /x; there are also {query:NAME}, {request:/pointer}, {response:/pointer} and {stored:/pointer}.",
                            "f.yaml:5: writes.rules.2.methods.0: expected a method that writes, such as POST, got 'GET'",
                            "f.yaml:6: writes.rules.3.safe: the rule says what its writes change as well; leave one of them out: what is safe is no write"));
    EXPECT_THAT(told_for("routes: [{path: /x, groups: [\"a:{response:/b}\"]}]"),
                ElementsAre("f.yaml:1: routes.0.groups.0: expected a name such as doctor:{id} or person:{query:people}, got 'a:{response:/b}'; what a write changes stands under writes.rules"));
}

TEST(Problems, AreOneLineWhateverTheKeyHolds) {
    EXPECT_THAT(told_for("\"a\\nb\": 1"),
                ElementsAre(::testing::StartsWith("f.yaml:1: a?b: unknown key; known here: listen, listen_mode, admin, workers")));
    EXPECT_EQ(to_string({"f.yaml", 14, "origins.api.pool.max", "expected x", "did you mean 'y'?"}),
              "f.yaml:14: origins.api.pool.max: expected x; did you mean 'y'?");
    EXPECT_EQ(to_string({"--listen", 0, "", "needs a value", ""}), "--listen: needs a value");
}

TEST(UnknownKeys, AreToldWithTheNearestOrWithAllThatThereAre) {
    EXPECT_THAT(told_for("listens: x"), ElementsAre("f.yaml:1: listens: unknown key; did you mean 'listen'?"));
    EXPECT_THAT(told_for("memory: {max: 1MiB}"), ElementsAre("f.yaml:1: memory.max: unknown key; did you mean 'max_object'?"));
    EXPECT_THAT(told_for("forwarded: {by: x}"), ElementsAre("f.yaml:1: forwarded.by: unknown key; known here: trust"));
    EXPECT_THAT(told_for("routes:\n  - path: /x\n    stale:\n      if_eror: 1s"),
                ElementsAre("f.yaml:4: routes.0.stale.if_eror: unknown key; did you mean 'if_error'?"));
    EXPECT_THAT(told_for("routes:\n  - path: /x\n    keys:\n      default: {page: 1}\n      languages: [de]\n"),
                ElementsAre("f.yaml:4: routes.0.keys.default: unknown key; did you mean 'defaults'?",
                            "f.yaml:5: routes.0.keys.languages: unknown key; known here: drop, defaults, clamp"));
}

TEST(RepeatedKeys, AreProblemsWithBothLines) {
    EXPECT_THAT(told_for("workers: 1\nlog: {level: info}\nworkers: 2\nlog:\n  level: debug\n"),
                ElementsAre("f.yaml:3: workers: repeated key: first on line 1", "f.yaml:4: log: repeated key: first on line 2"));
    EXPECT_THAT(told_for("routes:\n  - path: /x\n  - {path: /y, cache: off, cache: on}\n"),
                ElementsAre("f.yaml:3: routes.1.cache: repeated key: first on line 3"));
    EXPECT_THAT(told_for("routes:\n  - path: /x\n    keys:\n      drop: a\n      defaults: {page: 1,\n        page: 2}\n      drop: b\n"),
                ElementsAre("f.yaml:6: routes.0.keys.defaults.page: repeated key: first on line 5",
                            "f.yaml:7: routes.0.keys.drop: repeated key: first on line 4"));
}

TEST(RepeatedKeys, AreSeenInSectionsThatAreNotBuiltToo) {
    EXPECT_THAT(told_for("query: {patterns: {max: 1,\n  max: 2}}"),
                ElementsAre("f.yaml:1: query.patterns: not built yet; leave it out: values are not invalidated by writes of HTTP",
                            "f.yaml:2: query.patterns.max: repeated key: first on line 1"));
}

TEST(TheQueryDoor, ListensWhereNothingElseDoes) {
    EXPECT_THAT(told_for("query: {listen: \"127.0.0.1:8080\"}"),
                ElementsAre("f.yaml:1: query.listen: '127.0.0.1:8080' overlaps the listen address '127.0.0.1:8080'; the query door needs an address of its own"));
    EXPECT_THAT(told_for("admin: 127.0.0.1:9900\nquery: {listen: \"127.0.0.1:9900\"}"),
                ElementsAre("f.yaml:2: query.listen: '127.0.0.1:9900' overlaps the admin address '127.0.0.1:9900'; the query door needs an address of its own"));
    EXPECT_THAT(told_for("query: {listen: [\"127.0.0.1:1\", \"127.0.0.1:1\"]}"),
                ElementsAre("f.yaml:1: query.listen: '127.0.0.1:1' overlaps another one '127.0.0.1:1'; the query door needs an address of its own"));
}

TEST(TheQueryDoor, IsReachedFromOtherMachinesOnlyWithAPassword) {
    for (const std::string address : {"*:6380", "0.0.0.0:6380", "[::]:6380", "10.0.0.1:6380"}) {
        EXPECT_THAT(told_for("query: {listen: \"" + address + "\"}"),
                    ElementsAre("f.yaml:1: query.listen: '" + address + "' is reached from other machines, and no password is asked for; add password: ${QUERY_PASSWORD}"));
        EXPECT_THAT(told_for("query: {listen: \"" + address + "\", password: secret}"), IsEmpty());
    }
    for (const std::string address : {"127.0.0.1:6380", "127.8.8.8:6380", "[::1]:6380", "unix:/run/q.sock"}) {
        EXPECT_THAT(told_for("query: {listen: \"" + address + "\"}"), IsEmpty());
    }
}

TEST(TheQueryDoor, TakesLimitsThatFitEachOther) {
    EXPECT_THAT(told_for("memory: {size: 64MiB}\nquery: {value: 16MiB}"), ElementsAre("f.yaml:2: query.value: expected at most an eighth of memory.size (8MiB), got '16MiB'"));
    EXPECT_THAT(told_for("query: {value: 2MiB, request: 1MiB}"), ElementsAre("f.yaml:1: query.request: expected at least query.value (2MiB), got '1MiB'"));
    const query::Options roomy = load_yaml("memory: {size: 2GiB}\nquery: {value: 128MiB}", {an_origin}).settings.query;
    EXPECT_EQ(roomy.request.request, 256u << 20);
    EXPECT_EQ(roomy.reply, 256u << 20);
    EXPECT_THAT(told_for("query: {listen: \"127.0.0.1:1\", listen_mode: 0660}"), ElementsAre("f.yaml:1: query.listen_mode: it is of Unix sockets, and none is listened on"));
}

TEST(WrongTypes, AreToldWithWhatWasThere) {
    EXPECT_THAT(told_for("workers: [1]\n"),
                ElementsAre("f.yaml:1: workers: expected auto or a whole number from 1 to 1024, got a list"));
    EXPECT_THAT(told_for("timeouts: 5s\n"), ElementsAre("f.yaml:1: timeouts: expected a map of keys, got '5s'"));
    EXPECT_THAT(told_for("timeouts: {head: }\n"),
                ElementsAre("f.yaml:1: timeouts.head: expected a duration such as 30s, got nothing"));
    EXPECT_THAT(told_for("routes: /x\n"), ElementsAre("f.yaml:1: routes: expected a list of maps, got '/x'"));
    EXPECT_THAT(told_for("routes: {path: /x}\n"), ElementsAre("f.yaml:1: routes: expected a list of maps, got a map"));
    EXPECT_THAT(told_for("routes:\n- /x\n"), ElementsAre("f.yaml:2: routes.0: expected a map of keys, got '/x'"));
    EXPECT_THAT(told_for("listen: {a: b}\n"),
                ElementsAre("f.yaml:1: listen: expected an address such as 127.0.0.1:8080, or a list of them, got a map"));
    for (const std::string mode : {"660", "0888", "0440", "rw", "01777"}) {
        EXPECT_THAT(told_for("listen: unix:/a\nlisten_mode: " + mode + "\n"),
                    ElementsAre("f.yaml:2: listen_mode: expected permissions in octal such as 0660, that let the owner write, got '" + mode + "'"));
    }
    EXPECT_THAT(told_for("listen_mode: 0660\n"), ElementsAre("f.yaml:1: listen_mode: it is of Unix sockets, and none is listened on"));
    EXPECT_THAT(told_for("listen: []\n"), ElementsAre("f.yaml:1: listen: expected at least one address, got an empty list"));
    EXPECT_THAT(told_for("keys: {drop: [a, [b]]}\n"),
                ElementsAre("f.yaml:1: keys.drop.1: expected a parameter name such as utm_*, got a list"));
    EXPECT_THAT(told_for("keys: {drop: [\"a*b\"]}\n"),
                ElementsAre("f.yaml:1: keys.drop: expected a parameter name, or its start and a *, got 'a*b'"));
    EXPECT_THAT(told_for("keys: {defaults: [page]}\n"),
                ElementsAre("f.yaml:1: keys.defaults: expected a map from names to values, got a list"));
    EXPECT_THAT(told_for("keys: {clamp: {size: big}}\n"),
                ElementsAre("f.yaml:1: keys.clamp.size: expected a whole number from 0 to 1000000000000, got 'big'"));
    EXPECT_THAT(told(load_yaml("origins: [api]")),
                ElementsAre("f.yaml:1: origins: expected a map from names to maps, got a list"));
    EXPECT_THAT(told(load_yaml("origins: {api: \"http://a\"}")),
                ElementsAre("f.yaml:1: origins.api: expected a map of keys, got 'http://a'"));
}

TEST(Choices, AreToldInFull) {
    EXPECT_THAT(
        told_for("set_cookie: refused\nwrites: {failed: x}\nlog: {format: xml}\nheaders: {x_cache: maybe, request_id: \"a b\"}\n"
                 "routes: [{path: /x, cache: never, clients: validate}]\n"),
        ElementsAre("f.yaml:1: set_cookie: expected refuse or share, got 'refused'; did you mean 'refuse'?",
                    "f.yaml:2: writes.failed: expected invalidate or keep, got 'x'",
                    "f.yaml:3: log.format: expected json or text, got 'xml'",
                    "f.yaml:4: headers.x_cache: expected true or false, got 'maybe'",
                    "f.yaml:4: headers.request_id: expected a field name such as X-Request-ID, or off, got 'a b'",
                    "f.yaml:5: routes.0.cache: expected on or off, got 'never'",
                    "f.yaml:5: routes.0.clients: expected origin or revalidate, got 'validate'; did you mean 'revalidate'?"));
}

TEST(Origins, AreTheOneThingThatMustBeGiven) {
    const std::string how =
        "origins: missing; say --origin http://127.0.0.1:8000, or in YAML origins: {api: {servers: [\"http://127.0.0.1:8000\"]}}";
    EXPECT_THAT(told(load_flags({})), ElementsAre("command line: " + how));
    EXPECT_THAT(told(load_yaml("workers: 1")), ElementsAre("f.yaml: " + how));
    EXPECT_THAT(told(load_yaml("origins: {}")), ElementsAre("f.yaml: " + how));
    EXPECT_THAT(told(load_yaml("origins: {api: }")),
                ElementsAre("f.yaml:1: origins.api.servers: missing; expected such as servers: [\"http://127.0.0.1:8000\"]"));
    EXPECT_THAT(told(load_yaml("origins: {api: {servers: []}}")),
                ElementsAre("f.yaml:1: origins.api.servers: missing; expected such as servers: [\"http://127.0.0.1:8000\"]"));
    EXPECT_THAT(told(load_yaml("origins: {\"a b\": {servers: \"http://a\"}}")),
                ElementsAre("f.yaml:1: origins.a b: expected a name of letters, digits, - and _ (at most 64), got 'a b'"));
}

TEST(Addresses, ThatOverlapAreProblems) {
    EXPECT_THAT(
        told_for("listen: [127.0.0.1:80, \"*:80\"]\nadmin: 127.0.0.1:80\n"),
        ElementsAre(
            "f.yaml:1: listen: '*:80' overlaps '127.0.0.1:80'",
            "f.yaml:2: admin: '127.0.0.1:80' overlaps the listen address '127.0.0.1:80'; the admin door needs an address "
            "of its own",
            "f.yaml:2: admin: '127.0.0.1:80' overlaps the listen address '*:80'; the admin door needs an address of its own"));
    EXPECT_THAT(told_for("listen: [\"127.0.0.1:0\", \"127.0.0.1:0\"]\nadmin: 127.0.0.1:0\n"), IsEmpty());
}

TEST(Variables, AreReplacedInScalarsOfTheFile) {
    const auto load = [](const std::string& server, const Variables& variables) {
        return load_yaml("origins: {api: {servers: [\"" + server + "\"]}}", {}, variables);
    };
    const auto found = load("http://${HOST}:${PORT}", {{"HOST", "app"}, {"PORT", "8000"}});
    EXPECT_THAT(told(found), IsEmpty());
    EXPECT_EQ(found.settings.origin.servers.at(0).authority, "app:8000");

    EXPECT_THAT(told(load("http://${HOST}", {})),
                ElementsAre("f.yaml:1: origins.api.servers.0: ${HOST} is not set in the environment; write $${ for a plain ${"));
    EXPECT_THAT(told(load("http://${HOST", {{"HOST", "app"}})),
                ElementsAre("f.yaml:1: origins.api.servers.0: expected ${NAME}, got '${HOST'; write $${ for a plain ${"));
    EXPECT_THAT(told(load("http://${HOST:-a}", {{"HOST", "app"}})),
                ElementsAre("f.yaml:1: origins.api.servers.0: expected ${NAME}, got '${HOST:-a}'; write $${ for a plain ${"));
}

TEST(Variables, AreReplacedOnceAndEscapedByASecondDollar) {
    const auto defaults = [](const std::string& value) {
        return load_yaml("keys: {defaults: {a: \"" + value + "\"}}", {an_origin}, {{"A", "1"}, {"B", "${A}"}})
            .settings.unmatched.keys.defaults.at(0)
            .second;
    };
    EXPECT_EQ(defaults("${A}${A}"), "11");
    EXPECT_EQ(defaults("${B}"), "${A}");
    EXPECT_EQ(defaults("$${A}"), "${A}");
    EXPECT_EQ(defaults("${A}$${A}$"), "1${A}$");
    EXPECT_EQ(defaults("$A $$ {A}"), "$A $$ {A}");
}

TEST(Variables, AreNotAskedForInSectionsThatAreNotBuilt) {
    EXPECT_THAT(told_for("query: {patterns: [{key: \"${KEY}\"}]}"), ElementsAre("f.yaml:1: query.patterns: not built yet; leave it out: values are not invalidated by writes of HTTP"));
}

TEST(Yaml, ThatIsNoneIsOneProblemWithItsLine) {
    const auto told_only = [](std::string_view yaml) { return told(load_yaml(yaml)); };
    EXPECT_THAT(told_only("listen: [a, b\nadmin: x\n"),
                ElementsAre("f.yaml:2: not YAML: end of sequence flow not found; quote a text that holds { } [ ] or ': '"));
    EXPECT_THAT(told_only("workers: 1\n  admin: x\n"),
                ElementsAre("f.yaml:2: not YAML: illegal map value; quote a text that holds { } [ ] or ': '"));
    EXPECT_THAT(told_only("listen: *:8080\n"), ElementsAre("f.yaml:1: not YAML: the referenced anchor is not defined; quote a "
                                                           "text that begins with * or &, such as \"*:8080\""));
    EXPECT_THAT(told_only("a: &x 1\nb: *x\n"),
                ElementsAre("f.yaml:2: b: an alias (*name) is not supported; write the value out"));
    EXPECT_THAT(told_only("{a: b}: c\n"),
                ElementsAre("f.yaml:1: expected a plain text as key; quote a text that begins with { or ["));
    EXPECT_THAT(told_only("workers: 1\n---\nworkers: 2\n"),
                ElementsAre("f.yaml:3: expected one YAML document, got a second one"));
    EXPECT_THAT(told_only("- workers\n"), ElementsAre("f.yaml:1: expected a map of keys such as 'origins:'"));
}

TEST(Yaml, ThatIsNestedWithoutEndIsRefusedEarly) {
    for (const char open : {'[', '{'}) {
        EXPECT_THAT(told(load_yaml("a:\n - " + std::string(100'000, open))), ElementsAre(::testing::StartsWith("f.yaml:2: ")));
        EXPECT_EQ(told(load_yaml(std::string(100'000, open))).size(), 1u);
    }
    EXPECT_THAT(told(load_yaml("a: " + std::string(65, '[') + std::string(65, ']'))),
                ElementsAre(::testing::HasSubstr(": nested too deeply")));
}

TEST(Files, ThatCannotBeReadAreOneProblem) {
    const TemporaryFile file("x");
    EXPECT_THAT(told(load_flags({"--config", "/nowhere/f.yaml"})),
                ElementsAre("/nowhere/f.yaml: cannot be read: No such file or directory"));
    EXPECT_THAT(told(load_flags({"--config", file.directory()})),
                ElementsAre(file.directory() + ": is a directory; expected a YAML file"));
    EXPECT_THAT(told(load_flags({"--config", "/dev/zero"})), ElementsAre("/dev/zero: larger than 4MiB"));
    EXPECT_THAT(told(load_yaml("")), ElementsAre("f.yaml: is empty; expected at least 'origins:'; see docs/configuration.md"));
    EXPECT_THAT(told(load_yaml("# only words\n")),
                ElementsAre("f.yaml: holds no keys; expected at least 'origins:'; see docs/configuration.md"));
}

TEST(Files, ThatCannotBeReadDoNotHideTheFlagsProblems) {
    EXPECT_THAT(told(load_flags({"--config", "/nowhere/f.yaml", "--workers", "0"})),
                ElementsAre("/nowhere/f.yaml: cannot be read: No such file or directory",
                            "--workers: workers: expected auto or a whole number from 1 to 1024, got '0'"));
}

}  // namespace
}  // namespace sidecache::config
