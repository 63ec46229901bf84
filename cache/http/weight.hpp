// Weighted members of the Accept fields: `name;q=0.5` (RFC 9110 §12.4.2).
#pragma once

#include <optional>
#include <string_view>

namespace sidecache::http {

struct Weighted {
    std::string_view name;   // what stands before the weight, without whitespace around it
    int thousandths = 1000;  // 0: not acceptable
};

// nullopt where anything but one weight follows the name, or where the weight is none.
std::optional<Weighted> parse_weighted(std::string_view member) noexcept;

}  // namespace sidecache::http
