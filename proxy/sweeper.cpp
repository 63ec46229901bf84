#include "proxy/sweeper.hpp"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace sidecache {

Sweeper::Sweeper(pipeline::Shared& shared, std::chrono::milliseconds round)
    : shared_(shared), thread_([this, pause = round / memory::Store::sweep_steps](std::stop_token stop) { run(std::move(stop), pause); }) {}

void Sweeper::run(std::stop_token stop, std::chrono::milliseconds pause) {
    std::mutex lock;
    std::condition_variable_any wake;
    std::unique_lock guard(lock);
    while (!stop.stop_requested()) {
        shared_.store.sweep(std::chrono::system_clock::now());
        shared_.epochs.forget_old();
        wake.wait_for(guard, stop, pause, [] { return false; });  // until it is to stop
    }
}

}  // namespace sidecache
