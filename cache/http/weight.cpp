#include "cache/http/weight.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/list.hpp"

#include <algorithm>

namespace sidecache::http {
namespace {

// qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
std::optional<int> parse_qvalue(std::string_view text) noexcept {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
    int value = (text[0] - '0') * 1000;
    if (text.size() > 1 && text[1] != '.') return std::nullopt;
    int unit = 100;
    for (const char c : text.substr(std::min<std::size_t>(text.size(), 2))) {
        if (!is_digit(c)) return std::nullopt;
        value += (c - '0') * unit;
        unit /= 10;
    }
    return value <= 1000 ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<Weighted> parse_weighted(std::string_view member) noexcept {
    const std::size_t semicolon = member.find(';');
    Weighted weighted{trim(member.substr(0, semicolon))};
    if (semicolon == std::string_view::npos) return weighted;
    const std::string_view weight = trim(member.substr(semicolon + 1));
    if (weight.size() < 2 || to_lower(weight[0]) != 'q' || weight[1] != '=') return std::nullopt;
    const auto value = parse_qvalue(weight.substr(2));
    if (!value) return std::nullopt;
    weighted.thousandths = *value;
    return weighted;
}

}  // namespace sidecache::http
