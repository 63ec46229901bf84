// Sizes of what remembers invalidations.
#pragma once

#include <cstddef>

namespace sidecache::epochs {

struct Options {
    // Rounded up to a power of two; 16 bytes each, and 8 more for what is softened, resident where touched. A collision of two groups costs a miss, never staleness.
    std::size_t slots = std::size_t{1} << 20;
    // Noted at a time; over it the newcomer holds everything.
    std::size_t holds = 4096;
};

}  // namespace sidecache::epochs
