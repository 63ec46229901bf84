#include "cache/principals/cookies.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/list.hpp"

#include <algorithm>
#include <functional>

namespace sidecache::principals {
namespace {

// As the most generous of parsers compares names: without case, and '.', ' ' and '[' for '_' (PHP).
constexpr char folded(char c) noexcept { return c == '.' || c == ' ' || c == '[' ? '_' : http::to_lower(c); }

// Where any parser might begin to read `name` as a cookie's: not in the middle of a word, and with a '=' after it, or after what is no word.
std::size_t possible_beginnings(std::string_view text, std::string_view name) noexcept {
    std::size_t count = 0;
    for (std::size_t at = 0; at + name.size() < text.size(); ++at) {
        if (at > 0 && http::is_token_char(text[at - 1])) continue;
        if (!std::ranges::equal(text.substr(at, name.size()), name, {}, folded, folded)) continue;
        // Whatever a parser might take for space: Python's strips U+00A0 and others too.
        std::size_t after = at + name.size();
        while (after < text.size() && !http::is_token_char(text[after]) && text[after] != '=' && text[after] != ';' && text[after] != ',') ++after;
        if (after < text.size() && text[after] == '=') ++count;
    }
    return count;
}

}  // namespace

FoundCookie find_cookie(http::HeaderView fields, std::string_view name) noexcept {
    FoundCookie found;
    std::size_t seen = 0;
    std::size_t spelled = 0;
    for (const http::Field& field : fields) {
        if (field.id != http::FieldName::cookie) continue;
        spelled += possible_beginnings(field.value, name);
        for (std::string_view rest = field.value; !rest.empty();) {
            const std::size_t end = std::min(rest.find(';'), rest.size());
            const std::string_view pair = http::trim(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
            const std::size_t equals = pair.find('=');
            const std::string_view key = pair.substr(0, equals);
            if (key.find('%') != std::string_view::npos) found.kind = FoundCookie::Kind::unclear;  // some decode names
            if (equals == std::string_view::npos || key != name) continue;
            ++seen;
            found.value = pair.substr(equals + 1);
        }
    }
    if (found.kind == FoundCookie::Kind::unclear || seen > 1 || spelled != seen) {
        found.kind = FoundCookie::Kind::unclear;
    } else if (seen == 1) {
        found.kind = FoundCookie::Kind::found;
    }
    return found;
}

}  // namespace sidecache::principals
