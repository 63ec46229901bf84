// A group or a URI with variables, as routes and write rules name them: "doctor:{response:/doctor}", "/api/doctors/{id}/stats/".
#pragma once

#include "cache/json/pointer.hpp"
#include "cache/policy/groups.hpp"
#include "cache/routes/route.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::relations {

// Where the value of a variable comes from.
enum class Source : std::uint8_t {
    path,      // {id}: a variable of the path template beside which it stands
    query,     // {query:NAME}: each parameter of that name
    request,   // {request:/pointer}: the JSON of the request
    response,  // {response:/pointer}: of its answer
    stored,    // {stored:/pointer}: of what is stored of the same URI, from before the write
};

// What is known of one request; null: not there, or it cannot be read.
struct Known {
    const routes::Variables* path = nullptr;
    std::string_view query{};
    const boost::json::value* request = nullptr;
    const boost::json::value* response = nullptr;
    const boost::json::value* stored = nullptr;
};

class NameTemplate {
public:
    // Throws std::invalid_argument with a sentence for the operator. `path`: whose variables may be named.
    NameTemplate(std::string_view text, const routes::PathTemplate& path);

    const std::string& text() const noexcept { return text_; }
    bool uses(Source source) const noexcept;
    bool is_plain_name() const noexcept { return !is_uri_ && parts_.size() == 1 && !parts_.front().variable; }

    // Appends the groups that it stands for: of a URI itself, all below it and each collection above, of a name its own. Where a variable has several
    // values, of each. False: one has no value, or there are more groups than `space.limit`.
    bool append_groups(policy::Groups& out, const policy::GroupSpace& space, const Known& known, policy::GroupNames* names = nullptr) const;

    // Of a name with variables: the group of what belongs to it without a value for one, as a list that is not filtered by it; nullopt: it has none, or is a URI.
    std::optional<policy::Group> family(const policy::GroupSpace& space) const;
    std::string family_name() const;  // "doctor:{}"

private:
    struct Variable {
        Source source;
        std::string name;                             // of path and query
        std::optional<strict_json::Pointer> pointer;  // of the others
    };
    struct Part {
        std::string literal;              // before the variable
        std::optional<Variable> variable;  // nothing at the end
    };
    void add_variable(std::string_view inner, const routes::PathTemplate& path);
    static bool append_values(const Variable& variable, const Known& known, std::vector<std::string>& out);
    std::optional<std::vector<std::string>> expand(const Known& known, std::size_t limit) const;

    std::string text_;
    bool is_uri_;
    std::vector<Part> parts_;
};

}  // namespace sidecache::relations
