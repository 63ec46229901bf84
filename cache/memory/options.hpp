// Limits of the memory tier.
#pragma once

#include <chrono>
#include <cstddef>

namespace sidecache::memory {

struct Options {
    std::size_t size = std::size_t{256} << 20;      // bytes of all stored responses, index included
    std::size_t max_object = std::size_t{4} << 20;  // bytes of content; a larger response streams through, unstored
    std::chrono::seconds sweep{60};                 // in which all that is stored is looked through once for what is kept no longer
};

}  // namespace sidecache::memory
