// Who may touch the keyspace at once: any number of workers with a command of one key each, or one of them alone (a transaction, what reads
// before it writes, what takes several keys). A worker's own lock is touched by nobody else until somebody goes in alone, who takes them all.
#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

namespace sidecache::keyspace {

class Gate {
public:
    explicit Gate(std::size_t workers) : locks_(workers) {}

    // Held for a command, never across a wait.
    class Pass {
    public:
        Pass(Gate& gate, std::size_t first, std::size_t end) : gate_(gate), first_(first), end_(end) {
            for (std::size_t i = first_; i < end_; ++i) gate_.locks_[i].mutex.lock();
        }
        ~Pass() {
            for (std::size_t i = end_; i > first_; --i) gate_.locks_[i - 1].mutex.unlock();
        }
        Pass(const Pass&) = delete;
        Pass& operator=(const Pass&) = delete;

    private:
        Gate& gate_;
        const std::size_t first_;
        const std::size_t end_;
    };
    Pass beside_others(std::size_t worker) { return {*this, worker, worker + 1}; }
    Pass alone() { return {*this, 0, locks_.size()}; }

private:
    struct alignas(64) Lock {  // a cache line: no worker's lock slows another's
        std::mutex mutex;
    };
    std::vector<Lock> locks_;
};

}  // namespace sidecache::keyspace
