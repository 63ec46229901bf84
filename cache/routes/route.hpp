// One configured route and the table that finds the first that matches, as in urls.py.
#pragma once

#include "cache/policy/rules.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sidecache::routes {

// What the variables of a template stand for in one path, by their names.
using Variables = std::vector<std::pair<std::string, std::string>>;

// "/api/doctors/{id}/": literal segments, {name} for one non-empty segment, {name...} last for the rest, also empty.
class PathTemplate {
public:
    // Throws std::invalid_argument with a sentence for the operator.
    explicit PathTemplate(std::string_view text);
    bool matches(std::string_view path) const noexcept;  // a path as keys normalise it; no allocation
    const std::string& text() const noexcept { return text_; }

    // The same of a path as groups use it (http::append_group_path), whatever its spelling was: end slash and format suffix do not count. nullopt: it does not match.
    std::optional<Variables> match_group_path(std::string_view path) const;
    // The literal beginning as groups use it: "/api/doctors" of "/api/doctors/{id}/stats/"; all paths that match stand below it, or are it.
    const std::string& group_prefix() const noexcept { return group_prefix_; }
    bool has_variable(std::string_view name) const noexcept;

private:
    struct Segment {
        std::string text;  // literal, or the variable's name
        enum class Kind : std::uint8_t { literal, variable, rest } kind = Kind::literal;
    };
    void add_segment(std::string_view segment);
    void take_literal_prefix();

    std::string text_;
    std::string prefix_;             // the literal beginning, up to the first variable
    std::string group_prefix_;
    std::vector<Segment> segments_;  // what follows it
    bool ends_with_slash_ = false;
};

struct Route {
    PathTemplate path;
    policy::Rules rules;
};

// First match wins. Indices are stable for one table and label metrics; `unmatched` is the implicit last route: RFC 9111, nothing added.
class RouteTable {
public:
    explicit RouteTable(std::vector<Route> routes, policy::Rules unmatched = {});
    std::size_t find(std::string_view path) const noexcept;        // index; size() - 1 is the implicit one
    const policy::Rules& rules(std::size_t index) const noexcept;
    std::string_view label(std::size_t index) const noexcept;      // template text; "other" for the implicit one
    std::size_t size() const noexcept;                             // with the implicit one

private:
    std::vector<Route> routes_;
    policy::Rules unmatched_;
};

}  // namespace sidecache::routes
