#include "proxy/origin/pool.hpp"

#include "proxy/runtime/rest.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

namespace sidecache::origin {
namespace {

using runtime::Task;
using http::ProxyError;
using http::Result;
using std::chrono::steady_clock;

ProxyError error_of(const boost::system::error_code& error, bool is_late) {
    if (is_late || error == boost::asio::error::timed_out) return ProxyError::connection_timeout;
    if (error == boost::asio::error::connection_refused) return ProxyError::connection_refused;
    // ENOENT: a Unix socket that is not there; network or host unreachable.
    return ProxyError::destination_unavailable;
}

}  // namespace

Pool::Pool(runtime::Loop& loop, const Options& options, const Names& names, unsigned share)
    : Deadline(loop.wheel()),
      loop_(loop),
      options_(options),
      names_(names),
      limit_(std::max<std::size_t>(1, options.pool_max / std::max(1U, share))),
      servers_(options.servers.size()) {}

Pool::~Pool() { close_idle(); }

std::unique_ptr<Connection> Pool::take_idle(Server& server) {
    while (!server.idle.empty()) {
        auto connection = std::move(server.idle.back());  // the youngest: the oldest may go idle for good
        server.idle.pop_back();
        counts_.idle.fetch_sub(1, std::memory_order_relaxed);
        // Readable means closed, or an answer to nothing: either way nothing to send a request on (RFC 9112 §9.5).
        if (!is_left_behind(*connection) && !connection->stream.is_readable()) {
            counts_.reused.fetch_add(1, std::memory_order_relaxed);
            return connection;
        }
        end(*connection);
    }
    return nullptr;
}

// Its server's name has moved on to other addresses: under steady traffic it would go on at the old one for good.
bool Pool::is_left_behind(Connection& connection) const {
    const std::uint64_t changes = names_.changes();
    if (connection.named_at == changes) return false;
    if (!names_.has(connection.server(), connection.endpoint())) return true;
    connection.named_at = changes;
    return false;
}

// The first look-up of a name is under way: whoever came before it is back waits for it, as for a connection.
Task<> Pool::wait_for_names() {
    constexpr std::chrono::milliseconds turn{20};
    const auto until = steady_clock::now() + options_.connect;
    while (!names_.has_looked() && !is_closed_ && steady_clock::now() < until) {
        co_await runtime::rest_until(loop_, steady_clock::now() + turn);
    }
}

Task<Result<std::unique_ptr<Connection>>> Pool::acquire(bool must_be_new) {
    if (!names_.has_looked()) co_await wait_for_names();
    auto acquired = co_await acquire_in_turn(must_be_new);
    // Whoever waited behind may have room beside this one.
    if (has_room()) wake_one();
    co_return acquired;
}

std::unique_ptr<Connection> Pool::take_now() {
    if (!names_.has_looked() || is_closed_ || !waiting_.empty() || waking_ != 0) return nullptr;  // whoever waits comes first
    auto connection = take_idle(servers_[next_server_ % servers_.size()]);
    if (connection != nullptr) ++next_server_;
    return connection;
}

bool Pool::has_room() const noexcept {
    return std::any_of(servers_.begin(), servers_.end(), [this](const Server& server) { return !server.idle.empty() || server.open < limit_; });
}

Task<Result<std::unique_ptr<Connection>>> Pool::acquire_in_turn(bool must_be_new) {
    const auto until = steady_clock::now() + options_.pool_wait;
    // Who comes while others wait, or are on their way to their turn, waits behind them.
    for (bool is_turn = waiting_.empty() && waking_ == 0;; is_turn = true) {
        if (!is_turn) {
            const bool is_woken = co_await wait_for_turn(until);
            if (!is_woken) co_return ProxyError::connection_limit_reached;
        }
        if (is_closed_) co_return ProxyError::destination_unavailable;
        ProxyError last = ProxyError::connection_limit_reached;
        bool is_any_busy = false;
        const std::size_t first = next_server_++;
        for (std::size_t turn = 0; turn < servers_.size(); ++turn) {
            const std::size_t index = (first + turn) % servers_.size();
            if (!must_be_new) {
                if (auto idle = take_idle(servers_[index])) co_return idle;
            }
            if (servers_[index].open >= limit_ && !servers_[index].idle.empty()) {
                // Only where a new one is asked for: an idle one makes room.
                end(*servers_[index].idle.front());
                servers_[index].idle.pop_front();
                counts_.idle.fetch_sub(1, std::memory_order_relaxed);
            }
            if (servers_[index].open >= limit_) {
                is_any_busy = true;
                continue;
            }
            auto connected = co_await connect(index);
            if (connected) co_return connected;
            last = connected.error();
            // Without a descriptor nobody was asked: that is no failure of the origin.
            if (last != ProxyError::connection_limit_reached) note_failure();
        }
        // A server that cannot be reached is passed over, and one that is only busy waited for.
        if (!is_any_busy) co_return last;
        const bool is_woken = co_await wait_for_turn(until);
        if (!is_woken) co_return ProxyError::connection_limit_reached;
    }
}

Task<bool> Pool::wait_for_turn(runtime::SteadyTime until) {
    runtime::Event turn(loop_);
    waiting_.push_back(&turn);
    counts_.waiting.fetch_add(1, std::memory_order_relaxed);
    co_await turn.wait(until);
    counts_.waiting.fetch_sub(1, std::memory_order_relaxed);
    // A turn that came with the deadline is still a turn: nobody else was told of it.
    const bool is_woken = std::erase(waiting_, &turn) == 0;
    if (is_woken) --waking_;
    co_return is_woken;
}

Task<Result<std::unique_ptr<Connection>>> Pool::connect(std::size_t server) {
    const auto addresses = names_.of(server);
    ProxyError last = addresses->error.value_or(ProxyError::destination_unavailable);
    for (const Endpoint& endpoint : addresses->endpoints) {
        auto connected = co_await connect_to(server, endpoint);
        if (connected) co_return connected;
        last = connected.error();
    }
    co_return last;
}

Task<Result<std::unique_ptr<Connection>>> Pool::connect_to(std::size_t server, Endpoint endpoint) {
    runtime::Socket socket(loop_.executor());
    boost::system::error_code error;
    socket.open(endpoint.protocol(), error);
    // EMFILE and the like: this process has no descriptor left.
    if (error) co_return ProxyError::connection_limit_reached;
    if (endpoint.protocol().family() != AF_UNIX) {
        const int yes = 1;
        ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    auto connection = std::make_unique<Connection>(loop_, std::move(socket), server, endpoint);
    // Counted while it connects, so that a slow origin does not get more attempts than it may have connections.
    ++servers_[server].open;
    counts_.open.fetch_add(1, std::memory_order_relaxed);
    connection->stream.expect_within(options_.connect);
    auto [failure] = co_await connection->stream.socket().async_connect(endpoint, boost::asio::as_tuple(runtime::use_task));
    if (failure) {
        const bool is_late = connection->stream.assess(failure) == runtime::Io::timeout;
        discard(std::move(connection));
        co_return error_of(failure, is_late);
    }
    connection->stream.expect_nothing();
    counts_.opened.fetch_add(1, std::memory_order_relaxed);
    co_return connection;
}

void Pool::put_back(std::unique_ptr<Connection> connection) {
    const auto now = steady_clock::now();
    connection->is_reused = true;
    connection->idle_since = now;
    connection->stream.expect_nothing();
    connection->stream.set_idle(false);
    if (is_closed_ || is_left_behind(*connection)) return discard(std::move(connection));
    Server& server = servers_[connection->server()];
    server.idle.push_back(std::move(connection));
    counts_.idle.fetch_add(1, std::memory_order_relaxed);
    if (at() == runtime::SteadyTime::max()) arm(now + options_.pool_idle);
    wake_one();
}

void Pool::discard(std::unique_ptr<Connection> connection) noexcept {
    end(*connection);
    wake_one();
}

void Pool::end(Connection& connection) noexcept {
    connection.stream.close();
    --servers_[connection.server()].open;
    counts_.open.fetch_sub(1, std::memory_order_relaxed);
}

void Pool::wake_one() noexcept {
    if (waiting_.empty()) return;
    waiting_.front()->set();
    waiting_.pop_front();
    ++waking_;
}

void Pool::close_idle() noexcept {
    for (Server& server : servers_) {
        for (auto& connection : server.idle) end(*connection);
        counts_.idle.fetch_sub(static_cast<std::int64_t>(server.idle.size()), std::memory_order_relaxed);
        server.idle.clear();
    }
}

void Pool::close() noexcept {
    is_closed_ = true;
    close_idle();
    while (!waiting_.empty()) wake_one();
}

void Pool::on_deadline() noexcept {
    const auto now = steady_clock::now();
    auto oldest = runtime::SteadyTime::max();
    for (Server& server : servers_) {
        while (!server.idle.empty() && server.idle.front()->idle_since + options_.pool_idle <= now) {
            end(*server.idle.front());
            server.idle.pop_front();
            counts_.idle.fetch_sub(1, std::memory_order_relaxed);
        }
        if (!server.idle.empty()) oldest = std::min(oldest, server.idle.front()->idle_since + options_.pool_idle);
    }
    if (oldest != runtime::SteadyTime::max()) arm(oldest);
}

}  // namespace sidecache::origin
