#include "proxy/http/connection.hpp"

#include "cache/switches/switches.hpp"
#include "proxy/http/request_id.hpp"
#include "proxy/runtime/acceptor.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace sidecache::door {

using pipeline::Arrival;
using pipeline::Reply;
using runtime::Io;
using runtime::Task;
using std::chrono::steady_clock;

Connection::Connection(HttpDoor& door, runtime::Socket socket)
    : door_(door),
      options_(door.options_),
      peer_(pipeline::peer_at(runtime::peer_address(socket), door.pipeline_.snapshot().options)),
      stream_(door.loop_, std::move(socket)),
      input_(door.buffers_) {
    door_.counts_.connections.fetch_add(1, std::memory_order_relaxed);
}

Connection::~Connection() { door_.counts_.connections.fetch_sub(1, std::memory_order_relaxed); }

Task<> Connection::run() {
    std::unique_ptr<HitBatch> batch;
    const bool is_decided_early = switches::is_off(switches::Rule::write_before_read);
    std::optional<pipeline::Hit> early;
    for (After after = After::next;;) {
        // All that is whole in the buffer: hits gather in a batch, which goes out before anything waits.
        Turn turn = look();
        if (turn.kind == Turn::Kind::request && !is_judged_ && door_.pipeline_.must_prove(turn.head)) {
            // Once for all that was read by now; meanwhile others use what the turn looks into.
            is_proven_ = co_await door_.pipeline_.prove();
            is_judged_ = true;
            continue;
        }
        if (turn.kind == Turn::Kind::request) {
            // Trust is judged by the time after the request was read (CONSISTENCY 1.1 reuse, F4).
            Arrival arrival = Arrival::now();
            arrival.is_proven = is_proven_ || !is_judged_;  // what need not be proven reuses nothing
            auto hit = door_.pipeline_.try_hit(turn.head, peer_, arrival);
            if (is_decided_early && early) hit = std::exchange(early, std::nullopt);
            if (hit) {
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
            if (is_decided_early) early = decide_early(turn);
            // Only once it is answered the next is decided (CONSISTENCY 1.1 write, 5).
            after = co_await serve(turn.head_size, arrival);
            is_judged_ = false;  // more may have been read meanwhile
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
    } else if (turn.kind == Turn::Kind::request) {
        is_head_begun_ = false;
    }
    return turn;
}

// What the request behind this one would get now: too early, for where that rule is switched off.
std::optional<pipeline::Hit> Connection::decide_early(const Turn& turn) {
    const std::string_view unread = input_.unread();
    const std::string_view behind = unread.substr(std::min<std::size_t>(turn.head_size + turn.head.content_length, unread.size()));
    const std::size_t size = http1::find_head_end(behind, 0);
    std::vector<http::Field> fields;
    http1::RequestHead head;
    if (size == 0 || http1::parse_request_head(behind.substr(0, size), options_->head_limits, fields, head)) return std::nullopt;
    return door_.pipeline_.try_hit(head, peer_, Arrival::now());
}

Task<Connection::After> Connection::read_more() {
    const bool is_idle = input_.unread().empty();
    if (stream_.is_cut()) co_return After::close;
    input_.make_lean();
    if (is_idle) {
        if (door_.is_closed_) co_return After::close;
        stream_.expect_within(options_->idle);
    } else if (!is_head_begun_) {
        // From its first byte, however slowly the rest drips in.
        head_begun_at_ = steady_clock::now();
        stream_.expect_by(head_begun_at_ + options_->head);
        is_head_begun_ = true;
    }
    stream_.set_idle(is_idle);
    auto reading = is_idle ? stream_.async_receive_some(input_) : stream_.async_receive_some(input_.room(1, options_->head_limits.head + Input::small));
    const auto [error, size] = co_await std::move(reading);
    is_judged_ = false;
    stream_.set_idle(false);
    input_.received(size);
    const Io io = stream_.assess(error);
    if (io == Io::timeout && !is_idle) co_await reject({408, "The head of the request did not come in time."});
    co_return io == Io::ok ? After::next : After::close;
}

void Connection::add_hit(HitBatch& batch, const http1::RequestHead& head, pipeline::Hit hit, const Arrival& arrival) {
    telemetry::ExchangeRecord& record = batch.add(head, std::move(hit), *options_);
    record.started = arrival.wall;
    record.duration = arrival.steady.time_since_epoch();  // the start, until it is flushed
    record.method = head.view.method_text;
    record.path = head.view.path;
    record.request_id = batch.make_id(head.view, door_.pipeline_.snapshot().options.request_id, door_.next_id_++);
    record.traceparent = traceparent_of(head.view);
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

Task<Connection::After> Connection::serve(std::size_t head_size, const Arrival& arrival) {
    const pipeline::OwnedRequest message(input_.unread().substr(0, head_size), options_->head_limits);
    input_.consume(head_size);
    if (input_.unread().empty()) input_.make_lean();
    stream_.expect_nothing();
    const http1::RequestHead& head = message.head();
    RequestContent content(stream_, input_, *options_, head, door_.pipeline_.snapshot().options.max_content);

    telemetry::ExchangeRecord record;
    record.started = arrival.wall;
    record.method = head.view.method_text;
    record.path = head.view.path;
    const RequestId id(head.view, door_.pipeline_.snapshot().options.request_id, door_.next_id_++);
    record.request_id = id.text();
    record.traceparent = traceparent_of(head.view);

    Reply reply = co_await door_.pipeline_.serve({{message, peer_, record.request_id}, arrival, content, *this});
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
    if (reply.outcome.served == policy::Served::hit || reply.outcome.served == policy::Served::hit_stale) record.age = reply.age.value_or(std::chrono::seconds(0));
    door_.recorder_.record(record);

    if (!is_sent) {
        stream_.abort();  // visibly broken: what was sent is not whole
        co_return After::close;
    }
    if (!reply.must_close && reply.tunnel == nullptr) co_return After::next;
    if (!content.is_ended()) co_await linger();
    co_return After::close;
}

}  // namespace sidecache::door
