#include "proxy/pipeline/announcement.hpp"

#include "cache/fleet/control.hpp"
#include "cache/http/target.hpp"
#include "proxy/pipeline/fleet_write.hpp"
#include "proxy/pipeline/named_rows.hpp"
#include "proxy/pipeline/write_fence.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

namespace sidecache::pipeline {
namespace {

namespace json = boost::json;
using json::error_code;
using json::string_view;
using runtime::Task;

constexpr std::string_view form = R"(Expected a JSON object such as {"groups": ["staff"], "uris": ["/doctors/"], "paths": ["/doctors/5/"], "everything": true}, with one of them at least and each once; and "soft": true or false.)";

// Takes the one form that is expected, event by event: of a member that stands twice, a reader that builds values would lose one.
struct Reader {
    static constexpr std::size_t max_array_size = SIZE_MAX;
    static constexpr std::size_t max_object_size = SIZE_MAX;
    static constexpr std::size_t max_string_size = SIZE_MAX;
    static constexpr std::size_t max_key_size = SIZE_MAX;

    enum class Member : std::uint8_t { none, groups, uris, paths, everything, soft };

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
    std::vector<std::string>* list() noexcept {
        return member == Member::groups ? &out.groups : member == Member::uris ? &out.uris : member == Member::paths ? &out.paths : nullptr;
    }
    bool on_array_begin(error_code& error) { return accept_if(depth++ == 1 && list() != nullptr, error); }
    bool on_array_end(std::size_t, error_code&) { return --depth == 1; }
    bool on_key_part(string_view part, std::size_t, error_code&) { return text.append(part.data(), part.size()), true; }
    bool on_key(string_view last, std::size_t, error_code& error) {
        text.append(last.data(), last.size());
        constexpr std::pair<std::string_view, Member> names[] = {
            {"groups", Member::groups}, {"uris", Member::uris}, {"paths", Member::paths}, {"everything", Member::everything}, {"soft", Member::soft}};
        const auto* found = std::ranges::find(names, std::string_view(text), &std::pair<std::string_view, Member>::first);
        member = found == std::end(names) ? Member::none : found->second;
        text.clear();
        const bool is_new = std::ranges::find(seen, member) == seen.end();
        seen.push_back(member);
        return accept_if(member != Member::none && is_new, error);
    }
    bool on_string_part(string_view part, std::size_t, error_code&) { return text.append(part.data(), part.size()), true; }
    bool on_string(string_view last, std::size_t, error_code& error) {
        text.append(last.data(), last.size());
        if (depth != 2 || text.empty()) return refuse(error);
        list()->push_back(std::move(text));
        text.clear();
        return true;
    }
    bool on_bool(bool value, error_code& error) {
        (member == Member::soft ? out.is_soft : out.everything) = value;
        return accept_if(depth == 1 && (member == Member::everything || member == Member::soft), error);
    }
    bool on_number_part(string_view, error_code& error) { return refuse(error); }
    bool on_int64(std::int64_t, string_view, error_code& error) { return refuse(error); }
    bool on_uint64(std::uint64_t, string_view, error_code& error) { return refuse(error); }
    bool on_double(double, string_view, error_code& error) { return refuse(error); }
    bool on_null(error_code& error) { return refuse(error); }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }
};

// own(T), and with all below it tree(T), as a write at T names them. False if the path cannot be read.
bool add_path(std::vector<policy::Group>& groups, const policy::GroupSpace& space, std::string_view path, bool with_all_below) {
    std::string group_path;
    if (!path.starts_with('/') || !http::append_group_path(group_path, path.substr(0, path.find_first_of("?#")))) return false;
    groups.push_back(policy::own_group(space, group_path));
    if (with_all_below) groups.push_back(policy::tree_group(space, group_path));
    return true;
}

// The index of the first that cannot be read.
std::optional<std::size_t> add_paths(std::vector<policy::Group>& groups, const policy::GroupSpace& space, const std::vector<std::string>& paths, bool with_all_below) {
    for (std::size_t i = 0; i < paths.size(); ++i) {
        if (!add_path(groups, space, paths[i], with_all_below)) return i;
    }
    return std::nullopt;
}

Invalidation refused(std::string problem) {
    Invalidation out;
    out.problem = std::move(problem);
    return out;
}

Invalidation refused_path(std::string_view member, std::size_t index) {
    return refused(std::string(member) + "[" + std::to_string(index) + "]: expected a path that begins with / and whose escapes can be read.");
}

void remove_repeated(std::vector<policy::Group>& groups) {
    std::ranges::sort(groups);
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
}

Announced refuse(int status, std::string_view sentence) {
    return {status, json::serialize(json::object{{"detail", json::string(sentence.data(), sentence.size())}}) + "\n"};
}

Announced tell(std::uint64_t epoch, std::size_t groups) { return {200, json::serialize(json::object{{"epoch", epoch}, {"groups", groups}}) + "\n"}; }

Announced tell_softened(std::uint64_t epoch, std::size_t groups) {
    return {200, json::serialize(json::object{{"epoch", epoch}, {"groups", groups}, {"soft", true}}) + "\n"};
}

Task<Announced> invalidate_in_fleet(runtime::Loop& loop, Shared& shared, const std::vector<policy::Group>& groups, bool is_soft) {
    fleet::Tick tick;
    tick.is_soft = is_soft;
    tick.groups.assign(groups.begin(), groups.end());
    tick.rules = shared.epochs.stamp().rules;
    FleetWrite write(loop, *shared.fleet);
    write.tick(std::move(tick));
    const bool is_heard = co_await write.heard();
    if (write.was_refused()) co_return refuse(503, "Too many writes wait for the other nodes: nothing was invalidated. Ask again.");
    if (!is_heard) co_return refuse(504, "Not all nodes of this proxy have heard of it in time. They are told on.");
    co_return is_soft ? tell_softened(write.last_tick(), groups.size()) : tell(write.last_tick(), groups.size());
}

}  // namespace

