// Paths and query strings, normalised for keys and over-normalised for groups.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sidecache::http {

// Appends the path as keys use it (RFC 3986 §6.2.2): escapes of unreserved characters decoded, other escapes in upper
// case, dot segments removed. Never merges `//`, never decodes %2F, keeps the end slash: two spellings share a key only
// if the origin must treat them alike. False, and nothing appended, if an escape is broken or "..", leaves the root.
bool append_key_path(std::string& out, std::string_view path);

// Appends the path as groups use it (CONSISTENCY 1.2: over-normalised, so that no spelling escapes its invalidation):
// every escape decoded (%2F too), `//` merged, dot segments removed, `;parameters` of a segment, an end slash and a format suffix
// of the last segment (.json .api .html .xml .csv .txt, lower or upper case) dropped. "/" for the root. False if it cannot be parsed (broken escape, NUL)
// or read in one way only: requests that share a key path share their group path.
bool append_group_path(std::string& out, std::string_view path);

// The parameters of a query string as a key uses them: split at '&', in the order received, byte-wise views.
struct Parameter {
    std::string_view name;
    std::string_view value;
    bool has_value = false;  // "a" differs from "a="
};
void split_query(std::string_view query, std::vector<Parameter>& out);  // clears `out` first

}  // namespace sidecache::http
