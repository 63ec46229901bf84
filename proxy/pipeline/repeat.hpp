// A request that may be sent again without anybody asking, as it came: with its credential, if it has one, and as long as that is good.
#pragma once

#include "proxy/pipeline/exchange.hpp"

#include <cstdint>
#include <string>

namespace sidecache::pipeline {

struct Repeat {
    OwnedRequest message;
    std::string address;             // of the peer: whether that is believed is asked anew
    std::string id;                  // of the request when it came; empty: none
    std::uint64_t fill_number = 0;   // of the fill that it caused itself
    epochs::BootTime until = epochs::BootTime::max();  // a credential that cannot be judged here is not used later than that
};

}  // namespace sidecache::pipeline
