// One loop's connections to Redis: a pipe, or in a cluster one to each master. Who asks need not know which: commands go to the owners of their keys, and where a
// slot has moved, once more to its new owner.
#pragma once

#include "cache/redis/pipe.hpp"

#include <memory>
#include <vector>

namespace sidecache::redis {

class Pool {
public:
    Pool(runtime::Loop& loop, PipeOptions options);
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    // As Pipe::ask. Each command has one key, or several of one slot: its first argument, of EVAL the third. In a cluster those of different owners are carried out
    // in no order, one that is redirected may wait twice as long, and where some are answered, the reply to each other one is an error (UNANSWERED).
    runtime::Task<Link::Replies> ask(std::vector<Command> commands);

    // As Pipe::close.
    void close() noexcept;

    const PipeCounts& counts() const noexcept;

private:
    struct State;

    static runtime::Task<Link::Replies> ask_cluster(std::shared_ptr<State> state, std::vector<Command> commands);
    static void learn(const std::shared_ptr<State>& state);
    static runtime::Task<> wait_for_slots(std::shared_ptr<State> state);
    static runtime::Task<> learn_slots(std::shared_ptr<State> state);

    std::shared_ptr<State> state_;  // of the tasks as well, which may outlive the pool for a moment
};

}  // namespace sidecache::redis
