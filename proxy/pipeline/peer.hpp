// Who is at the other end of a client connection, as far as headers and keys care.
#pragma once

#include "proxy/pipeline/options.hpp"

#include <string>

namespace sidecache::pipeline {

struct Peer {
    std::string address;      // "127.0.0.1", "::1", "unix"
    bool is_trusted = false;  // `forwarded.trust`: its Forwarded and X-Forwarded-* are believed
    bool may_purge = false;   // `purge.allow`
};

Peer peer_at(std::string address, const Options& options);

}  // namespace sidecache::pipeline
