#include "proxy/http/connection.hpp"

#include "cache/http/list.hpp"
#include "proxy/http/patch.hpp"
#include "proxy/http1/content.hpp"
#include "proxy/pipeline/error_reply.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <optional>

namespace sidecache::door {

using pipeline::Arrival;
using pipeline::Reply;
using runtime::Io;
using runtime::Task;
using std::chrono::steady_clock;

namespace {

bool is_trusted(const std::string& address, const pipeline::Options& options) {
    boost::system::error_code error;
    const auto ip = boost::asio::ip::make_address(address, error);
    if (error) return false;
    if (ip.is_v4()) {
        return std::any_of(options.trusted_v4.begin(), options.trusted_v4.end(), [&](const auto& network) {
            return network.canonical() == boost::asio::ip::make_network_v4(ip.to_v4(), network.prefix_length()).canonical();
        });
    }
    return std::any_of(options.trusted_v6.begin(), options.trusted_v6.end(), [&](const auto& network) {
        return network.canonical() == boost::asio::ip::make_network_v6(ip.to_v6(), network.prefix_length()).canonical();
    });
}

pipeline::Peer peer_of(const runtime::Socket& socket, const pipeline::Options& options) {
    pipeline::Peer peer;
    peer.address = runtime::peer_address(socket);
    peer.is_trusted = is_trusted(peer.address, options);
    return peer;
}

}  // namespace

Connection::Connection(HttpDoor& door, runtime::Socket socket)
    : door_(door),
      options_(door.options_),
      peer_(peer_of(socket, door.pipeline_.snapshot().options)),
      stream_(door.loop_, std::move(socket)) {
    door_.counts_.connections.fetch_add(1, std::memory_order_relaxed);
}

Connection::~Connection() { door_.counts_.connections.fetch_sub(1, std::memory_order_relaxed); }

Task<> Connection::run() {
    std::unique_ptr<HitBatch> batch;
    for (After after = After::next;;) {
        // All that is whole in the buffer: hits gather in a batch, which goes out before anything waits.
        Turn turn = look();
        if (turn.kind == Turn::Kind::request) {
            // Trust is judged by the time after the request was read (CONSISTENCY 1.1 reuse, F4).
            const Arrival arrival = Arrival::now();
            if (auto hit = door_.pipeline_.try_hit(turn.head, peer_, arrival)) {
                if (batch == nullptr) batch = door_.take_batch();
                const bool keep_alive = may_keep_alive(turn.head);
                turn.head.keep_alive = keep_alive;
                add_hit(*batch, turn.head, std::move(*hit), arrival);
                input_.consume(turn.head_size);
                if (keep_alive && !batch->is_full()) continue;
                after = co_await flush(batch);
                if (after == After::close || !keep_alive) break;
                continue;
            }
            after = co_await flush(batch);
            if (after == After::close) break;
            after = co_await serve(turn.head_size, arrival);
            if (after == After::close) break;
            continue;
        }
        after = co_await flush(batch);
        if (after == After::close) break;
        if (turn.kind == Turn::Kind::rejected) {
            co_await reject(turn.rejection);
            break;
        }
        after = co_await read_more();
        if (after == After::close) break;
    }
    stream_.close();
}

Connection::Turn Connection::look() {
    Turn turn;
    input_.consume(http1::leading_empty_lines(input_.unread()));
    const std::string_view unread = input_.unread();
    if (unread.empty()) return turn;
    turn.head_size = http1::find_head_end(unread, searched_);
    std::optional<http1::Rejection> rejection;
    if (turn.head_size != 0) {
        searched_ = 0;
        rejection = http1::parse_request_head(unread.substr(0, turn.head_size), options_->head_limits, door_.fields_, turn.head);
        turn.kind = Turn::Kind::request;
    } else {
        searched_ = unread.size();
        rejection = http1::assess_partial_head(unread, options_->head_limits);
    }
    if (rejection) {
        turn.kind = Turn::Kind::rejected;
        turn.rejection = *rejection;
    }
    return turn;
}

Task<Connection::After> Connection::read_more() {
    const bool is_idle = input_.unread().empty();
    if (is_idle) {
        if (door_.is_closed_) co_return After::close;
        input_.shrink();
        stream_.expect_within(options_->idle);
        is_head_begun_ = false;
    } else if (!is_head_begun_) {
        // From its first byte, however slowly the rest drips in.
        stream_.expect_within(options_->head);
        is_head_begun_ = true;
    }
    const auto room = input_.room(is_idle ? Input::idle_size : 1, options_->head_limits.head + Input::idle_size);
    if (room.empty()) co_return After::close;
    stream_.set_idle(is_idle);
    const auto [error, size] = co_await stream_.socket().async_read_some(boost::asio::buffer(room.data(), room.size()), boost::asio::as_tuple(runtime::use_task));
    stream_.set_idle(false);
    input_.received(size);
    switch (stream_.assess(error)) {
        case Io::ok: co_return After::next;
        case Io::timeout:
            if (!is_idle) co_await reject({408, "The head of the request did not come in time."});
            co_return After::close;
        case Io::end:
        case Io::failed: break;
    }
    co_return After::close;
}

void Connection::add_hit(HitBatch& batch, const http1::RequestHead& head, pipeline::Hit hit, const Arrival& arrival) {
    telemetry::ExchangeRecord record;
    record.started = arrival.wall;
    record.duration = arrival.steady.time_since_epoch();  // the start, until it is flushed
    record.method = head.view.method_text;
    record.path = head.view.path;
    if (head.view.names.has(http::FieldName::traceparent)) record.traceparent = *http::value_of(head.view.fields, http::FieldName::traceparent);
    batch.add(head, std::move(hit), record, *options_);
}

Task<Connection::After> Connection::flush(std::unique_ptr<HitBatch>& batch) {
    if (batch == nullptr) co_return After::next;
    std::span<iovec> pieces = batch->pieces();
    Io io = stream_.try_write(pieces);
    if (io == Io::ok && !pieces.empty()) io = co_await stream_.write(pieces, options_->send);
    const auto now = steady_clock::now();
    for (telemetry::ExchangeRecord& record : batch->records()) {
        record.duration = now.time_since_epoch() - record.duration;
        door_.recorder_.record(record);
    }
    door_.give_back(std::move(batch));
    batch = nullptr;
    co_return io == Io::ok ? After::next : After::close;
}

std::string_view Connection::request_id(const http::RequestView& request) {
    const std::string& name = door_.pipeline_.snapshot().options.request_id;
    if (name.empty()) return {};
    for (const http::Field& field : request.fields) {
        if (http::iequals(field.name, name) && !field.value.empty() && field.value.size() <= 128) return field.value;
    }
    // 128 bits: a random start for this worker, and a count that is mixed so that neighbours look different.
    std::uint64_t count = door_.next_id_++;
    static constexpr std::string_view digits = "0123456789abcdef";
    for (std::size_t half = 0; half < 2; ++half) {
        std::uint64_t mixed = (count + half * 0x9E3779B97F4A7C15ULL);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
        mixed ^= mixed >> 31;
        for (std::size_t i = 0; i < 16; ++i) id_[half * 16 + i] = digits[(mixed >> (i * 4)) & 15];
    }
    return {id_.data(), id_.size()};
}

Task<Connection::After> Connection::serve(std::size_t head_size, const Arrival& arrival) {
    const pipeline::OwnedRequest message(input_.unread().substr(0, head_size), options_->head_limits);
    input_.consume(head_size);
    stream_.expect_nothing();
    const http1::RequestHead& head = message.head();
    RequestContent content(stream_, input_, *options_, head, door_.pipeline_.snapshot().options.max_content);

    telemetry::ExchangeRecord record;
    record.started = arrival.wall;
    record.method = head.view.method_text;
    record.path = head.view.path;
    record.request_id = request_id(head.view);
    record.traceparent = http::value_of(head.view.fields, http::FieldName::traceparent).value_or(std::string_view());

    Reply reply = co_await door_.pipeline_.serve({message, peer_, arrival, record.request_id, content, *this});
    // What was not read of the content must not be taken for the next request.
    if (!content.is_ended() && (reply.content_flows || !content.skip_rest())) reply.must_close = true;
    if (!may_keep_alive(head)) reply.must_close = true;
    const bool is_sent = co_await send_reply(reply, head, record);
    if (reply.body != nullptr) co_await reply.body->close();
    if (reply.tunnel != nullptr && is_sent) co_await relay(*reply.tunnel);

    record.duration = steady_clock::now() - arrival.steady;
    record.origin_time = reply.origin_time;
    record.outcome = reply.outcome;
    record.route = reply.route;
    record.status = reply.status;
    record.bytes_in = content.received();
    record.origin_queries = reply.origin_queries;
    record.error = reply.error;
    door_.recorder_.record(record);

    if (!is_sent) {
        stream_.abort();  // visibly broken: what was sent is not whole
        co_return After::close;
    }
    if (!reply.must_close && reply.tunnel == nullptr) co_return After::next;
    if (!content.is_ended()) co_await linger();
    co_return After::close;
}

Task<> Connection::reject(const http1::Rejection& rejection) {
    door_.counts_.bad_requests.fetch_add(1, std::memory_order_relaxed);
    policy::Outcome outcome;
    Reply reply = pipeline::make_own_reply(rejection.status, rejection.detail, outcome);
    http1::RequestHead nobody;
    nobody.view.method_text = "-";
    telemetry::ExchangeRecord record;
    record.started = std::chrono::system_clock::now();
    record.method = "-";
    record.path = "-";
    record.route = door_.pipeline_.snapshot().route_ids.back();
    record.outcome = reply.outcome;
    record.status = reply.status;
    reply.must_close = true;
    const bool is_sent = co_await send_reply(reply, nobody, record);
    if (is_sent) co_await linger();
    door_.recorder_.record(record);
}

Task<bool> Connection::send_reply(Reply& reply, const http1::RequestHead& request, telemetry::ExchangeRecord& record) {
    const bool has_content = reply.body != nullptr && request.view.method != http::Method::head && reply.status != 204 && reply.status != 304 &&
                             reply.status != 101;
    Patch patch;
    patch.age = reply.age;
    patch.origin_time = reply.origin_time;
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
        const auto piece = co_await reply.body->next();
        if (!piece) {
            reply.error = piece.error();
            co_return false;
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
        const std::span<iovec> to_send(pieces.data(), count);
        const Io io = co_await stream_.write(to_send, options_->send);
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
    stream_.expect_within(std::chrono::seconds(2));
    std::array<char, 4096> discarded;
    for (std::size_t total = 0; total < (std::size_t{1} << 20);) {
        const auto read = co_await stream_.read_some(discarded);
        if (read.io != Io::ok) break;
        total += read.bytes;
    }
}

}  // namespace sidecache::door
