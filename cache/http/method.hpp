// Request methods and their properties (RFC 9110 §9.2, RFC 10008 for QUERY).
#pragma once

#include <cstdint>
#include <string_view>

namespace sidecache::http {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, trace, connect, query, other };

// Methods are case-sensitive (RFC 9110 §9.1): `get` is `other`.
Method method_of(std::string_view token) noexcept;

// RFC 9110 §9.2.1. An unknown method is never safe: it may write.
bool is_safe(Method method) noexcept;

// RFC 9110 §9.2.2.
bool is_idempotent(Method method) noexcept;

}  // namespace sidecache::http
