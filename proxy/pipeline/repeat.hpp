// A request that may be sent again without anybody asking, as it came: with its credential, if it has one.
#pragma once

#include "proxy/pipeline/exchange.hpp"

#include <string>

namespace sidecache::pipeline {

struct Repeat {
    OwnedRequest message;
    Peer peer;
    std::string id;  // of the request when it came; empty: none
};

}  // namespace sidecache::pipeline
