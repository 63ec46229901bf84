#include "proxy/http1/grammar.hpp"
#include "proxy/http1/head.hpp"

namespace sidecache::http1 {
namespace {

constexpr Rejection malformed{400, "This is not HTTP/1.1."};

// The first line as far as it is there: `word SP word`, which is both a request line's and a status line's beginning.
std::optional<Rejection> assess_first_line(std::string_view bytes, const HeadLimits& limits) noexcept {
    std::size_t i = 0;
    for (; i < bytes.size() && bytes[i] != ' '; ++i) {
        // '/' for the version of a status line. TLS begins with 0x16: refused here.
        if (!token_chars.has(bytes[i]) && bytes[i] != '/') return malformed;
        if (i == max_method_size) return Rejection{501, "The method is too long to be one."};
    }
    if (i == bytes.size()) return std::nullopt;
    if (i == 0) return malformed;
    const std::size_t target = ++i;
    for (; i < bytes.size() && bytes[i] != ' '; ++i) {
        if (!target_chars.has(bytes[i])) return malformed;
        if (i - target == limits.target) return Rejection{414, "The request target is too long."};
    }
    return std::nullopt;
}

}  // namespace

std::size_t find_head_end(std::string_view bytes, std::size_t from) noexcept {
    // By line feeds, of which there are few: memchr is the fastest search there is.
    for (std::size_t i = bytes.find('\n', from); i != std::string_view::npos; i = bytes.find('\n', i + 1)) {
        if (i >= 3 && bytes[i - 1] == '\r' && bytes[i - 2] == '\n' && bytes[i - 3] == '\r') return i + 1;
    }
    return 0;
}

std::optional<Rejection> assess_partial_head(std::string_view bytes, const HeadLimits& limits) noexcept {
    if (bytes == "\r") return std::nullopt;  // half of a leading empty line
    if (const auto bad = assess_first_line(bytes, limits)) return bad;
    if (bytes.size() >= limits.head) return Rejection{431, "The request head is too large."};
    // RFC 9112 §2.2 lets a recipient take a bare LF for a line end; one that does and one that does not read two messages.
    std::size_t lines = 0;
    for (std::size_t i = bytes.find('\n'); i != std::string_view::npos; i = bytes.find('\n', i + 1)) {
        if (i == 0 || bytes[i - 1] != '\r') return Rejection{400, "A line does not end with CR LF."};
        if (++lines > limits.fields + 1) return Rejection{431, "The request has too many header fields."};
    }
    return std::nullopt;
}

LineGlimpse glimpse_request_line(std::string_view bytes) noexcept {
    LineGlimpse line;
    const std::size_t method_end = bytes.find(' ');
    if (method_end == 0 || method_end == std::string_view::npos || method_end > max_method_size || !token_chars.has_all_of(bytes.substr(0, method_end))) return line;
    line.method = bytes.substr(0, method_end);
    const std::string_view rest = bytes.substr(method_end + 1);
    if (!rest.starts_with('/')) return line;
    std::size_t size = 0;
    while (size < rest.size() && rest[size] != '?' && target_chars.has(rest[size])) ++size;
    line.path = rest.substr(0, size);
    return line;
}

std::size_t leading_empty_lines(std::string_view bytes) noexcept { return bytes.starts_with("\r\n") ? 2 : 0; }

}  // namespace sidecache::http1
