// The token in an Authorization field (RFC 6750 §2.1).
#pragma once

#include <optional>
#include <string_view>

namespace sidecache::jwt {

// A view into `authorization`, the field's value. nullopt for other schemes and for what is no b64token.
std::optional<std::string_view> bearer_token(std::string_view authorization) noexcept;

}  // namespace sidecache::jwt
