#include "proxy/runtime/event.hpp"

#include "proxy/runtime/loop.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <cassert>
#include <optional>
#include <utility>

namespace sidecache::runtime {

// But for the two flags, the count and the executor it is touched by the loop's thread only.
struct Event::State final : Suspended {
    explicit State(Loop& loop_) : loop(loop_), executor(loop_.executor()) {}

    void suspend(Waiting task) {
        assert(!waiting);
        waiting.emplace(std::move(task));
        loop.suspended().push_back(*this);
    }
    // Nothing if nobody waits.
    void resume() {
        if (!waiting) return;
        Waiting task(std::move(*waiting));
        waiting.reset();
        unlink();
        task.launch();
    }
    void drop() noexcept override {
        unlink();
        waiting.reset();
    }

    using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

    Loop& loop;
    const Executor executor;  // a copy: tasks that go with their loop set events while it is no longer to be asked
    std::optional<Waiting> waiting;
    std::optional<Timer> timer;  // from the first wait with an end
    std::atomic<bool> is_set{false};
    std::atomic<bool> is_on_its_way{false};  // the wake-up, to the loop
    std::atomic<int> count{0};
};

void intrusive_ptr_add_ref(Event::State* state) noexcept { state->count.fetch_add(1, std::memory_order_relaxed); }
void intrusive_ptr_release(Event::State* state) noexcept {
    if (state->count.fetch_sub(1, std::memory_order_acq_rel) == 1) delete state;
}

// What Asio's awaitables run once the coroutine is suspended.
class Event::Start {
public:
    explicit Start(State& state) : state_(state) {}
    Waiting* operator()(Frame* frame) const {
        state_.suspend(std::move(*frame->detach_thread()));
        return nullptr;
    }

private:
    State& state_;
};

Event::Event(Loop& loop) : state_(new State(loop)) {}
Event::~Event() = default;

void Event::set() noexcept {
    if (state_->is_set.exchange(true, std::memory_order_acq_rel)) return;
    if (state_->is_on_its_way.exchange(true, std::memory_order_acq_rel)) return;
    asio::post(state_->executor, [state = state_] {
        state->is_on_its_way.exchange(false, std::memory_order_acq_rel);  // whoever sets it from here on sends another
        state->resume();
    });
}

Task<bool> Event::wait(SteadyTime until) {
    const bool has_end = until != SteadyTime::max();
    for (bool is_first = true;; is_first = false) {
        if (state_->is_set.exchange(false, std::memory_order_acq_rel)) break;
        if (has_end && std::chrono::steady_clock::now() >= until) co_return false;
        if (has_end && is_first) {
            if (!state_->timer) state_->timer.emplace(state_->executor);
            state_->timer->expires_at(until);
            state_->timer->async_wait([state = state_](const boost::system::error_code& error) {
                if (!error) state->resume();
            });
        }
        co_await Start(*state_);
    }
    if (has_end && state_->timer) state_->timer->cancel();
    co_return true;
}

}  // namespace sidecache::runtime
