#include "cache/policy/groups.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/list.hpp"
#include "cache/http/structured_field.hpp"
#include "cache/http/target.hpp"
#include "cache/policy/location.hpp"
#include "cache/switches/switches.hpp"

#include <algorithm>
#include <string>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace sidecache::policy {
namespace {

using http::FieldName;
using switches::is_off;
using switches::Rule;

enum class Kind : char { own = 'o', tree = 't', named = 'n', family = 'f', absent = 'a', everything = '*' };

std::string text_of(Kind kind, std::string_view name) {
    switch (kind) {
        case Kind::own:
            return "own " + std::string(name);
        case Kind::tree:
            return "tree " + std::string(name);
        case Kind::named:
            return "named " + std::string(name);
        case Kind::family:
            return "any " + std::string(name);
        case Kind::absent:
            return "absent";
        case Kind::everything:
            return "*";
    }
    return {};
}

// Hashes (kind, space, name) of one space: kind, length of the space and the space stand once in a buffer before the name.
class GroupHasher {
public:
    explicit GroupHasher(const GroupSpace& space) : seed_(space.seed) {
        text_.push_back('\0');
        for (std::size_t i = 0; i < sizeof(std::uint32_t);
             ++i) {  // byte by byte: the same on every node, whatever its endianness
            text_.push_back(static_cast<char>(space.name.size() >> (8 * i)));
        }
        text_.insert(text_.end(), space.name.begin(), space.name.end());
        prefix_ = text_.size();
    }

    Group operator()(Kind kind, std::string_view name = {}) {
        text_.resize(prefix_);
        text_.front() = static_cast<char>(kind);
        text_.insert(text_.end(), name.begin(), name.end());
        return XXH3_64bits_withSeed(text_.data(), text_.size(), seed_);
    }

private:
    boost::container::small_vector<char, 512> text_;
    std::size_t prefix_ = 0;
    std::uint64_t seed_;
};

// Collects groups without repeats up to the limit of a space; beyond it the answer is no answer.
class Collector {
public:
    Collector(Groups& out, const GroupSpace& space, GroupNames* names) : out_(out), names_(names), hash_(space), limit_(space.limit) {}

    void add(Kind kind, std::string_view name = {}) {
        const Group group = hash_(kind, name);
        if (std::ranges::find(out_, group) != out_.end()) return;
        if (out_.size() >= limit_) {
            if (!is_off(Rule::no_silent_cut)) fail();
        } else {
            out_.push_back(group);
            if (names_ != nullptr) names_->push_back(text_of(kind, name));
        }
    }

    void fail() { failed_ = true; }
    bool has_failed() const { return failed_; }

private:
    Groups& out_;
    GroupNames* names_;
    GroupHasher hash_;
    std::size_t limit_;
    bool failed_ = false;
};

// "/a/b" has the parent "/a", "/a" has "/", "/" has none (empty).
std::string_view parent_of(std::string_view group_path) noexcept {
    if (group_path == "/") return {};
    const std::size_t slash = group_path.rfind('/');
    return group_path.substr(0, std::max<std::size_t>(slash, 1));
}

std::string_view last_segment(std::string_view group_path) noexcept { return group_path.substr(group_path.rfind('/') + 1); }

// RFC 9875 §2, §3: all lines of the field as one List of Strings. What cannot be read in full fails.
void add_string_list(Collector& collector, http::HeaderView fields, FieldName name) {
    for (const http::Field& field : fields) {
        if (field.id != name) continue;
        http::StringListReader reader(field.value);
        while (const auto member = reader.next()) collector.add(Kind::named, *member);
        if (reader.failed()) collector.fail();
    }
}

void add_separated(Collector& collector, std::string_view text, std::string_view separators) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(separators), text.size());
        const std::string_view name = http::trim(text.substr(0, end));
        if (!name.empty()) collector.add(Kind::named, name);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

// The nearest of `path` and its ancestors that is one row; empty if none is.
std::string_view row_of(std::string_view path) noexcept {
    for (; !path.empty(); path = parent_of(path)) {
        if (is_identifier(last_segment(path))) return path;
    }
    return {};
}

// Groups are of the space that a configuration names, whatever Host a client calls it by (CONSISTENCY S13).
GroupSpace named_for(GroupSpace space, const http::RequestView& request) {
    if (is_off(Rule::named_space)) space.name = request.authority;
    return space;
}

bool is_api_base(const GroupSpace& space, std::string_view path) noexcept {
    std::string_view base = space.api_base;
    while (base.ends_with('/')) base.remove_suffix(1);
    return path == "/" || path == base;
}

void add_location(Collector& collector, const http::RequestView& request, const http::Field& field) {
    const auto reference = path_in_same_space(request, field.value);
    if (!reference) return;
    std::string path;
    if (!http::append_group_path(path, *reference)) return collector.fail();
    collector.add(Kind::own, path);
    collector.add(Kind::tree, path);
}

