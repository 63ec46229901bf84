// Which groups a response belongs to, and which groups a write names (CONSISTENCY 1.2).
#pragma once

#include "cache/http/message.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/container/small_vector.hpp>

namespace sidecache::policy {

// 64-bit hash of (space, kind, name), the same on every node of a fleet: the seed is configuration, not chance.
using Group = std::uint64_t;
using Groups = boost::container::small_vector<Group, 16>;

// What groups are called, for who reads of them: "own /doctors/5", "tree /doctors", "named staff", "absent", "*". Parallel to groups that were empty.
using GroupNames = std::vector<std::string>;

struct GroupSpace {
    std::string_view name{};     // of the origin's space: a configured name, not an address
    std::uint64_t seed = 0;
    std::size_t limit = 64;      // most groups of one response or write
    std::string_view api_base{};  // e.g. "/api": POST never names tree(/) nor tree(api_base)
    bool writes_name_absent = true;  // `writes: {absent: keep}` makes it false: RFC 9111 §4.4 asks for the target alone
};

Group own_group(const GroupSpace&, std::string_view group_path);
Group tree_group(const GroupSpace&, std::string_view group_path);
Group named_group(const GroupSpace&, std::string_view name);   // Cache-Groups, Surrogate-Key, Cache-Tag, xkey
Group family_group(const GroupSpace&, std::string_view name);  // every stored response of a name with variables that lacks a value for one: "doctor:{}"
Group absent_group(const GroupSpace&);                         // every stored response with status >= 400
Group everything_group(const GroupSpace&);                     // `*`

// The groups that the request alone tells: own(T), tree of T and of each ancestor, `*`. False if the target cannot be parsed or there are more
// than `limit`: then the response is not stored.
bool groups_of_request(Groups& out, const GroupSpace&, const http::RequestView& request, GroupNames* names = nullptr);

// Adds what the response tells: `absent` for status >= 400, Cache-Groups (RFC 9875), Surrogate-Key, Cache-Tag, xkey. False as above.
bool add_groups_of_response(Groups& out, const GroupSpace&, const http::ResponseView& response, GroupNames* names = nullptr);

// Each once, with no limit.
void add_groups(Groups& out, std::span<const Group> more);
inline void add_group(Groups& out, Group group) { add_groups(out, {&group, 1}); }

// What a write names. Before its answer is known (`response` null) the union over all possible answers that need no header of it;
// with it, exactly. Anything over the limit or unparsable: `*` alone. Never empty. `is_overridden`: it may be of any method that writes, whatever it says.
void groups_of_write(Groups& out, const GroupSpace&, const http::RequestView& request, const http::ResponseView* response,
                     GroupNames* names = nullptr, bool is_overridden = false);

// Segments that name one row: digits, UUID (with or without hyphens), ULID.
bool is_identifier(std::string_view segment) noexcept;

}  // namespace sidecache::policy
