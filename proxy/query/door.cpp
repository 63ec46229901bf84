#include "proxy/query/door.hpp"

#include "proxy/query/connection.hpp"

#include <optional>
#include <utility>

namespace sidecache::query {

using runtime::Task;

namespace {

Task<> serve_connection(std::unique_ptr<Connection> connection) { co_await connection->run(); }
Task<> refuse_connection(std::unique_ptr<Connection> connection) { co_await connection->refuse(); }

}  // namespace

QueryDoor::QueryDoor(runtime::Loop& loop, keyspace::Keyspace& keyspace, Counts& counts, const Options& options, std::size_t worker)
    : loop_(loop), keyspace_(keyspace), counts_(counts), options_(std::make_shared<const Options>(options)), worker_(worker), reader_(keyspace.readers()) {}

void QueryDoor::listen(int socket, int family) {
    acceptors_.push_back(std::make_unique<runtime::Acceptor>(loop_, socket, family));
    loop_.spawn("accept queries", accept_all(*acceptors_.back()));
    counts_.accepting.fetch_add(1, std::memory_order_relaxed);
}

void QueryDoor::close() {
    is_closed_ = true;
    for (const auto& acceptor : acceptors_) acceptor->close();
    for (Resting& connection : resting_) connection.allow_end();
    for (runtime::Endable& stream : loop_.streams()) stream.end_if_idle();
}

Task<> QueryDoor::accept_all(runtime::Acceptor& acceptor) {
    for (;;) {
        std::optional<runtime::Socket> socket = co_await acceptor.accept();
        if (!socket) break;
        const std::uint64_t id = counts_.accepted.fetch_add(1, std::memory_order_relaxed) + 1;
        const bool is_full = counts_.connections.load(std::memory_order_relaxed) >= static_cast<std::int64_t>(options_->connections);
        auto connection = std::make_unique<Connection>(*this, std::move(*socket), id);
        if (is_full) {
            counts_.refused.fetch_add(1, std::memory_order_relaxed);
            loop_.spawn("refuse queries", refuse_connection(std::move(connection)));
            continue;
        }
        loop_.spawn("queries", serve_connection(std::move(connection)));
    }
    counts_.accepting.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace sidecache::query