void add_target_of_write(Collector& collector, const GroupSpace& space, const http::RequestView& request, bool is_created) {
    std::string target;
    if (!http::append_group_path(target, request.path)) return collector.fail();
    collector.add(Kind::own, target);
    for (std::string_view ancestor = parent_of(target); !ancestor.empty(); ancestor = parent_of(ancestor)) {
        collector.add(Kind::own, ancestor);
    }
    if (space.writes_name_absent && !is_off(Rule::absent)) collector.add(Kind::absent);
    if (!is_created) collector.add(Kind::tree, target);
    if (const std::string_view row = is_off(Rule::tree_of_row) ? std::string_view() : row_of(target); !row.empty()) {
        collector.add(Kind::tree, row);
    } else if (request.method == http::Method::post && !is_created) {
        // An action on a collection may touch its siblings; on the root or the API base that would be everything.
        const std::string_view parent = parent_of(target);
        if (!parent.empty() && !is_api_base(space, parent)) collector.add(Kind::tree, parent);
    }
}

void add_response_to_write(Collector& collector, const http::RequestView& request, const http::ResponseView& response, bool is_unsafe) {
    if (!response.names.has_any(
            http::FieldSet::of(FieldName::location, FieldName::content_location, FieldName::cache_group_invalidation))) {
        return;
    }
    for (const http::Field& field : response.fields) {
        if (field.id == FieldName::location || field.id == FieldName::content_location) add_location(collector, request, field);
    }
    // RFC 9875 §3: ignored on responses to safe methods.
    if (is_unsafe) add_string_list(collector, response.fields, FieldName::cache_group_invalidation);
}

bool is_hex(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return http::hex_value(c) >= 0; });
}

bool is_uuid(std::string_view text) noexcept {  // RFC 9562 §4, or the same without its hyphens
    if (text.size() == 32) return is_hex(text);
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_hyphen_place = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_hyphen_place ? text[i] != '-' : http::hex_value(text[i]) < 0) return false;
    }
    return true;
}

bool is_ulid(std::string_view text) noexcept {  // 26 characters of Crockford's base 32, the first at most 7
    if (text.size() != 26 || text.front() < '0' || text.front() > '7') return false;
    return std::ranges::all_of(text, [](char c) {
        const char lower = http::to_lower(c);
        return http::is_digit(c) || (http::is_alpha(c) && lower != 'i' && lower != 'l' && lower != 'o' && lower != 'u');
    });
}

}  // namespace

Group own_group(const GroupSpace& space, std::string_view group_path) { return GroupHasher(space)(Kind::own, group_path); }
Group tree_group(const GroupSpace& space, std::string_view group_path) { return GroupHasher(space)(Kind::tree, group_path); }
Group named_group(const GroupSpace& space, std::string_view name) { return GroupHasher(space)(Kind::named, name); }
Group family_group(const GroupSpace& space, std::string_view name) { return GroupHasher(space)(Kind::family, name); }
Group absent_group(const GroupSpace& space) { return GroupHasher(space)(Kind::absent); }
Group everything_group(const GroupSpace& space) { return GroupHasher(space)(Kind::everything); }

bool groups_of_request(Groups& out, const GroupSpace& space, const http::RequestView& request, GroupNames* names) {
    std::string target;
    if (!http::append_group_path(target, request.path)) return false;
    Collector collector(out, named_for(space, request), names);
    collector.add(Kind::own, target);
    for (std::string_view path = target; !path.empty(); path = parent_of(path)) collector.add(Kind::tree, path);
    collector.add(Kind::everything);
    return !collector.has_failed();
}

void add_groups(Groups& out, std::span<const Group> more) {
    for (const Group group : more) {
        if (std::ranges::find(out, group) == out.end()) out.push_back(group);
    }
}

bool add_groups_of_response(Groups& out, const GroupSpace& space, const http::ResponseView& response, GroupNames* names) {
    Collector collector(out, space, names);
    if (response.status >= 400) collector.add(Kind::absent);
    if (response.names.has_any(
            http::FieldSet::of(FieldName::cache_groups, FieldName::surrogate_key, FieldName::xkey, FieldName::cache_tag))) {
        add_string_list(collector, response.fields, FieldName::cache_groups);
        for (const http::Field& field : response.fields) {
            if (field.id == FieldName::surrogate_key || field.id == FieldName::xkey) add_separated(collector, field.value, " \t");
            if (field.id == FieldName::cache_tag) add_separated(collector, field.value, ",");
        }
    }
    return !collector.has_failed();
}

void groups_of_write(Groups& out, const GroupSpace& space, const http::RequestView& request, const http::ResponseView* response,
                     GroupNames* names, bool is_overridden) {
    out.clear();
    Collector collector(out, named_for(space, request), names);
    const bool is_created = !is_overridden && request.method == http::Method::post && response && response->status == 201;
    add_target_of_write(collector, space, request, is_created);
    if (response) add_response_to_write(collector, request, *response, is_overridden || !http::is_safe(request.method));
    if (!collector.has_failed()) return;
    out.assign(1, everything_group(space));
    if (names != nullptr) names->assign(1, text_of(Kind::everything, {}));
}

bool is_identifier(std::string_view segment) noexcept {
    if (segment.empty()) return false;
    return std::ranges::all_of(segment, http::is_digit) || is_uuid(segment) || is_ulid(segment);
}

}  // namespace sidecache::policy
