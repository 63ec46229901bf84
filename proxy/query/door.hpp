// The query door of one worker: Redis' protocol for the application next door, answered from memory.
#pragma once

#include "cache/keyspace/keyspace.hpp"
#include "proxy/query/options.hpp"
#include "proxy/query/session.hpp"
#include "proxy/query/tally.hpp"
#include "proxy/runtime/acceptor.hpp"
#include "proxy/runtime/buffers.hpp"
#include "proxy/runtime/loop.hpp"

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace sidecache::query {

// A connection that waits for its next command.
class Resting : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    virtual void allow_end() noexcept = 0;  // it may be ended while it does

protected:
    ~Resting() = default;
};

class QueryDoor {
public:
    QueryDoor(runtime::Loop& loop, keyspace::Keyspace& keyspace, Counts& counts, const Options& options, std::size_t worker);

    // Takes a listening socket over and accepts on it until `close`.
    void listen(int socket, int family);
    // No new connections; those that there are end after the commands that they have sent. Until then HTTP's exchanges may need them, also while these drain.
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
    memory::Reader reader_;
    std::vector<std::unique_ptr<runtime::Acceptor>> acceptors_;
    runtime::Buffers buffers_;
    boost::intrusive::list<Resting, boost::intrusive::constant_time_size<false>> resting_;
    std::string replies_;  // of the connection whose turn it is: none keeps a buffer for what the kernel takes at once
    bool is_closed_ = false;
};

}  // namespace sidecache::query
