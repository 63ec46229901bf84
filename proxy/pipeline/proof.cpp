#include "proxy/pipeline/proof.hpp"

#include "cache/fleet/control.hpp"
#include "cache/switches/switches.hpp"
#include "proxy/runtime/event.hpp"

#include <atomic>
#include <chrono>
#include <memory>

namespace sidecache::pipeline {
namespace {

// Told on the fleet's thread, read on the request's loop; either may be the last to need it.
struct Answer {
    explicit Answer(runtime::Loop& loop) : known(loop) {}
    runtime::Event known;
    std::atomic<bool> is_current{false};
};

}  // namespace

runtime::Task<bool> prove_current(runtime::Loop& loop, fleet::Control& fleet) {
    if (switches::is_off(switches::Rule::proven_reads)) co_return true;
    const auto until = std::chrono::steady_clock::now() + fleet.proof_deadline();
    const auto answer = std::make_shared<Answer>(loop);
    fleet.prove([answer](bool is_current) {
        answer->is_current.store(is_current, std::memory_order_release);
        answer->known.set();
    });
    co_await answer->known.wait(until);
    co_return answer->is_current.load(std::memory_order_acquire);
}

}  // namespace sidecache::pipeline
