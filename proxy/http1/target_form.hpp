// The four forms of a request target (RFC 9112 §3.2) and the authority of Host.
#pragma once

#include "proxy/http1/head.hpp"

#include <optional>
#include <string_view>

namespace sidecache::http1 {

// uri-host [ ":" port ] of RFC 9110 §7.2, not empty and without userinfo (§4.2.4).
bool is_valid_authority(std::string_view text) noexcept;

// Sets path, query and, for the absolute form, authority of `out`, whose method is known.
std::optional<Rejection> split_target(std::string_view target, http::RequestView& out);

}  // namespace sidecache::http1
