#include "cache/redis/address.hpp"

#include <charconv>
#include <optional>

namespace sidecache::redis {
namespace {

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

int hex_digit(char digit) noexcept {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

// RFC 3986 §2.1: a password may hold what an authority may not.
std::optional<std::string> decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(text[i]);
            continue;
        }
        if (i + 2 >= text.size() || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0) return std::nullopt;
        out.push_back(static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
        i += 2;
    }
    return out;
}

std::string parse_database(std::string_view text, Address& address) {
    const auto database = parse_number<unsigned>(text);
    if (!database) return "expected the number of a database after the address";
    address.database = *database;
    return {};
}

std::string parse_unix(std::string_view rest, Address& address) {
    const std::size_t query = rest.find('?');
    address.unix_path = rest.substr(0, query);
    if (!address.unix_path.starts_with('/')) return "expected an absolute path: unix:/run/redis/redis.sock";
    if (query == std::string_view::npos) return {};
    const std::string_view option = rest.substr(query + 1);
    if (!option.starts_with("db=")) return "expected ?db=N after the path";
    return parse_database(option.substr(3), address);
}

std::string parse_host(std::string_view authority, Address& address) {
    std::string_view port;
    if (authority.starts_with('[')) {
        const std::size_t end = authority.find(']');
        if (end == std::string_view::npos) return "expected ] after an IPv6 address";
        address.host = authority.substr(1, end - 1);
        authority.remove_prefix(end + 1);
        if (!authority.empty() && authority.front() != ':') return "expected :port after ]";
        if (!authority.empty()) port = authority.substr(1);
        if (!authority.empty() && port.empty()) return "expected a port after the colon";
    } else {
        const std::size_t colon = authority.find(':');
        address.host = authority.substr(0, colon);
        if (colon != std::string_view::npos) {
            port = authority.substr(colon + 1);
            if (port.empty()) return "expected a port after the colon";
        }
    }
    if (address.host.empty()) return "expected a host: redis://HOST:6379/0";
    if (port.empty()) return {};
    const auto number = parse_number<std::uint16_t>(port);
    if (!number || *number == 0) return "expected a port from 1 to 65535";
    address.port = *number;
    return {};
}

}  // namespace

std::string parse_url(std::string_view url, Address& address) {
    Address found;
    std::string problem;
    if (url.starts_with("unix:")) {
        problem = parse_unix(url.substr(5), found);
    } else if (url.starts_with("redis://")) {
        std::string_view rest = url.substr(8);
        const std::size_t slash = rest.find('/');
        std::string_view authority = rest.substr(0, slash);
        // The last one: a password may hold others.
        if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
            const std::string_view credentials = authority.substr(0, at);
            const std::size_t colon = credentials.find(':');
            if (colon == std::string_view::npos) return "expected user:password before the @, or :password";
            const auto user = decode(credentials.substr(0, colon));
            const auto password = decode(credentials.substr(colon + 1));
            if (!user || !password) return "expected two hexadecimal digits after each % before the @";
            found.user = *user;
            found.password = *password;
            authority.remove_prefix(at + 1);
        }
        problem = parse_host(authority, found);
        if (problem.empty() && slash != std::string_view::npos && slash + 1 < rest.size()) problem = parse_database(rest.substr(slash + 1), found);
    } else {
        problem = "expected redis://HOST:PORT/DATABASE or unix:/PATH";
    }
    if (problem.empty()) address = std::move(found);
    return problem;
}

std::string Address::text() const {
    if (!unix_path.empty()) return "unix:" + unix_path;
    const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return "redis://" + name + ":" + std::to_string(port) + "/" + std::to_string(database);
}

}  // namespace sidecache::redis
