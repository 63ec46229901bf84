#include "config/addresses.hpp"

#include "cache/http/field.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <string>

namespace sidecache::config {
namespace {

namespace ip = boost::asio::ip;

constexpr std::string_view expected_listen = "an address such as 127.0.0.1:8080";
constexpr std::string_view expected_server = "an origin server such as http://127.0.0.1:8000";
constexpr std::string_view expected_network = "a network such as 10.0.0.0/8";
constexpr std::size_t longest_unix_path = 107;  // sockaddr_un

struct HostPort {
    std::string_view host;  // without brackets
    std::string_view port;  // empty: none was written
    bool bracketed = false;
};

// "host:port", "[v6]:port", each with or without the port.
std::optional<HostPort> split_host_port(std::string_view text) {
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        const auto rest = text.substr(close + 1);
        if (!rest.empty() && (rest.front() != ':' || rest.size() == 1)) return std::nullopt;
        return HostPort{text.substr(1, close - 1), rest.empty() ? rest : rest.substr(1), true};
    }
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return HostPort{text, {}, false};
    if (colon + 1 == text.size()) return std::nullopt;
    return HostPort{text.substr(0, colon), text.substr(colon + 1), false};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return port;
}

bool is_v4(std::string_view host) {
    boost::system::error_code error;
    ip::make_address_v4(std::string(host), error);
    return !error;
}

bool is_v6(std::string_view host) {
    boost::system::error_code error;
    ip::make_address_v6(std::string(host), error);
    return !error;
}

bool is_host_name(std::string_view host) {
    return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_';
    });
}

bool is_unix_path(std::string_view path) {
    return path.starts_with('/') && path.size() <= longest_unix_path && path.find('\0') == std::string_view::npos;
}

// RFC 3986 §3.1: in either case.
bool has_scheme(std::string_view text, std::string_view scheme) {
    return http::iequals(text.substr(0, scheme.size()), scheme) && text.substr(std::min(text.size(), scheme.size())).starts_with("://");
}

// What is often written instead of an address.
std::string listen_hint(std::string_view text) {
    if (has_scheme(text, "http")) return "write it without http://";
    if (text.starts_with(':') && parse_port(text.substr(1))) return "did you mean '*" + std::string(text) + "'?";
    if (text.starts_with("localhost:")) return "did you mean '127.0.0.1" + std::string(text.substr(9)) + "'?";
    if (parse_port(text)) return "did you mean '127.0.0.1:" + std::string(text) + "'?";
    return "or [::1]:8080, *:8080, unix:/run/sidecache/http.sock";
}

Parsed<ListenAddress> parse_listen_address(std::string_view text) {
    ListenAddress out;
    out.text = text;
    if (text.starts_with("unix:")) {
        out.unix_path = text.substr(5);
        if (!is_unix_path(out.unix_path)) return refused<ListenAddress>("unix: and an absolute path of at most 107 bytes", text);
        return {std::move(out), {}, {}};
    }
    const auto parts = split_host_port(text);
    const auto port = parts ? parse_port(parts->port) : std::nullopt;
    const bool good = port && (parts->bracketed ? is_v6(parts->host) : parts->host == "*" || is_v4(parts->host));
    if (!good) return refused<ListenAddress>(expected_listen, text, listen_hint(text));
    out.host = parts->host == "*" ? "*" : ip::make_address(std::string(parts->host)).to_string();
    out.port = *port;
    return {std::move(out), {}, {}};
}

Parsed<origin::ServerAddress> parse_unix_server(std::string_view text, std::string_view path) {
    origin::ServerAddress out;
    if (!is_unix_path(path)) return refused<origin::ServerAddress>("unix: and an absolute path of at most 107 bytes", text);
    out.text = text;
    out.unix_path = path;
    out.authority = "localhost";
    return {std::move(out), {}, {}};
}

