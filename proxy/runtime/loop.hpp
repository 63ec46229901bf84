// One worker's event loop: an io_context of one thread, its deadlines, its streams and the tasks spawned on it.
#pragma once

#include "proxy/runtime/deadline.hpp"
#include "proxy/runtime/stream_list.hpp"
#include "proxy/runtime/suspended.hpp"
#include "proxy/runtime/task.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace sidecache::runtime {

class Loop {
public:
    // `on_exception` hears what escaped a spawned task: that is our bug, and ends just that task.
    using OnException = std::function<void(std::string_view task, std::string_view what)>;
    explicit Loop(OnException on_exception);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // Runs until `stop`. The thread that calls it is the worker.
    void run();
    void stop();  // any thread
    // After `run` has ended: destroys the tasks that still wait, while what they use is still there. Nothing else of this loop may be used after.
    void destroy_tasks();

    asio::io_context& context() noexcept { return *context_; }
    Executor executor() noexcept { return context_->get_executor(); }
    DeadlineWheel& wheel() noexcept { return wheel_; }
    StreamList& streams() noexcept { return streams_; }
    SuspendedList& suspended() noexcept { return suspended_; }

    // The only place where a task starts on its own: counted, and awaited by drain. `name` is a static text. It must own what it uses.
    void spawn(std::string_view name, Task<> task);
    std::size_t tasks() const noexcept { return tasks_.load(std::memory_order_relaxed); }

    // Runs `call` on this loop; any thread.
    void post(std::function<void()> call);

    // When this loop last turned: a liveness probe compares it with now. Any thread.
    SteadyTime last_turn() const noexcept;

private:
    Task<> sweep();

    OnException on_exception_;
    DeadlineWheel wheel_;
    StreamList streams_;
    SuspendedList suspended_;
    std::atomic<std::size_t> tasks_{0};
    std::atomic<std::int64_t> last_turn_;
    // One thread, which alone touches its sockets: the reactor need not lock each of them. Posting from elsewhere stays safe.
    std::unique_ptr<asio::io_context> context_ = std::make_unique<asio::io_context>(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO);  // goes first: its tasks use all of the above
};

}  // namespace sidecache::runtime
