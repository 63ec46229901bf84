// Where Redis is, as its URL says: redis://[[user]:password@]host[:port][/database], rediss:// for TLS, unix:/path[?db=N], or
// redis+sentinel://[[user]:password@]host[:port][,host[:port]...]/master[/database], where each connection begins with asking the sentinels who is master.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::redis {

struct HostPort {
    std::string host;
    std::uint16_t port = 0;
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

    std::string text() const;   // for messages: without user and password
};

// What is wrong with it, for who wrote it; empty: nothing, and `address` is set. Never shows a password.
std::string parse_url(std::string_view url, Address& address);

}  // namespace sidecache::redis
