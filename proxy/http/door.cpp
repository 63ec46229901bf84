#include "proxy/http/door.hpp"

#include "proxy/http/connection.hpp"

#include <random>

namespace sidecache::door {

using runtime::Task;

namespace {

Task<> serve_connection(std::unique_ptr<Connection> connection) { co_await connection->run(); }
Task<> refuse_connection(std::unique_ptr<Connection> connection) { co_await connection->refuse(); }

}  // namespace

HttpDoor::HttpDoor(runtime::Loop& loop, pipeline::Pipeline& pipeline, telemetry::Recorder& recorder, Counts& counts, const Options& options)
    : loop_(loop), pipeline_(pipeline), recorder_(recorder), counts_(counts), options_(std::make_shared<const Options>(options)) {
    fields_.reserve(options.head_limits.fields);
    std::random_device device;
    next_id_ = (std::uint64_t{device()} << 32) | device();
}

void HttpDoor::listen(int socket, int family) {
    acceptors_.push_back(std::make_unique<runtime::Acceptor>(loop_, socket, family));
    loop_.spawn("accept", accept_all(*acceptors_.back()));
}

void HttpDoor::close() {
    is_closed_ = true;
    for (const auto& acceptor : acceptors_) acceptor->close();
    for (runtime::Endable& stream : loop_.streams()) stream.end_if_idle();
}

Task<> HttpDoor::accept_all(runtime::Acceptor& acceptor) {
    for (;;) {
        std::optional<runtime::Socket> socket = co_await acceptor.accept();
        if (!socket) co_return;
        counts_.accepted.fetch_add(1, std::memory_order_relaxed);
        const bool is_full = counts_.connections.load(std::memory_order_relaxed) >= static_cast<std::int64_t>(options_->connections);
        auto connection = std::make_unique<Connection>(*this, std::move(*socket));
        if (is_full) {
            counts_.refused.fetch_add(1, std::memory_order_relaxed);
            loop_.spawn("refuse", refuse_connection(std::move(connection)));
            continue;
        }
        loop_.spawn("connection", serve_connection(std::move(connection)));
    }
}

std::unique_ptr<HitBatch> HttpDoor::take_batch() {
    if (batches_.empty()) return std::make_unique<HitBatch>();
    auto batch = std::move(batches_.back());
    batches_.pop_back();
    return batch;
}

void HttpDoor::give_back(std::unique_ptr<HitBatch> batch) {
    batch->clear();
    if (batches_.size() < batches_.capacity()) batches_.push_back(std::move(batch));
}

}  // namespace sidecache::door
