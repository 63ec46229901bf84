#include "proxy/pipeline/announcement.hpp"

#include "cache/http/target.hpp"
#include "proxy/pipeline/named_rows.hpp"
#include "proxy/pipeline/write_fence.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <cstdint>
#include <span>

namespace sidecache::pipeline {
namespace {

namespace json = boost::json;
using json::error_code;
using json::string_view;

constexpr std::string_view form = R"(Expected a JSON object such as {"groups": ["staff"], "paths": ["/doctors/5/"], "everything": true}, with one of them at least and each once.)";

// Takes the one form that is expected, event by event: of a member that stands twice, a reader that builds values would lose one.
struct Reader {
    static constexpr std::size_t max_array_size = SIZE_MAX;
    static constexpr std::size_t max_object_size = SIZE_MAX;
    static constexpr std::size_t max_string_size = SIZE_MAX;
    static constexpr std::size_t max_key_size = SIZE_MAX;

    enum class Member : std::uint8_t { none, groups, paths, everything };

    Announcement out;
    std::string text;
    int depth = 0;
    Member member = Member::none;
    std::vector<Member> seen;

    static bool refuse(error_code& error) {
        error = json::error::syntax;
        return false;
    }
    static bool accept_if(bool is_good, error_code& error) { return is_good || refuse(error); }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code& error) { return accept_if(depth++ == 0, error); }
    bool on_object_end(std::size_t, error_code&) { return --depth == 0; }
    bool on_array_begin(error_code& error) { return accept_if(depth++ == 1 && (member == Member::groups || member == Member::paths), error); }
    bool on_array_end(std::size_t, error_code&) { return --depth == 1; }
    bool on_key_part(string_view part, std::size_t, error_code&) { return text.append(part.data(), part.size()), true; }
    bool on_key(string_view last, std::size_t, error_code& error) {
        text.append(last.data(), last.size());
        member = text == "groups" ? Member::groups : text == "paths" ? Member::paths : text == "everything" ? Member::everything : Member::none;
        text.clear();
        const bool is_new = std::ranges::find(seen, member) == seen.end();
        seen.push_back(member);
        return accept_if(member != Member::none && is_new, error);
    }
    bool on_string_part(string_view part, std::size_t, error_code&) { return text.append(part.data(), part.size()), true; }
    bool on_string(string_view last, std::size_t, error_code& error) {
        text.append(last.data(), last.size());
        if (depth != 2 || text.empty()) return refuse(error);
        (member == Member::groups ? out.groups : out.paths).push_back(std::move(text));
        text.clear();
        return true;
    }
    bool on_bool(bool value, error_code& error) {
        out.everything = value;
        return accept_if(depth == 1 && member == Member::everything, error);
    }
    bool on_number_part(string_view, error_code& error) { return refuse(error); }
    bool on_int64(std::int64_t, string_view, error_code& error) { return refuse(error); }
    bool on_uint64(std::uint64_t, string_view, error_code& error) { return refuse(error); }
    bool on_double(double, string_view, error_code& error) { return refuse(error); }
    bool on_null(error_code& error) { return refuse(error); }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }
};

// own(T) and tree(T), as a write at T names them. False if the path cannot be read.
bool add_path(std::vector<policy::Group>& groups, const policy::GroupSpace& space, std::string_view path) {
    std::string group_path;
    if (!path.starts_with('/') || !http::append_group_path(group_path, path.substr(0, path.find_first_of("?#")))) return false;
    groups.push_back(policy::own_group(space, group_path));
    groups.push_back(policy::tree_group(space, group_path));
    return true;
}

Announced refuse(std::string_view sentence) {
    return {400, json::serialize(json::object{{"detail", json::string(sentence.data(), sentence.size())}}) + "\n"};
}

}  // namespace

Announcement read_announcement(std::string_view text) {
    json::basic_parser<Reader> parser(json::parse_options{});
    error_code error;
    const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
    Announcement& out = parser.handler().out;
    const bool is_empty = out.groups.empty() && out.paths.empty() && !out.everything;
    if (error || read != text.size() || is_empty) out = {.groups = {}, .paths = {}, .everything = false, .problem = std::string(form)};
    return std::move(out);
}

Announced invalidate(Shared& shared, const Snapshot& snapshot, std::string_view text) {
    const Announcement announced = read_announcement(text);
    if (!announced.problem.empty()) return refuse(announced.problem);
    const policy::GroupSpace space = group_space(snapshot);
    std::vector<policy::Group> groups;
    for (const std::string& name : announced.groups) groups.push_back(policy::named_group(space, name));
    if (!announced.groups.empty()) {
        policy::Groups families;  // a list that shows all members of a name shows this one
        append_families(families, snapshot, space);
        groups.insert(groups.end(), families.begin(), families.end());
    }
    for (std::size_t i = 0; i < announced.paths.size(); ++i) {
        if (!add_path(groups, space, announced.paths[i])) return refuse("paths[" + std::to_string(i) + "]: expected a path that begins with / and whose escapes can be read.");
    }
    if (announced.everything) groups.push_back(policy::everything_group(space));
    std::ranges::sort(groups);
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    const epochs::Tick tick = shared.epochs.tick(groups);
    shared.counts.writes_announced.fetch_add(1, std::memory_order_relaxed);
    return {200, json::serialize(json::object{{"epoch", tick.now}, {"groups", groups.size()}}) + "\n"};
}

}  // namespace sidecache::pipeline
