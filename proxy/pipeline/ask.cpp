// One safe request to the origin, its content included, if it has any.
#include "proxy/pipeline/pipeline.hpp"

#include "proxy/pipeline/interim.hpp"

namespace sidecache::pipeline {

using http::ProxyError;
using runtime::Task;

Task<http::Result<void>> Pipeline::ask(origin::Exchange& exchange, const Snapshot& snapshot, std::string_view request, http::Method method, InterimSink* interim) {
    for (bool is_retry = false;; is_retry = true) {
        std::unique_ptr<origin::Connection> connection = is_retry ? nullptr : pool_.take_now();
        if (connection == nullptr) {
            auto acquired = co_await pool_.acquire(is_retry);
            if (!acquired) co_return acquired.error();
            connection = std::move(acquired.value());
        }
        exchange = origin::Exchange(pool_, std::move(connection));
        std::string_view rest = request;
        auto sent = exchange.send_now(rest);
        if (sent && !rest.empty()) sent = co_await exchange.send(rest);
        if (!sent && sent.error() != ProxyError::connection_terminated) co_return sent.error();  // it reads no more of it
        if (sent) exchange.request_is_sent();
        // Who closes while it is sent to may have said why (RFC 9110 §15.5.14: 413).
        const auto until = std::chrono::steady_clock::now() + pool_.options().first_byte;
        // Mostly one read brings the final head, and is all that has to be waited for.
        auto head = exchange.take_head(method);
        if (!head) {
            co_await exchange.receive(until);
            head = exchange.take_head(method);
        }
        auto answer = final_of(exchange, head);
        if (!answer) {
            if (head) co_await tell_interim(snapshot, head->value()->view, interim);
            answer = co_await read_final_head(snapshot, exchange, method, until, interim, head ? 1 : 0);
        }
        if (*answer) co_return *answer;
        const ProxyError failed = answer->error();
        // RFC 9110 §9.2.2: a safe request on a connection that the origin had closed meanwhile may be sent once more, on a new one.
        const bool was_closed = failed == ProxyError::connection_terminated && exchange.is_on_reused_connection() && !exchange.has_received();
        if (!was_closed || is_retry) co_return failed;
        exchange = origin::Exchange(pool_);  // room for another connection
        shared_.counts.retries.fetch_add(1, std::memory_order_relaxed);
    }
}

}  // namespace sidecache::pipeline
