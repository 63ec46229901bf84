// Where a reference in a response points, seen from the request's target (RFC 3986 §5).
#pragma once

#include "cache/http/message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sidecache::policy {

// The path that `reference` (Location, Content-Location) names, dot segments not yet removed, without query and fragment. nullopt
// where it leads to another authority or scheme; http and https are one, with their default ports or without.
std::optional<std::string> path_in_same_space(const http::RequestView& request, std::string_view reference);

// Is it the request's own target, its query included, however both are spelled?
bool names_target(const http::RequestView& request, std::string_view reference);

}  // namespace sidecache::policy
