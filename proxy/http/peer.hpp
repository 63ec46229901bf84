// Who is at the other end of a client connection, and whether its forwarding fields are believed (`forwarded.trust`).
#pragma once

#include "proxy/pipeline/exchange.hpp"
#include "proxy/pipeline/options.hpp"
#include "proxy/runtime/stream.hpp"

namespace sidecache::door {

pipeline::Peer peer_of(const runtime::Socket& socket, const pipeline::Options& options);

}  // namespace sidecache::door
