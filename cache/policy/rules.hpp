// What the configuration of a route adds to RFC 9111. All of it absent: RFC 9111 and nothing added.
#pragma once

#include "cache/http/message.hpp"
#include "cache/http/method.hpp"
#include "cache/policy/key.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace sidecache::policy {

struct StaleTimes {
    // Longest reuse past freshness, where the response itself does not say (RFC 5861); 0: none.
    std::chrono::seconds while_revalidate{0};
    std::chrono::seconds if_error{0};
    // How long a response stays past freshness and both of these, for the origin to be asked about (RFC 9111 §4.3), and for clients that take it (§5.2.1.2).
    std::chrono::seconds keep{3600};
};

// What clients may do with the copy that they keep of a response.
enum class ClientCopies : std::uint8_t {
    origin,      // what the origin's own fields say
    revalidate,  // ask before each use
};

// Whose partition ends with a request of a route.
enum class EndsPrincipal : std::uint8_t {
    nobody,
    sender,     // that succeeds: a logout
    everybody,  // that is a write and may have changed anything: of permissions
};

struct Rules {
    bool cache = true;                          // `cache: off`: every request of the route is forwarded, nothing is stored
    // `fresh: 5m` replaces the origin's freshness where the status is cacheable by default (RFC 9110 §15.1: a 500 is not); its no-store,
    // private, no-cache and Vary: * still win.
    std::optional<std::chrono::seconds> fresh{};
    StaleTimes stale{};
    bool share_set_cookie = false;              // `set_cookie: share`: RFC 9111's minimum; else refused unless `public`
    std::optional<std::uint8_t> principal{};    // who asks: index into the configured principals; nothing: one cache for all, as RFC 9111 has it
    EndsPrincipal ends_principal = EndsPrincipal::nobody;
    bool ignore_reload = false;                 // `reload: ignore`: clients do not force the origin
    bool keep_on_failed_write = false;          // `writes: {failed: keep}`
    KeyRules keys{};                            // the global `keys` and what the route says, already one
    ClientCopies clients = ClientCopies::origin;  // `clients: revalidate`: browsers keep a copy and ask
    bool refresh_on_write = false;              // what a write ends is fetched again if it was asked for often
    bool write_through = false;                 // the answer to a write is what a GET of the same URI brings, whether it says so or not
    std::chrono::milliseconds lease{0};         // `lease`: longest that a miss waits for another node of the fleet that fetches the same; 0: not at all
    http::FieldSet method_override{};           // `method_override`: fields by which the application takes a request for one of another method
};

// Does such a field stand in it? Then it may be of any method that writes, a GET too (CONSISTENCY 1.2).
inline bool is_overridden(const http::RequestView& request, const Rules& rules) noexcept { return request.names.has_any(rules.method_override); }
inline bool is_write(const http::RequestView& request, const Rules& rules) noexcept { return !http::is_safe(request.method) || is_overridden(request, rules); }

}  // namespace sidecache::policy
