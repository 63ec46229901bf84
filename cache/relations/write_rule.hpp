// What the configuration says of writes: which other rows they change, and when (CONSISTENCY 1.2).
#pragma once

#include "cache/http/message.hpp"
#include "cache/relations/name_template.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sidecache::relations {

struct WriteRule {
    routes::PathTemplate path;
    std::vector<std::string> methods{};             // in upper case; none: every method that writes
    std::vector<NameTemplate> groups{};             // named beside what every write names
    std::vector<routes::PathTemplate> otherwise{};  // where one of `groups` lacks a value: all below their literal beginnings; none: everything
    bool is_everything = false;                     // `invalidate: everything`
    bool is_safe = false;                           // `safe: true`: no write at all, such as a search by POST
    bool fences_begin = false;                      // `fence: begin`: its groups end before it is forwarded, and nothing of them is stored until it is answered
    std::chrono::milliseconds hold{0};              // so long afterwards fills of its groups are answered and not stored: a replica that lags
};

// The groups that a route's responses belong to, beside those of their path.
struct RouteGroups {
    routes::PathTemplate path;
    std::vector<NameTemplate> groups{};

    // With the variables of the request's path, null where it does not match in the form that groups have. Where a variable has no value, the response belongs to
    // the name's family. False: more than `space.limit`.
    bool append(policy::Groups& out, const policy::GroupSpace& space, const routes::Variables* variables, std::string_view query, policy::GroupNames* names = nullptr) const;
};

// What the rules make of one request: all that match count.
class Relations {
public:
    Relations() = default;
    // `is_of_any_method`: which one it is a field may say, so that rules of all count.
    Relations(const std::vector<WriteRule>& rules, const http::RequestView& request, bool is_of_any_method = false);

    bool empty() const noexcept { return matches_.empty(); }
    std::vector<std::string_view> paths() const;  // of the rules that match
    bool uses(Source source) const noexcept;
    bool is_safe() const noexcept;  // at least one rule says so, and none that matches says otherwise
    bool fences_begin() const noexcept;
    std::chrono::milliseconds hold() const noexcept;
    bool has_plain_names() const noexcept;  // names of groups without a variable

    // Adds what is named besides, with what is known; over `space.limit`: everything. `otherwise`: where a value is missing, what is wider; else nothing.
    void append_groups(policy::Groups& out, const policy::GroupSpace& space, const Known& known, bool otherwise = true) const;

private:
    std::vector<std::pair<const WriteRule*, routes::Variables>> matches_;  // into the snapshot's rules, which outlive it
};

}  // namespace sidecache::relations
