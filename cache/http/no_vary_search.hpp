// No-Vary-Search: which parameters of the query do not matter to a response (draft-ietf-httpbis-no-vary-search).
#pragma once

#include "cache/http/field.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::http {

// A URL variation config (§4) other than the default. `key-order` is no part of it: keys are sorted by name in any case.
struct NoVarySearch {
    bool matter = false;             // `except`: only parameters of these names matter; else (`params`) these do not
    std::vector<std::string> names;  // decoded, sorted, without repeats
    friend bool operator==(const NoVarySearch&, const NoVarySearch&) = default;
};

// All lines of the field (§5). nullopt where it is absent, is not understood in full, says what holds anyway, or has more than a kibibyte.
std::optional<NoVarySearch> parse_no_vary_search(HeaderView response_fields);

// One name or value of application/x-www-form-urlencoded as the application reads it, appended: `+` is a space, escapes are decoded, a broken one stands
// for itself. False if that is not UTF-8: then §5.3 reads it as something else that other octets are read as too.
bool append_form_decoded(std::string& out, std::string_view text);

}  // namespace sidecache::http
