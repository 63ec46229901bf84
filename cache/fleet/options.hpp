#pragma once

#include "cache/fleet/parameters.hpp"
#include "cache/fleet/turn_text.hpp"
#include "cache/fleet/writes.hpp"
#include "cache/redis/options.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace sidecache::fleet {

// Of one node's part in the fleet.
struct ControlOptions {
    redis::Options redis{};
    std::string prefix = "sidecache:";
    Parameters parameters{};  // of an incarnation that this node begins
    Writes::Mode mode = Writes::Mode::strict;
    StateLimits limits{};
    std::chrono::milliseconds write_deadline{4'000};   // D of CONSISTENCY 1.3: of a write to be announced, and again to be heard of; at least two leases
    std::size_t writes = 10'000;                       // that are not over, also for nobody any more: over it new ones are refused
    std::size_t proofs = 65'536;                       // that wait at once: over it there is none
    std::size_t per_turn = 256;                        // ticks and intents of one turn
    std::chrono::milliseconds deadline{1'000};         // of one turn: then the connection is given up
    std::chrono::milliseconds proof_deadline{100};     // with Mode::verified: of a read to be proven; then it is validated
    std::chrono::milliseconds back_off{50};            // before the first new attempt, doubled for each up to the next
    std::chrono::milliseconds longest_back_off{1'000};
};

}  // namespace sidecache::fleet
