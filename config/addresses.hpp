// Where to listen, whom to ask and whom to trust, as operators write it.
#pragma once

#include "config/form.hpp"
#include "config/settings.hpp"

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <string_view>
#include <variant>

namespace sidecache::config {

using Network = std::variant<boost::asio::ip::network_v4, boost::asio::ip::network_v6>;

Form<unsigned> permissions();                  // 0660
Form<ListenAddress> listen_address();          // 127.0.0.1:8080  [::1]:8080  *:8080  unix:/run/x.sock
Form<origin::ServerAddress> server_address();  // http://host[:port]  http://[::1]:8000  unix:/run/x.sock
Form<Network> network();                       // 10.0.0.0/8  fd00::/8  192.0.2.1

bool is_loopback(const ListenAddress& address);  // reached from this machine alone

// Whether one socket could not be told from the other: the same address, or one that includes it. Port 0 never is.
bool overlap(const ListenAddress& a, const ListenAddress& b);

}  // namespace sidecache::config
