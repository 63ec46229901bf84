// The thread that takes out of memory what is kept no longer, so that nobody has to ask for it first: stored responses, tables of earlier rules.
#pragma once

#include "proxy/pipeline/shared.hpp"

#include <chrono>
#include <stop_token>
#include <thread>

namespace sidecache {

class Sweeper {
public:
    // Looks through all of the store once in `round`, a part at a time. `shared` outlives it.
    Sweeper(pipeline::Shared& shared, std::chrono::milliseconds round);

private:
    void run(std::stop_token stop, std::chrono::milliseconds pause);

    pipeline::Shared& shared_;
    std::jthread thread_;
};

}  // namespace sidecache
