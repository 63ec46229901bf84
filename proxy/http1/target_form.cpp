#include "proxy/http1/target_form.hpp"

#include "cache/http/ascii.hpp"
#include "proxy/http1/grammar.hpp"

namespace sidecache::http1 {
namespace {

// RFC 3986 §3.2.3 has any digits; a TCP port is at most 65535. An empty port is the default one.
bool is_valid_port(std::string_view port) {
    if (port.size() > 5) return false;
    int number = 0;
    for (const char c : port) {
        if (!http::is_digit(c)) return false;
        number = number * 10 + (c - '0');
    }
    return number <= 65535;
}

// The inside of IP-literal brackets (RFC 3986 §3.2.2): IPv6address. IPvFuture, of which none exists, and zone ids (RFC 6874:
// local to a node, never sent) are refused.
bool is_ipv6(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdefABCDEF:.";
    return text.find(':') != std::string_view::npos && text.find_first_not_of(digits) == std::string_view::npos;
}

// reg-name (RFC 3986 §3.2.2): an escape has two hexadecimal digits.
bool is_reg_name(std::string_view text) {
    if (text.empty()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (host_chars.has(text[i])) continue;
        if (text[i] != '%' || i + 2 >= text.size() || http::hex_value(text[i + 1]) < 0 || http::hex_value(text[i + 2]) < 0)
            return false;
    }
    return true;
}

void split_query(std::string_view path_and_query, http::RequestView& out) {
    const std::size_t question = path_and_query.find('?');
    out.path = path_and_query.substr(0, question);
    out.has_query = question != std::string_view::npos;
    out.query = out.has_query ? path_and_query.substr(question + 1) : std::string_view{};
}

std::optional<Rejection> split_absolute(std::string_view target, http::RequestView& out) {
    constexpr std::string_view separator = "://";
    const std::size_t scheme_size = target.find(separator);
    if (scheme_size == std::string_view::npos) return Rejection{400, "The request target is neither a path nor an absolute URI."};
    const std::string_view scheme = target.substr(0, scheme_size);
    // RFC 9110 §4.3.3 and §7.4: an https resource may not be asked for without TLS.
    if (http::iequals(scheme, "https")) return Rejection{421, "https resources are not served here."};
    if (!http::iequals(scheme, "http")) return Rejection{400, "The scheme of the request target is not http."};

    const std::string_view rest = target.substr(scheme_size + separator.size());
    const std::size_t authority_size = rest.find_first_of("/?");
    out.authority = rest.substr(0, authority_size);
    // RFC 9110 §4.2.1: an http URI with an empty host is invalid.
    if (!is_valid_authority(out.authority)) return Rejection{400, "The authority of the request target is invalid."};
    split_query(rest.substr(out.authority.size()), out);
    if (out.path.empty()) {
        // RFC 9112 §3.2.1: an empty path is sent as "/"; §3.2.4: for OPTIONS without a query as "*".
        out.path = out.method == http::Method::options && !out.has_query ? "*" : "/";
    }
    return std::nullopt;
}

}  // namespace

bool is_valid_authority(std::string_view text) noexcept {
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos || !is_ipv6(text.substr(1, end - 1))) return false;
        const std::string_view after = text.substr(end + 1);
        return after.empty() || (after.front() == ':' && is_valid_port(after.substr(1)));
    }
    const std::size_t colon = text.find(':');
    if (!is_reg_name(text.substr(0, colon))) return false;
    return colon == std::string_view::npos || is_valid_port(text.substr(colon + 1));
}

std::optional<Rejection> split_target(std::string_view target, http::RequestView& out) {
    if (target.empty() || !target_chars.has_all_of(target)) {
        return Rejection{400, "The request target has a character that must be escaped."};
    }
    if (target.front() == '/') {
        split_query(target, out);
        return std::nullopt;
    }
    if (target == "*") {
        // RFC 9112 §3.2.4
        if (out.method != http::Method::options) return Rejection{400, "The request target * is for OPTIONS only."};
        out.path = target;
        out.query = {};
        out.has_query = false;
        return std::nullopt;
    }
    return split_absolute(target, out);
}

}  // namespace sidecache::http1
