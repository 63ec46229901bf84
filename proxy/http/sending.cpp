// What a connection sends: replies, interim responses, refusals, and the end of it all.
#include "proxy/http/connection.hpp"

#include "cache/http/list.hpp"
#include "proxy/http/patch.hpp"
#include "proxy/http/request_id.hpp"
#include "proxy/http1/content.hpp"
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
    const bool is_sent = co_await send_reply(reply, nobody, record);
    record.duration = steady_clock::now() - since;
    record.started = std::chrono::system_clock::now() - std::chrono::duration_cast<std::chrono::system_clock::duration>(record.duration);
    door_.recorder_.record(record);
    co_return is_sent;
}

Task<bool> Connection::send_reply(Reply& reply, const http1::RequestHead& request, telemetry::ExchangeRecord& record) {
    const bool has_content = reply.body != nullptr && request.view.method != http::Method::head && reply.status != 204 && reply.status != 304 &&
                             reply.status != 101;
    Patch patch;
    patch.age = reply.age;
    patch.origin_time = reply.origin_time;
    patch.key = reply.key;
    patch.content_length = reply.content_length;
    if (reply.status == 204 || reply.status == 101) patch.content_length.reset();
    if (has_content && !patch.content_length) {
        // RFC 9112 §6.3: without a length, chunks; HTTP/1.0 knows only the end of the connection.
        patch.is_chunked = request.minor_version != 0;
        reply.must_close = reply.must_close || !patch.is_chunked;
    } else if (!has_content && !patch.content_length && request.view.method != http::Method::head && reply.status != 204 && reply.status != 304 && reply.status != 101) {
        patch.content_length = 0;
    }
    std::string head = std::move(reply.head);
    append_patch(head, patch, reply.outcome, request, !reply.must_close || reply.status == 101, *options_);

    std::array<iovec, 5> pieces;
    std::array<char, 20> chunk_head;
    std::string end;
    bool is_head_sent = false;
    if (!has_content || !reply.body->is_ready()) {
        const Io io = co_await stream_.write(head, options_->send);
        if (io != Io::ok) co_return false;
        is_head_sent = true;
    }
    while (has_content) {
        auto ready = reply.body->take_ready();
        if (!ready) ready = co_await reply.body->next();
        const auto& piece = *ready;
        if (!piece) {
            reply.error = piece.error();
            if (is_head_sent) co_return false;
            // It broke before anything went out: a whole answer that says so is still possible.
            Reply failure = pipeline::make_error_reply(door_.pipeline_.snapshot(), piece.error(), reply.outcome);
            failure.route = reply.route;
            failure.key = std::move(reply.key);
            failure.origin_time = reply.origin_time;
            failure.must_close = reply.must_close;
            co_await reply.body->close();
            reply = std::move(failure);
            co_return co_await send_reply(reply, request, record);
        }
        const std::string_view bytes = piece.value().bytes;
        std::size_t count = 0;
        if (!is_head_sent) pieces[count++] = {head.data(), head.size()};
        is_head_sent = true;
        if (patch.is_chunked && !bytes.empty()) pieces[count++] = {chunk_head.data(), http1::write_chunk_head(chunk_head.data(), bytes.size())};
        if (!bytes.empty()) pieces[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
        end.clear();
        if (patch.is_chunked && !bytes.empty()) end = "\r\n";
        if (patch.is_chunked && piece.value().is_end) {
            // Trailers only to a client that says that it reads them (RFC 9110 §6.5.1).
            const bool wants_trailers = http::has_token(request.view.fields, http::FieldName::te, "trailers");
            end.append("0\r\n").append(wants_trailers ? reply.body->trailers() : std::string_view()).append("\r\n");
        }
        if (!end.empty()) pieces[count++] = {end.data(), end.size()};
        std::span<iovec> to_send(pieces.data(), count);
        Io io = stream_.try_write(to_send);
        if (io == Io::ok && !to_send.empty()) io = co_await stream_.write(to_send, options_->send);
        if (io != Io::ok) co_return false;
        record.bytes_out += bytes.size();
        if (piece.value().is_end) break;
    }
    stream_.expect_nothing();
    co_return true;
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
