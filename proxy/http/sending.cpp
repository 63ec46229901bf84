// What a connection sends: replies, interim responses, refusals, and the end of it all.
#include "proxy/http/connection.hpp"

#include "proxy/http/request_id.hpp"
#include "proxy/pipeline/error_reply.hpp"

#include <array>

namespace sidecache::door {

using pipeline::Reply;
using runtime::Io;
using runtime::Task;
using std::chrono::steady_clock;

Task<> Connection::reject(const http1::Rejection& rejection) {
    door_.counts_.bad_requests.fetch_add(1, std::memory_order_relaxed);
    const auto since = is_head_begun_ ? head_begun_at_ : steady_clock::now();
    const auto line = http1::glimpse_request_line(input_.unread());
    const bool is_sent = co_await send_unasked(pipeline::make_own_reply(rejection.status, rejection.detail, {}), line, since);
    if (is_sent) co_await linger();
}

Task<> Connection::refuse() {
    policy::Outcome outcome;
    outcome.detail = "connection-limit";
    Reply reply = pipeline::make_error_reply(door_.pipeline_.snapshot(), http::ProxyError::connection_limit_reached, outcome);
    co_await send_unasked(std::move(reply), {}, steady_clock::now());
    stream_.close();
}

// An answer to what is no request yet.
Task<bool> Connection::send_unasked(Reply reply, const http1::LineGlimpse& line, runtime::SteadyTime since) {
    telemetry::ExchangeRecord record;
    const RequestId id({}, door_.pipeline_.snapshot().options.request_id, door_.next_id_++);
    record.request_id = id.text();
    record.method = line.method;
    record.path = line.path;
    record.route = door_.pipeline_.snapshot().route_ids.back();
    record.outcome = reply.outcome;
    record.status = reply.status;
    record.error = reply.error;
    reply.must_close = true;
    http1::RequestHead nobody;
    nobody.view.method_text = record.method;
    Outgoing out(reply, nobody, *options_);
    const bool is_sent = co_await send(out, record);
    record.duration = steady_clock::now() - since;
    record.started = std::chrono::system_clock::now() - std::chrono::duration_cast<std::chrono::system_clock::duration>(record.duration);
    door_.recorder_.record(record);
    co_return is_sent;
}

Task<bool> Connection::send(Outgoing& out, telemetry::ExchangeRecord& record) {
    bool is_sent = send_ready(out);
    if (is_sent && !out.is_written()) is_sent = co_await send_rest(out, record);
    record.bytes_out += out.content_written();
    co_return is_sent;
}

bool Connection::send_ready(Outgoing& out) {
    if (!out.has_begun() && !out.has_content()) out.add_head();
    for (;;) {
        if (stream_.try_write(out.unwritten()) != Io::ok) return false;
        if (out.is_written() || !out.unwritten().empty()) return true;
        const auto piece = out.reply().body->take_ready();
        if (!piece) return true;
        out.add(*piece);
        if (out.failure()) return true;
    }
}

Task<bool> Connection::send_rest(Outgoing& out, telemetry::ExchangeRecord& record) {
    while (!out.is_written() && !out.failure()) {
        if (!out.unwritten().empty()) {
            const Io io = co_await stream_.write(out.unwritten(), options_->send);
            if (io != Io::ok) co_return false;
            out.unwritten() = {};
        } else if (!out.has_begun() && !out.reply().body->is_ready()) {
            out.add_head();
        } else {
            const auto piece = co_await out.reply().body->next();
            out.add(piece);
        }
        if (!out.failure() && !send_ready(out)) co_return false;
    }
    stream_.expect_nothing();
    if (!out.failure()) co_return true;
    out.reply().error = out.failure();
    if (out.has_begun()) co_return false;
    co_return co_await send_failure(out, record);
}

// Its content broke before anything went out: a whole answer that says so is still possible.
Task<bool> Connection::send_failure(Outgoing& out, telemetry::ExchangeRecord& record) {
    Reply& reply = out.reply();
    Reply failure = pipeline::make_error_reply(door_.pipeline_.snapshot(), *out.failure(), reply.outcome);
    failure.route = reply.route;
    failure.key = std::move(reply.key);
    failure.origin_time = reply.origin_time;
    failure.must_close = reply.must_close;
    co_await reply.body->close();
    reply = std::move(failure);
    Outgoing instead(reply, out.request(), *options_);
    co_return co_await send(instead, record);
}

Task<> Connection::send_interim(std::string_view head) {
    // If the client is gone, the final response will find out.
    co_await stream_.write(head, options_->send);
}

Task<> Connection::linger() {
    // RFC 9112 §9.6: a close while the client still sends would reset the connection before it has read the answer.
    stream_.shut_down_sending();
    stream_.expect_within(options_->linger);
    std::array<char, 4096> discarded;
    for (std::size_t total = 0; total < (std::size_t{1} << 20);) {
        const auto read = co_await stream_.read_some(discarded);
        if (read.io != Io::ok) break;
        total += read.bytes;
    }
}

}  // namespace sidecache::door