Announcement read_announcement(std::string_view text) {
    json::basic_parser<Reader> parser(json::parse_options{});
    error_code error;
    const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
    Announcement& out = parser.handler().out;
    const bool is_empty = out.groups.empty() && out.uris.empty() && out.paths.empty() && !out.everything;
    if (error || read != text.size() || is_empty) {
        out = Announcement{};
        out.problem = form;
    }
    return std::move(out);
}

Invalidation invalidation_of(const Snapshot& snapshot, std::string_view text) {
    const Announcement announced = read_announcement(text);
    if (!announced.problem.empty()) return refused(announced.problem);
    const policy::GroupSpace space = group_space(snapshot);
    Invalidation out;
    out.is_soft = announced.is_soft;
    for (const std::string& name : announced.groups) out.groups.push_back(policy::named_group(space, name));
    if (!announced.groups.empty()) {
        policy::Groups families;  // a list that shows all members of a name shows this one
        append_families(families, snapshot, space);
        out.groups.insert(out.groups.end(), families.begin(), families.end());
    }
    if (const auto bad = add_paths(out.groups, space, announced.uris, false)) return refused_path("uris", *bad);
    if (const auto bad = add_paths(out.groups, space, announced.paths, true)) return refused_path("paths", *bad);
    if (announced.everything) out.groups.push_back(policy::everything_group(space));
    remove_repeated(out.groups);
    return out;
}

Invalidation invalidation_of(const Snapshot& snapshot, const http::RequestView& request) {
    Invalidation out;
    out.counted = &Counts::purges;
    if (!add_path(out.groups, group_space(snapshot), request.path, false)) return refused("The path cannot be read.");
    out.is_soft = std::ranges::any_of(request.fields, [](const http::Field& field) { return http::iequals(field.name, "Soft-Purge") && field.value == "1"; });
    return out;
}

Task<Announced> invalidate(runtime::Loop& loop, Shared& shared, Invalidation invalidation) {
    if (!invalidation.problem.empty()) co_return refuse(400, invalidation.problem);
    const std::vector<policy::Group>& groups = invalidation.groups;
    (invalidation.is_soft ? shared.counts.softened : shared.counts.*invalidation.counted).fetch_add(1, std::memory_order_relaxed);
    if (shared.fleet != nullptr) co_return co_await invalidate_in_fleet(loop, shared, groups, invalidation.is_soft);
    if (!invalidation.is_soft) co_return tell(shared.epochs.tick(groups).now, groups.size());
    shared.epochs.soften(groups);
    co_return tell_softened(shared.epochs.clock(), groups.size());
}

}  // namespace sidecache::pipeline
