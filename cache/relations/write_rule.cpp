#include "cache/relations/write_rule.hpp"

#include "cache/http/field.hpp"
#include "cache/http/target.hpp"

#include <algorithm>

namespace sidecache::relations {
namespace {

// A write of one member of a family is one of those that a list of all members shows.
void append_families(policy::Groups& out, const policy::GroupSpace& space, const std::vector<NameTemplate>& templates) {
    for (const NameTemplate& each : templates) {
        if (const auto family = each.family(space)) policy::add_group(out, *family);
    }
}

void append_otherwise(policy::Groups& out, const policy::GroupSpace& space, const WriteRule& rule) {
    if (rule.otherwise.empty()) policy::add_group(out, policy::everything_group(space));
    for (const routes::PathTemplate& each : rule.otherwise) policy::add_group(out, policy::tree_group(space, each.group_prefix()));
}

}  // namespace

bool RouteGroups::append(policy::Groups& out, const policy::GroupSpace& space, const routes::Variables* variables, std::string_view query, policy::GroupNames* names) const {
    const Known known{.path = variables, .query = query};
    for (const NameTemplate& each : groups) {
        if (each.append_groups(out, space, known, names)) continue;
        const auto family = each.family(space);
        if (!family || out.size() > space.limit) return false;
        if (std::ranges::find(out, *family) != out.end()) continue;
        out.push_back(*family);
        if (names != nullptr) names->push_back("any " + each.family_name());
    }
    return out.size() <= space.limit;
}

Relations::Relations(const std::vector<WriteRule>& rules, const http::RequestView& request, bool is_of_any_method) {
    if (rules.empty()) return;
    std::string group_path;
    if (!http::append_group_path(group_path, request.path)) return;  // such a write ends everything
    for (const WriteRule& rule : rules) {
        // Frameworks read "patch" as PATCH: what widens does so too, what is declared safe is so as it is spelt.
        const auto is_it = [&](const std::string& method) { return rule.is_safe ? method == request.method_text : http::iequals(method, request.method_text); };
        if (!is_of_any_method && !rule.methods.empty() && std::ranges::none_of(rule.methods, is_it)) continue;
        if (auto variables = rule.path.match_group_path(group_path)) matches_.emplace_back(&rule, *std::move(variables));
    }
}

std::vector<std::string_view> Relations::paths() const {
    std::vector<std::string_view> paths;
    for (const auto& [rule, variables] : matches_) paths.push_back(rule->path.text());
    return paths;
}

bool Relations::uses(Source source) const noexcept {
    return std::ranges::any_of(matches_, [source](const auto& match) { return std::ranges::any_of(match.first->groups, [source](const NameTemplate& each) { return each.uses(source); }); });
}

bool Relations::is_safe() const noexcept {
    return !matches_.empty() && std::ranges::all_of(matches_, [](const auto& match) { return match.first->is_safe; });
}

bool Relations::fences_begin() const noexcept {
    return std::ranges::any_of(matches_, [](const auto& match) { return match.first->fences_begin; });
}

std::chrono::milliseconds Relations::hold() const noexcept {
    std::chrono::milliseconds longest{0};
    for (const auto& [rule, variables] : matches_) longest = std::max(longest, rule->hold);
    return longest;
}

bool Relations::has_plain_names() const noexcept {
    return std::ranges::any_of(matches_, [](const auto& match) { return std::ranges::any_of(match.first->groups, [](const NameTemplate& each) { return each.is_plain_name(); }); });
}

void Relations::append_groups(policy::Groups& out, const policy::GroupSpace& space, const Known& known, bool otherwise) const {
    for (const auto& [rule, variables] : matches_) {
        Known of_rule = known;
        of_rule.path = &variables;
        of_rule.query = known.query;
        bool is_complete = true;
        for (const NameTemplate& each : rule->groups) is_complete = each.append_groups(out, space, of_rule) && is_complete;
        append_families(out, space, rule->groups);
        if (!is_complete && otherwise) append_otherwise(out, space, *rule);
        if (rule->is_everything) policy::add_group(out, policy::everything_group(space));
    }
    if (out.size() > space.limit) out.assign(1, policy::everything_group(space));
}

}  // namespace sidecache::relations
