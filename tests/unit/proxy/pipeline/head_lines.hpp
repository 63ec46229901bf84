// Looks into a head that was written.
#pragma once

#include "cache/http/field.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sidecache::testing {

// Values of all lines of this name, in order.
inline std::vector<std::string> values_in(std::string_view head, std::string_view name) {
    std::vector<std::string> values;
    for (std::size_t begin = head.find("\r\n") + 2; begin < head.size();) {
        const std::size_t end = head.find("\r\n", begin);
        const std::string_view line = head.substr(begin, end - begin);
        begin = end + 2;
        const std::size_t colon = line.find(": ");
        if (colon != std::string_view::npos && http::iequals(line.substr(0, colon), name)) values.emplace_back(line.substr(colon + 2));
    }
    return values;
}
inline bool has_field(std::string_view head, std::string_view name) { return !values_in(head, name).empty(); }

}  // namespace sidecache::testing
