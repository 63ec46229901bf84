// One worker's connections to the origin: reused while they live, limited in number, waited for in order.
#pragma once

#include "cache/http/proxy_error.hpp"
#include "proxy/origin/connection.hpp"
#include "proxy/origin/head_rooms.hpp"
#include "proxy/origin/names.hpp"
#include "proxy/origin/options.hpp"
#include "proxy/runtime/event.hpp"
#include "proxy/runtime/loop.hpp"

#include <atomic>
#include <deque>
#include <memory>
#include <vector>

namespace sidecache::origin {

// Counted facts; read by any thread at scrape, written by the pool's worker.
struct PoolCounts {
    std::atomic<std::uint64_t> opened{0};
    std::atomic<std::uint64_t> reused{0};
    std::atomic<std::int64_t> open{0};
    std::atomic<std::int64_t> idle{0};
    std::atomic<std::int64_t> waiting{0};
    // When it answered last, and when it last could not be reached or did not answer: steady_clock, 0: never. The origin fails if this is later.
    std::atomic<std::chrono::steady_clock::rep> last_answer{0};
    std::atomic<std::chrono::steady_clock::rep> last_failure{0};
};

class Pool final : private runtime::Deadline {
public:
    // `share`: of how many workers this is one; each may open pool_max / share connections to a server, at least one.
    Pool(runtime::Loop& loop, const Options& options, const Names& names, unsigned share);
    ~Pool();

    // A connection: an idle one, or a new one where `must_be_new` or none is idle. Every server and every address of it is tried.
    // Errors: connection_limit_reached after pool_wait; dns_*, connection_refused, connection_timeout, destination_unavailable of the last address tried.
    runtime::Task<http::Result<std::unique_ptr<Connection>>> acquire(bool must_be_new);
    // One that idles, of the server whose turn it is; null: `acquire` has to be asked. It is as good, and needs no coroutine.
    std::unique_ptr<Connection> take_now();

    // Takes it back for the next exchange, which must find it as new; ends it where its address is no longer one of its server's.
    void put_back(std::unique_ptr<Connection> connection);
    // Or ends it.
    void discard(std::unique_ptr<Connection> connection) noexcept;

    const Options& options() const noexcept { return options_; }
    const PoolCounts& counts() const noexcept { return counts_; }
    runtime::Loop& loop() const noexcept { return loop_; }
    HeadRooms& head_rooms() noexcept { return head_rooms_; }

    // What became of a request.
    void note_answer() noexcept { note(counts_.last_answer); }
    void note_failure() noexcept { note(counts_.last_failure); }

    void close_idle() noexcept;
    // No more connections: whoever waits for one hears so now.
    void close() noexcept;

private:
    struct Server {
        std::deque<std::unique_ptr<Connection>> idle;  // oldest first
        std::size_t open = 0;                          // idle ones and connecting ones included
    };

    static void note(std::atomic<std::chrono::steady_clock::rep>& time) noexcept { time.store(std::chrono::steady_clock::now().time_since_epoch().count(), std::memory_order_relaxed); }
    runtime::Task<> wait_for_names();
    runtime::Task<http::Result<std::unique_ptr<Connection>>> acquire_in_turn(bool must_be_new);
    bool has_room() const noexcept;
    std::unique_ptr<Connection> take_idle(Server& server);
    bool is_left_behind(Connection& connection) const;
    runtime::Task<bool> wait_for_turn(runtime::SteadyTime until);  // false: `until` came first
    runtime::Task<http::Result<std::unique_ptr<Connection>>> connect(std::size_t server);
    runtime::Task<http::Result<std::unique_ptr<Connection>>> connect_to(std::size_t server, Endpoint endpoint);
    void end(Connection& connection) noexcept;
    void wake_one() noexcept;
    void on_deadline() noexcept override;

    runtime::Loop& loop_;
    const Options& options_;
    const Names& names_;
    const std::size_t limit_;
    std::vector<Server> servers_;
    bool is_closed_ = false;
    std::size_t next_server_ = 0;
    std::deque<runtime::Event*> waiting_;  // in order of arrival
    std::size_t waking_ = 0;               // told that it is their turn, and not there yet
    HeadRooms head_rooms_;
    PoolCounts counts_;
};

}  // namespace sidecache::origin
