#pragma once

#include <string>

namespace sidecache::tiers {

// The promise of one node to fetch what stands nowhere: the others wait for it a while. Its end is Redis' own, by its clock: nothing but who asks the origin hangs on it.
struct Lease {
    std::string name;
    std::string token;
};

}  // namespace sidecache::tiers
