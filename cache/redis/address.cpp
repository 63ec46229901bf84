#include "cache/redis/address.hpp"

#include <algorithm>
#include <array>
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

std::string parse_host(std::string_view authority, std::string& host, std::uint16_t& out_port) {
    std::string_view port;
    if (authority.starts_with('[')) {
        const std::size_t end = authority.find(']');
        if (end == std::string_view::npos) return "expected ] after an IPv6 address";
        host = authority.substr(1, end - 1);
        authority.remove_prefix(end + 1);
        if (!authority.empty() && authority.front() != ':') return "expected :port after ]";
        if (!authority.empty()) port = authority.substr(1);
        if (!authority.empty() && port.empty()) return "expected a port after the colon";
    } else {
        const std::size_t colon = authority.find(':');
        host = authority.substr(0, colon);
        if (colon != std::string_view::npos) {
            port = authority.substr(colon + 1);
            if (port.empty()) return "expected a port after the colon";
        }
    }
    if (host.empty()) return "expected a host: redis://HOST:6379/0";
    if (port.empty()) return {};
    const auto number = parse_number<std::uint16_t>(port);
    if (!number || *number == 0) return "expected a port from 1 to 65535";
    out_port = *number;
    return {};
}

// The last @: a password may hold others. What stands before it is taken away.
std::string parse_credentials(std::string_view& authority, Address& address) {
    const std::size_t at = authority.rfind('@');
    if (at == std::string_view::npos) return {};
    const std::string_view credentials = authority.substr(0, at);
    const std::size_t colon = credentials.find(':');
    if (colon == std::string_view::npos) return "expected user:password before the @, or :password";
    const auto user = decode(credentials.substr(0, colon));
    const auto password = decode(credentials.substr(colon + 1));
    if (!user || !password) return "expected two hexadecimal digits after each % before the @";
    address.user = *user;
    address.password = *password;
    authority.remove_prefix(at + 1);
    return {};
}

std::string parse_server(std::string_view rest, Address& address) {
    const std::size_t slash = rest.find('/');
    std::string_view authority = rest.substr(0, slash);
    std::string problem = parse_credentials(authority, address);
    if (problem.empty()) problem = parse_host(authority, address.host, address.port);
    if (problem.empty() && slash != std::string_view::npos && slash + 1 < rest.size()) problem = parse_database(rest.substr(slash + 1), address);
    return problem;
}

// Credentials and servers, which are taken away, and the slash after them.
std::string parse_servers(std::string_view& rest, std::uint16_t usual_port, Address& address, std::vector<HostPort>& servers) {
    const std::size_t slash = rest.find('/');
    std::string_view authority = rest.substr(0, slash);
    std::string problem = parse_credentials(authority, address);
    while (problem.empty() && !authority.empty()) {
        const std::size_t comma = authority.find(',');
        HostPort& server = servers.emplace_back(HostPort{{}, usual_port});
        problem = parse_host(authority.substr(0, comma), server.host, server.port);
        authority.remove_prefix(comma == std::string_view::npos ? authority.size() : comma + 1);
    }
    rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
    return problem;
}

std::string parse_cluster(std::string_view rest, Address& address) {
    std::string problem = parse_servers(rest, address.port, address, address.cluster);
    if (!problem.empty()) return problem;
    if (address.cluster.empty()) return "expected redis+cluster://HOST:6379,HOST:6379";
    return rest.empty() || rest == "0" ? std::string() : "a cluster has database 0 alone: leave out what follows the servers";
}

std::string parse_sentinels(std::string_view rest, Address& address) {
    std::string problem = parse_servers(rest, 26379, address, address.sentinels);
    if (!problem.empty()) return problem;
    const std::size_t next = rest.find('/');
    address.master = rest.substr(0, next);
    if (address.sentinels.empty() || address.master.empty()) return "expected redis+sentinel://HOST:26379,HOST:26379/NAME-OF-THE-MASTER";
    if (next != std::string_view::npos && next + 1 < rest.size()) return parse_database(rest.substr(next + 1), address);
    return {};
}

std::string text_of(std::string_view host, std::uint16_t port) {
    const bool is_v6 = host.find(':') != std::string_view::npos;
    return (is_v6 ? "[" : "") + std::string(host) + (is_v6 ? "]" : "") + ":" + std::to_string(port);
}

std::string text_of(const std::vector<HostPort>& servers) {
    std::string text;
    for (const HostPort& server : servers) text += (text.empty() ? "" : ",") + text_of(server.host, server.port);
    return text;
}

}  // namespace

std::string parse_url(std::string_view url, Address& address) {
    using Parse = std::string (*)(std::string_view, Address&);
    struct Scheme {
        std::string_view text;
        Parse parse;
    };
    constexpr std::array<Scheme, 4> schemes{{{"unix:", parse_unix}, {"redis://", parse_server}, {"redis+sentinel://", parse_sentinels}, {"redis+cluster://", parse_cluster}}};
    // rediss://, rediss+sentinel://, rediss+cluster://: the same by TLS.
    const bool is_tls = url.starts_with("rediss");
    const std::string plain = is_tls ? "redis" + std::string(url.substr(6)) : std::string(url);
    const auto scheme = std::ranges::find_if(schemes, [&](const Scheme& each) { return plain.starts_with(each.text); });
    if (scheme == schemes.end()) return "expected " + std::string(expected_urls);
    Address found;
    found.is_tls = is_tls;
    std::string problem = scheme->parse(std::string_view(plain).substr(scheme->text.size()), found);
    if (problem.empty()) address = std::move(found);
    return problem;
}

std::string Address::text() const {
    if (!unix_path.empty()) return "unix:" + unix_path;
    const std::string scheme = is_tls ? "rediss" : "redis";
    const std::string path = "/" + std::to_string(database);
    if (!cluster.empty()) return scheme + "+cluster://" + text_of(cluster);
    if (!sentinels.empty()) return scheme + "+sentinel://" + text_of(sentinels) + "/" + master + path;
    return scheme + "://" + text_of(host, port) + path;
}

}  // namespace sidecache::redis
