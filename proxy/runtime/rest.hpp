// Waits for a time to come, and for nothing else.
#pragma once

#include "proxy/runtime/deadline.hpp"
#include "proxy/runtime/task.hpp"

namespace sidecache::runtime {

class Loop;

Task<> rest_until(Loop& loop, SteadyTime until);

}  // namespace sidecache::runtime
