// Wakes one waiting coroutine from any thread. Setting it twice before it is heard is one wake-up.
#pragma once

#include "proxy/runtime/deadline.hpp"
#include "proxy/runtime/task.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

namespace sidecache::runtime {

class Loop;

class Event {
public:
    explicit Event(Loop& loop);
    ~Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;

    void set() noexcept;  // any thread

    // True once it was set since the last wait; false when `until` passed first. On the loop's thread, one waiter at a time.
    Task<bool> wait(SteadyTime until);

private:
    struct State;
    class Start;
    friend void intrusive_ptr_add_ref(State*) noexcept;
    friend void intrusive_ptr_release(State*) noexcept;
    boost::intrusive_ptr<State> state_;  // outlives the event while a wake-up is on its way
};

}  // namespace sidecache::runtime
