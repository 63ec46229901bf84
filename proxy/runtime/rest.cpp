#include "proxy/runtime/rest.hpp"

#include "proxy/runtime/event.hpp"

namespace sidecache::runtime {

Task<> rest_until(Loop& loop, SteadyTime until) {
    Event nobody_sets(loop);
    co_await nobody_sets.wait(until);
}

}  // namespace sidecache::runtime
