// What may be shown of requests to whoever asks about them: nothing that proves who somebody is.
#pragma once

#include <string>
#include <string_view>

namespace sidecache::pipeline {

inline constexpr std::string_view masked = "(masked)";

// Fields whose values are no secret of anybody: of a fixed list. Everything else is masked, since any name may carry a token.
bool may_show_value_of(std::string_view field_name) noexcept;

// A path as it is, but for segments that look like tokens.
std::string masked_path(std::string_view path);

// Likewise a path with its query; values of parameters that are named or look like a token, a key or a password are masked.
std::string masked_target(std::string_view target);

// A primary key as far as its target, "GET\nspace\nauthority\npath?query", as one line: the target masked likewise.
std::string masked_key(std::string_view key);

}  // namespace sidecache::pipeline
