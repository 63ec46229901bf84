// The defaults that docs/configuration.md tells are those that count: a key given its default is as good as left out.
#include "config/sections.hpp"
#include "config/yaml.hpp"
#include "tests/unit/config/described.hpp"
#include "tests/unit/config/loading.hpp"
#include "tests/unit/config/rows.hpp"

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

namespace sidecache::config {
namespace {

using ::testing::IsEmpty;

std::string described(const Value& root) {
    const Environment environment;
    std::vector<ConfigProblem> problems;  // of what else such a text needs
    Reading reading{environment, problems};
    Reader top(reading, &root, {});
    Settings settings;
    read_settings(top, settings);
    return described(settings);
}

void take_out(Value& root, const std::string& key) {
    Value* at = &root;
    auto path = split_path(key);
    const std::string name = std::move(path.back());
    path.pop_back();
    for (const auto& step : path) {
        at = step == "N" || step == "NAME" ? &at->children.at(0) : at->find(step);
        ASSERT_NE(at, nullptr) << key;
    }
    const auto found = std::ranges::find(at->names, name);
    ASSERT_NE(found, at->names.end()) << key;
    at->children.erase(at->children.begin() + (found - at->names.begin()));
    at->names.erase(found);
}

struct DocumentedDefault {
    std::string key;
    std::string literal;  // the code span that its cell begins with; empty: it is told in prose
};

std::string code_span(const std::string& cell) {
    if (!cell.starts_with(" `")) return {};
    return cell.substr(2, cell.find('`', 2) - 2);
}

// Of the tables that have such a column: | key | type | default | ...
std::vector<DocumentedDefault> documented_defaults() {
    std::istringstream text(text_of("docs/configuration.md"));
    std::vector<DocumentedDefault> found;
    bool has_defaults = false;
    for (std::string line; std::getline(text, line);) {
        if (!line.starts_with("| `")) {
            has_defaults = line.starts_with("| key | type | default |") || (has_defaults && line.starts_with("|--"));
            continue;
        }
        if (!has_defaults) continue;
        std::istringstream row(line);
        std::string edge, key, type, by_default;
        for (std::string* cell : {&edge, &key, &type, &by_default}) std::getline(row, *cell, '|');
        found.push_back({code_span(key), code_span(by_default)});
    }
    return found;
}

const std::set<std::string> told_in_prose{"listen_mode",
                                          "origins.NAME.servers",
                                          "keys.drop",
                                          "keys.defaults",
                                          "keys.clamp",
                                          "keys.languages",
                                          "principals.NAME.cookie",
                                          "principals.NAME.header",
                                          "principals.NAME.role_header",
                                          "principals.NAME.jwt",
                                          "principals.NAME.claim",
                                          "principals.NAME.keys",
                                          "principals.NAME.secret",
                                          "principals.NAME.issuer",
                                          "principals.NAME.audience",
                                          "routes.N.path",
                                          "routes.N.principal",
                                          "routes.N.groups",
                                          "routes.N.method_override",
                                          "routes.N.keys.drop",
                                          "routes.N.keys.defaults",
                                          "routes.N.keys.clamp",
                                          "writes.rules.N.path",
                                          "writes.rules.N.methods",
                                          "writes.rules.N.groups",
                                          "writes.rules.N.otherwise",
                                          "query.listen",
                                          "query.listen_mode",
                                          "query.password",
                                          "redis.url",
                                          "redis.seal",
                                          "redis.sentinel.user",
                                          "redis.sentinel.password",
                                          "redis.tls.ca",
                                          "redis.tls.certificate",
                                          "redis.tls.key",
                                          "forwarded.trust",
                                          "purge.allow"};

// One of each that keys with NAME and N are of, with what it needs.
const std::string one_of_each = "{" + in_origin("") + ", " + in_token("") + ", " + in_route("") + ", " + in_rule("") + ", " + in_redis("url: \"redis://r\"") + "}";
const std::vector<std::pair<std::string, std::string>> names_of_each{
    {"origins.NAME.", "origins.api."}, {"principals.NAME.", "principals.p."}, {"routes.N.", "routes.0."}, {"writes.rules.N.", "writes.rules.0."}};

std::string in_one_of_each(std::string key) {
    for (const auto& [any, one] : names_of_each) {
        if (key.starts_with(any)) key.replace(0, any.size(), one);
    }
    return key;
}

TEST(DocumentedDefaults, AreLiteralsButForThoseNamedHere) {
    std::set<std::string> in_prose;
    for (const auto& [key, literal] : documented_defaults()) {
        if (literal.empty()) in_prose.insert(key);
    }
    EXPECT_EQ(in_prose, told_in_prose);
}

TEST(DocumentedDefaults, AreWhatIsSoWithoutTheKey) {
    const auto without = load_yaml(one_of_each);
    ASSERT_THAT(told(without), IsEmpty());
    for (const auto& [key, literal] : documented_defaults()) {
        if (literal.empty()) continue;
        const auto with = load_yaml(one_of_each, {"--set", in_one_of_each(key) + "=" + literal});
        EXPECT_THAT(told(with), IsEmpty()) << key;
        EXPECT_EQ(described(with.settings), described(without.settings)) << key << " is documented to be " << literal << " by default";
    }
}

TEST(DocumentedDefaults, AreComparedSoThatNoKeyEscapes) {
    std::set<std::string> keys;
    for (const auto& row : rows()) {
        std::vector<ConfigProblem> problems;
        auto root = parse_yaml(row.yaml, "row", {}, Layer::file, problems);
        ASSERT_TRUE(root) << row.key;
        const auto with = described(*root);
        take_out(*root, row.key);
        EXPECT_NE(with, described(*root)) << row.key;
        keys.insert(row.key);
    }
    for (const auto& documented : documented_defaults()) EXPECT_TRUE(keys.contains(documented.key)) << documented.key;
}

}  // namespace
}  // namespace sidecache::config
