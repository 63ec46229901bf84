// Where Redis is, as its URL says: redis://[[user]:password@]host[:port][/database], unix:/path[?db=N],
// redis+sentinel://[[user]:password@]host[:port][,host[:port]...]/master[/database], where each connection begins with asking the sentinels who is master, or
// redis+cluster://[[user]:password@]host[:port][,host[:port]...], where these know who owns what. rediss for redis in each of them: by TLS.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::redis {

struct HostPort {
    std::string host;
    std::uint16_t port = 0;
    friend auto operator<=>(const HostPort&, const HostPort&) = default;
};

struct Address {
    std::string host;           // a name or a literal address, without brackets; empty for a Unix socket
    std::uint16_t port = 6379;
    std::string unix_path;      // empty for TCP
    std::string user;           // empty: the default user
    std::string password;       // empty: none is asked for
    unsigned database = 0;
    bool is_tls = false;
    std::vector<HostPort> sentinels{};  // not empty: these tell host and port of `master`
    std::string master{};
    std::vector<HostPort> cluster{};    // not empty: these tell host and port of each key's owner

    std::string text() const;   // for messages: without user and password
};

inline constexpr std::string_view expected_urls = "redis://HOST:PORT/DATABASE, rediss:// for TLS, redis+sentinel://HOST:PORT,HOST:PORT/MASTER, redis+cluster://HOST:PORT,HOST:PORT or unix:/PATH";

// What is wrong with it, for who wrote it; empty: nothing, and `address` is set. Never shows a password.
std::string parse_url(std::string_view url, Address& address);

}  // namespace sidecache::redis
