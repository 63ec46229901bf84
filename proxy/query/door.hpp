// The query door of one worker: Redis' protocol for the application next door, answered from memory.
#pragma once

#include "cache/keyspace/keyspace.hpp"
#include "proxy/query/options.hpp"
#include "proxy/query/session.hpp"
#include "proxy/query/tally.hpp"
#include "proxy/runtime/acceptor.hpp"
#include "proxy/runtime/buffers.hpp"
#include "proxy/runtime/loop.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace sidecache::query {

class QueryDoor {
public:
    QueryDoor(runtime::Loop& loop, keyspace::Keyspace& keyspace, Counts& counts, const Options& options, std::size_t worker);

    // Takes a listening socket over and accepts on it until `close`.
    void listen(int socket, int family);
    // No new connections; those that there are end after the commands that they have sent.
    void close();
    void end() { acceptors_.clear(); }  // after the loop has ended

    void adopt(const Options& options) { options_ = std::make_shared<const Options>(options); }
    const Tally& tally() const noexcept { return tally_; }

private:
    friend class Connection;
    runtime::Task<> accept_all(runtime::Acceptor& acceptor);

    runtime::Loop& loop_;
    keyspace::Keyspace& keyspace_;
    Counts& counts_;
    std::shared_ptr<const Options> options_;
    const std::size_t worker_;
    Tally tally_;
    std::vector<std::unique_ptr<runtime::Acceptor>> acceptors_;
    runtime::Buffers buffers_;
    std::string replies_;  // of the connection whose turn it is: none keeps a buffer for what the kernel takes at once
    bool is_closed_ = false;
};

}  // namespace sidecache::query
