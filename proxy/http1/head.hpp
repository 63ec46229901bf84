// HTTP/1.x heads: from bytes to a validated model (RFC 9112). Anything that two parsers could read differently is refused.
#pragma once

#include "cache/http/message.hpp"
#include "proxy/http1/limits.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sidecache::http1 {

// How the end of the content is told (RFC 9112 §6.3).
enum class Framing : std::uint8_t { none, length, chunked, until_close };

// Why a message is refused: the status to answer and a static sentence for the client and the log.
struct Rejection {
    int status = 400;
    std::string_view detail;
};

struct RequestHead {
    // All views point into the bytes given to the parser, but for the path of an absolute target without one: a static "/" or
    // "*". An absolute target's authority also stands as the value of Host in the fields (RFC 9112 §3.2.2).
    http::RequestView view;
    std::string_view target;  // as received
    int minor_version = 1;    // HTTP/1.x
    Framing framing = Framing::none;
    std::uint64_t content_length = 0;  // for Framing::length
    bool keep_alive = true;            // RFC 9112 §9.3
    bool expects_continue = false;     // RFC 9110 §10.1.1; never for HTTP/1.0
    bool wants_upgrade = false;        // Connection: upgrade with Upgrade (RFC 9110 §7.8), HTTP/1.1 only
    // A field that the origin may not see as it is seen here: a name with '_', which CGI and WSGI read as '-', or one that Connection lists and that is
    // taken out on the way (RFC 9110 §7.6.1). No key can hold what it may mean.
    bool is_ambiguous = false;
};

struct ResponseHead {
    http::ResponseView view;
    int minor_version = 1;
    Framing framing = Framing::none;
    std::uint64_t content_length = 0;
    bool keep_alive = true;

    // Bytes of content, where the framing tells them.
    std::optional<std::uint64_t> known_length() const noexcept {
        if (framing == Framing::length) return content_length;
        return framing == Framing::none ? std::optional<std::uint64_t>(0) : std::nullopt;
    }
};

// Storage for field views, kept by the caller so that no message allocates.
using Fields = std::vector<http::Field>;

// Length of the head at the front of `bytes`, with its empty line; 0 if it is not whole yet. `from` is where an earlier call
// on the same bytes ended (their size then): searching goes on there, so that a head that comes byte by byte costs linear time.
std::size_t find_head_end(std::string_view bytes, std::size_t from) noexcept;

// `head` ends with its empty line, as find_head_end found it; leading empty lines before a request are skipped by the caller with
// `leading_empty_lines`. Fills `out`; its fields stand in `fields`, which must outlive it. After a rejection neither means
// anything and the connection is closed: where the next request begins is unknown.
std::optional<Rejection> parse_request_head(std::string_view head, const HeadLimits& limits, Fields& fields, RequestHead& out);

// A head, of a request or a response, that is not whole yet: is it already too large, or already hopeless? (414, 431, 501, 400)
std::optional<Rejection> assess_partial_head(std::string_view bytes, const HeadLimits& limits) noexcept;

// Method and path of a head that was refused, for the log: as far as they are there and well formed, else "-". Without query and authority,
// which may name patients or hold passwords.
struct LineGlimpse {
    std::string_view method = "-";
    std::string_view path = "-";
};
LineGlimpse glimpse_request_line(std::string_view bytes) noexcept;

// RFC 9112 §2.2: empty lines before a request line are ignored (at most one here).
std::size_t leading_empty_lines(std::string_view bytes) noexcept;

// `request_method` decides whether there is content at all (HEAD, CONNECT). False: the origin broke the protocol
// (http_protocol_error).
bool parse_response_head(std::string_view head, const HeadLimits& limits, http::Method request_method, Fields& fields,
                         ResponseHead& out);

}  // namespace sidecache::http1
