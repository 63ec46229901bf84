// The field names of `private="..."` and `no-cache="..."`: fields that are left out of what is stored (RFC 9111 §5.2.2.4, §5.2.2.7).
#pragma once

#include "cache/http/field.hpp"
#include "cache/http/list.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sidecache::http {

// Adds the names in the directive's argument. False, and nothing added, where the directive has to count as one without names: the argument is empty, malformed, quoted in a way
// that could be read differently, too long, or names a field that a stored response cannot do without.
bool add_left_out(std::vector<std::string_view>& names, const Directive& directive);

bool is_left_out(std::string_view field_name, const std::vector<std::string_view>& names) noexcept;

// Field lines, each with its line end, without those that are left out.
std::string without_left_out(std::string_view lines, const std::vector<std::string_view>& names);

// Field lines but for those whose name `is_out(std::string_view)` wants out.
template <typename IsOut>
std::string without_lines(std::string_view lines, IsOut&& is_out) {
    std::string kept;
    while (!lines.empty()) {
        const std::size_t end = lines.find('\n');
        const std::string_view line = lines.substr(0, end == std::string_view::npos ? end : end + 1);
        if (!is_out(line.substr(0, line.find(':')))) kept += line;
        lines.remove_prefix(line.size());
    }
    return kept;
}

}  // namespace sidecache::http