Parsed<origin::ServerAddress> parse_server_address(std::string_view text) {
    using Server = origin::ServerAddress;
    if (text.starts_with("unix:")) return parse_unix_server(text, text.substr(5));
    if (text.starts_with("http+unix:")) return parse_unix_server(text, text.substr(10));
    if (has_scheme(text, "https")) return {std::nullopt, "not built yet", "https to an origin; use http:// or unix:"};
    if (!has_scheme(text, "http")) {
        const auto parts = split_host_port(text);
        const bool likely = parts && is_host_name(parts->host) && parse_port(parts->port);
        return refused<Server>(expected_server, text,
                               likely ? "did you mean 'http://" + std::string(text) + "'?" : "or unix:/run/app.sock");
    }
    std::string_view authority = text.substr(7);
    // Not quoted: what stands before an @ is a password.
    if (authority.find('@') != std::string_view::npos) return {std::nullopt, "expected no user or password before the host", {}};
    const auto path = authority.find_first_of("/?#");
    if (path != std::string_view::npos) {
        if (authority.substr(path) != "/") {
            return {std::nullopt, "expected no path after the host, got " + in_quotes(authority.substr(path)),
                    "each request keeps its own path; write '" + std::string(text.substr(0, 7 + path)) + "'"};
        }
        authority = authority.substr(0, path);
    }
    const auto parts = split_host_port(authority);
    if (!parts || !(parts->bracketed ? is_v6(parts->host) : is_host_name(parts->host))) {
        return refused<Server>(expected_server, text);
    }
    const auto port = parts->port.empty() ? std::optional<std::uint16_t>(80) : parse_port(parts->port);
    if (!port || *port == 0) return refused<Server>("a port from 1 to 65535", parts->port);

    Server out;
    out.text = "http://" + std::string(authority);
    out.host = parts->host;
    out.port = *port;
    out.authority = authority;
    return {std::move(out), {}, {}};
}

Parsed<Network> parse_network(std::string_view text) {
    const std::string address(text.substr(0, text.find('/')));
    const bool has_prefix = address.size() < text.size();
    boost::system::error_code error;
    if (is_v4(address)) {
        const auto v4 = ip::make_network_v4(has_prefix ? std::string(text) : address + "/32", error);
        if (!error) return {Network(v4.canonical()), {}, {}};
    } else {
        const auto v6 = ip::make_network_v6(has_prefix ? std::string(text) : address + "/128", error);
        if (!error) return {Network(v6.canonical()), {}, {}};
    }
    return refused<Network>(expected_network, text, "or fd00::/8, 192.0.2.1");
}

bool includes(const ListenAddress& any, const ListenAddress& one) {
    if (any.host == "*" || any.host == one.host) return true;
    return (any.host == "0.0.0.0" && is_v4(one.host)) || (any.host == "::" && is_v6(one.host));
}

}  // namespace

Form<unsigned> permissions() {
    static constexpr std::string_view expected = "permissions in octal such as 0660, that let the owner write";
    return {std::string(expected), [](std::string_view text) -> Parsed<unsigned> {
                unsigned mode = 0;
                const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
                const bool is_octal = text.size() == 4 && text.front() == '0' && error == std::errc{} && end == text.data() + text.size();
                if (!is_octal || (mode & 0200) == 0) return refused<unsigned>(expected, text);
                return {mode, {}, {}};
            }};
}

Form<ListenAddress> listen_address() { return {std::string(expected_listen), parse_listen_address}; }
Form<origin::ServerAddress> server_address() { return {std::string(expected_server), parse_server_address}; }
Form<Network> network() { return {std::string(expected_network), parse_network}; }

bool is_loopback(const ListenAddress& address) {
    if (!address.unix_path.empty()) return true;
    boost::system::error_code no_literal;
    const auto parsed = boost::asio::ip::make_address(address.host, no_literal);
    return !no_literal && parsed.is_loopback();
}

bool overlap(const ListenAddress& a, const ListenAddress& b) {
    if (!a.unix_path.empty() || !b.unix_path.empty()) return a.unix_path == b.unix_path;
    return a.port != 0 && a.port == b.port && (includes(a, b) || includes(b, a));
}

}  // namespace sidecache::config
