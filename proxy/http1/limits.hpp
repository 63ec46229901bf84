// What a head may be at most; beyond it the message is refused.
#pragma once

#include <cstddef>

namespace sidecache::http1 {

struct HeadLimits {
    std::size_t target = 8 * 1024;  // bytes of the request target: over it 414
    std::size_t head = 32 * 1024;   // bytes of start line and header section: over it 431
    std::size_t fields = 100;       // field lines: over it 431
};

// RFC 9112 §3: a longer method is none that anybody implements: 501.
inline constexpr std::size_t max_method_size = 32;

}  // namespace sidecache::http1
