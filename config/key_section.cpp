#include "config/sections.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sidecache::config {
namespace {

constexpr std::size_t largest_clamp = 1'000'000'000'000;

Form<std::string> any_value() {
    return {"a value", [](std::string_view value) -> Parsed<std::string> {
                return {std::string(value), {}, {}};
            }};
}

Form<std::string> language() {
    const std::string expected = "a language such as de or pt-br";
    return {expected, [expected](std::string_view text) -> Parsed<std::string> {
                auto tag = policy::parse_language_tag(text);
                return tag ? Parsed<std::string>{std::move(tag), {}, {}} : refused<std::string>(expected, text);
            }};
}

// One rule for each parameter: what is said later, by a route, replaces what all routes say.
template <typename Rule, typename Value>
void replace_or_add(std::vector<std::pair<std::string, Rule>>& rules, const std::vector<std::pair<std::string, Value>>& said) {
    for (const auto& [name, value] : said) {
        const auto known = std::ranges::find(rules, name, &std::pair<std::string, Rule>::first);
        if (known == rules.end()) {
            rules.emplace_back(name, value);
        } else {
            known->second = value;
        }
    }
}

void read_languages(Reader& keys, policy::Languages& rules) {
    std::vector<std::string>& languages = rules.tags;
    const auto order = keys.read("language_order", rules.is_order_ignored, choice<bool>({{"obey", false}, {"ignore", true}}));
    const auto given = keys.list("languages", language());
    if (!given) return;
    for (const auto& [tag, place] : given->value) {
        const bool is_repeated = std::ranges::find(languages, tag) != languages.end();
        if (is_repeated) keys.problem(place, "languages", expected_got("each language once", tag));
        languages.push_back(tag);
    }
    // Lookup takes the first of equal ranges: for such an application their order matters.
    if (order && rules.is_order_ignored) keys.problem(*order, "language_order", "ignore contradicts keys.languages, which are looked up in their order", "leave one of the two out");
}

}  // namespace

void read_query_rules(Reader& keys, policy::KeyRules& rules) {
    if (const auto drop = keys.list("drop", text("a parameter name such as utm_*"))) {
        for (const auto& [name, place] : drop->value) {
            if (name.find('*') < name.size() - 1) {
                keys.problem(place, "drop", expected_got("a parameter name, or its start and a *", name));
            }
            rules.drop.push_back(name);
        }
    }
    replace_or_add(rules.defaults, keys.named("defaults", any_value()));
    replace_or_add(rules.clamp, keys.named("clamp", number(0, largest_clamp)));
}

void read_keys(Reader& top, policy::KeyRules& rules) {
    top.section("keys", [&](Reader& keys) {
        read_query_rules(keys, rules);
        read_languages(keys, rules.languages);
    });
}

}  // namespace sidecache::config
