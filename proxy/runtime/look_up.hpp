// Addresses of hosts, for who cannot wait long: getaddrinfo blocks for as long as resolv.conf allows.
#pragma once

#include "proxy/runtime/deadline.hpp"
#include "proxy/runtime/task.hpp"

#include <boost/asio/generic/stream_protocol.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sidecache::runtime {

class Loop;

using Endpoints = std::vector<boost::asio::generic::stream_protocol::endpoint>;  // in the resolver's order (RFC 6724)

// getaddrinfo for streams, with these flags of it (AI_*); may block. Its code (EAI_*), 0: the addresses stand in `found`.
int ask_the_system(Endpoints& found, const std::string& host, std::uint16_t port, int flags);

// Asks for the addresses of a name; may block, on a thread of its own. Empty: there are none.
using AskForAddresses = std::function<Endpoints(const std::string& host, std::uint16_t port)>;
Endpoints addresses_of(const std::string& host, std::uint16_t port);  // of those families that this machine has

// A literal address is looked up by nobody. nullopt where the answer is not here in time: who was asked is left to themselves, and at most `most_look_ups` of them at once in the
// process, over which nobody is asked and it is nullopt at once.
Task<std::optional<Endpoints>> look_up(Loop& loop, std::string host, std::uint16_t port, SteadyTime until, AskForAddresses ask = addresses_of);
inline constexpr int most_look_ups = 32;

}  // namespace sidecache::runtime
