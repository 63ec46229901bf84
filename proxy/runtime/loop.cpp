#include "proxy/runtime/loop.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

namespace sidecache::runtime {
namespace {
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
}

Loop::Loop(OnException on_exception)
    : on_exception_(std::move(on_exception)),
      wheel_(std::chrono::steady_clock::now()),
      last_turn_(std::chrono::steady_clock::now().time_since_epoch().count()) {}

Loop::~Loop() { destroy_tasks(); }

void Loop::run() {
    const auto work = asio::make_work_guard(*context_);
    spawn("sweep", sweep());
    tasks_.fetch_sub(1, std::memory_order_relaxed);  // the sweep ends with the loop: drain does not wait for it
    context_->run();
}

void Loop::stop() { context_->stop(); }

void Loop::destroy_tasks() {
    while (!suspended_.empty()) suspended_.front().drop();  // each is left to the context to destroy
    context_.reset();
}

Task<> Loop::sweep() {
    Timer timer(executor());
    for (;;) {
        timer.expires_after(DeadlineWheel::tick);
        co_await timer.async_wait(asio::as_tuple(use_task));
        const SteadyTime now = std::chrono::steady_clock::now();
        last_turn_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
        wheel_.sweep(now);
    }
}

void Loop::spawn(std::string_view name, Task<> task) {
    tasks_.fetch_add(1, std::memory_order_relaxed);
    auto on_end = [this, name](const std::exception_ptr& failure) {
        tasks_.fetch_sub(1, std::memory_order_relaxed);
        if (!failure) return;
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& error) {
            on_exception_(name, error.what());
        } catch (...) {
            on_exception_(name, "unknown exception");
        }
    };
    asio::co_spawn(executor(), std::move(task), std::move(on_end));
}

void Loop::post(std::function<void()> call) { asio::post(*context_, std::move(call)); }

SteadyTime Loop::last_turn() const noexcept {
    return SteadyTime(SteadyTime::duration(last_turn_.load(std::memory_order_relaxed)));
}

}  // namespace sidecache::runtime
