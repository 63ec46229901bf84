#include "proxy/runtime/event.hpp"

#include "proxy/runtime/loop.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>

#include <atomic>

namespace sidecache::runtime {

struct Event::State {
    using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
    explicit State(Executor executor) : timer(executor) {}
    Timer timer;  // touched by the loop's thread only
    std::atomic<bool> is_set{false};
    std::atomic<int> count{0};
};

void intrusive_ptr_add_ref(Event::State* state) noexcept { state->count.fetch_add(1, std::memory_order_relaxed); }
void intrusive_ptr_release(Event::State* state) noexcept {
    if (state->count.fetch_sub(1, std::memory_order_acq_rel) == 1) delete state;
}

Event::Event(Loop& loop) : state_(new State(loop.executor())) {}
Event::~Event() = default;

void Event::set() noexcept {
    if (state_->is_set.exchange(true, std::memory_order_acq_rel)) return;
    // The wait is a timer; cancelling it on the loop's own thread is the wake-up.
    asio::post(state_->timer.get_executor(), [state = state_] { state->timer.cancel(); });
}

Task<bool> Event::wait(SteadyTime until) {
    for (;;) {
        if (state_->is_set.exchange(false, std::memory_order_acq_rel)) co_return true;
        if (std::chrono::steady_clock::now() >= until) co_return false;
        state_->timer.expires_at(until);
        co_await state_->timer.async_wait(asio::as_tuple(use_task));
    }
}

}  // namespace sidecache::runtime
