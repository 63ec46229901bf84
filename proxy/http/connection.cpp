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
    for (After after = After::next; after == After::next;) {
        const Step step = answer_hits(batch);
        if (batch != nullptr) {
            Io io = step.sent;
            if (io == Io::ok && !step.unsent.empty()) io = co_await stream_.write(step.unsent, options_->send);
            record(*batch);
            door_.give_back(std::move(batch));
            if (io != Io::ok) break;
        }
        switch (step.next) {
            case Step::Next::close: after = After::close; break;
            case Step::Next::again: break;
            case Step::Next::prove:
                // Once for all that was read by now.
                is_proven_ = co_await door_.pipeline_.prove();
                is_judged_ = true;
                break;
            case Step::Next::serve:
                // Only once it is answered the next is decided (CONSISTENCY 1.1 write, 5).
                after = co_await serve(*step.request, step.arrival, step.missed ? &*step.missed : nullptr);
                is_judged_ = false;  // more may have been read meanwhile
                break;
            case Step::Next::reject:
                co_await reject(step.rejection);
                after = After::close;
                break;
            case Step::Next::read: {
                const Reading reading = begin_read();
                if (reading == Reading::nothing) co_return stream_.close();
                if (reading == Reading::rest_of_head) co_await stream_.receive_some(input_.room(1, options_->head_limits.head + runtime::Input::small));
                if (reading == Reading::next_head) co_await stream_.receive_next(input_);
                const Io io = end_read();
                if (io == Io::timeout && reading == Reading::rest_of_head) co_await reject({408, "The head of the request did not come in time."});
                if (io != Io::ok) after = After::close;
                break;
            }
        }
    }
    stream_.close();
}

// Hits go out before anything waits: those that the socket takes at once need no owner.
Connection::Step Connection::answer_hits(std::unique_ptr<HitBatch>& batch) {
    const memory::Reader::Look look = door_.pipeline_.begin_look();
    Step step = gather_hits(look, batch);
    if (batch == nullptr) return step;
    step.unsent = batch->pieces();
    step.sent = stream_.try_write(step.unsent);
    if (!step.unsent.empty()) batch->keep();
    return step;
}

// All that is whole in the buffer: hits gather in a batch, up to the first request that is none.
Connection::Step Connection::gather_hits(const memory::Reader::Look& look, std::unique_ptr<HitBatch>& batch) {
    const bool is_decided_early = switches::is_off(switches::Rule::write_before_read);
    std::optional<Arrival> arrival;  // of all of them: what is here now was read before
    for (;;) {
        Turn turn = next_turn();
        if (turn.kind == Turn::Kind::need_more) return {Step::Next::read};
        if (turn.kind == Turn::Kind::rejected) return {Step::Next::reject, {}, {}, {}, turn.rejection};
        if (!is_judged_ && door_.pipeline_.must_prove(turn.head)) return {Step::Next::prove};
        if (!arrival) {
            // Trust is judged by the time after the request was read (CONSISTENCY 1.1 reuse, F4).
            arrival = Arrival::now();
            arrival->is_proven = is_proven_ || !is_judged_;  // what need not be proven reuses nothing
        }
        std::optional<pipeline::Missed> missed;
        auto hit = door_.pipeline_.try_hit(look, turn.head, peer_, *arrival, missed);
        const std::unique_ptr<Early> early = std::move(early_);
        if (early != nullptr) hit = early->hit;
        if (!hit) {
            if (is_decided_early) decide_early(look, turn);
            pipeline::OwnedRequest request(input_.unread().substr(0, turn.head_size), turn.head);
            input_.consume(turn.head_size);
            return {Step::Next::serve, std::move(request), *arrival, missed};
        }
        if (batch == nullptr) batch = door_.take_batch();
        turn.head.keep_alive = may_keep_alive(turn.head);
        add_hit(*batch, turn.head, *hit, *arrival);
        if (early != nullptr) batch->keep();
        input_.consume(turn.head_size);
        if (!turn.head.keep_alive) return {Step::Next::close};
        if (batch->is_full()) return {Step::Next::again};
    }
}

Connection::Turn Connection::next_turn() {
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
void Connection::decide_early(const memory::Reader::Look& look, const Turn& turn) {
    const std::string_view unread = input_.unread();
    const std::string_view behind = unread.substr(std::min<std::size_t>(turn.head_size + turn.head.content_length, unread.size()));
    const std::size_t size = http1::find_head_end(behind, 0);
    std::vector<http::Field> fields;
    http1::RequestHead head;
    if (size == 0 || http1::parse_request_head(behind.substr(0, size), options_->head_limits, fields, head)) return;
    std::optional<pipeline::Missed> missed;
    const auto hit = door_.pipeline_.try_hit(look, head, peer_, Arrival::now(), missed);
    if (hit) early_.reset(new Early{*hit, fill::StoredResponsePtr(hit->response)});
}

Connection::Reading Connection::begin_read() {
    if (stream_.is_cut()) return Reading::nothing;
    const bool is_idle = input_.unread().empty();
    input_.make_lean();
    if (is_idle) {
        if (door_.is_closed_) return Reading::nothing;
        stream_.expect_within(options_->idle);
    } else if (!is_head_begun_) {
        // From its first byte, however slowly the rest drips in.
        head_begun_at_ = steady_clock::now();
        stream_.expect_by(head_begun_at_ + options_->head);
        is_head_begun_ = true;
    }
    stream_.set_idle(is_idle);
    return is_idle ? Reading::next_head : Reading::rest_of_head;
}

Io Connection::end_read() {
    const runtime::Stream::Read read = stream_.received();
    is_judged_ = false;
    stream_.set_idle(false);
    input_.received(read.bytes);
    return read.io;
}

void Connection::add_hit(HitBatch& batch, const http1::RequestHead& head, const pipeline::Hit& hit, const Arrival& arrival) {
    telemetry::ExchangeRecord& record = batch.add(head, hit, *options_);
    record.started = arrival.wall;
    record.duration = arrival.steady.time_since_epoch();  // the start, until it is flushed
    record.method = head.view.method_text;
    record.path = head.view.path;
    record.request_id = batch.make_id(head.view, door_.pipeline_.snapshot().options.request_id, door_.next_id_++);
    record.traceparent = traceparent_of(head.view);
}

void Connection::record(HitBatch& batch) {
    const auto now = steady_clock::now();
    for (telemetry::ExchangeRecord& record : batch.records()) {
        record.duration = now.time_since_epoch() - record.duration;
        door_.recorder_.record(record);
    }
}

Task<Connection::After> Connection::serve(const pipeline::OwnedRequest& message, const Arrival& arrival, const pipeline::Missed* missed) {
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

    pipeline::Request request{{message, peer_, record.request_id}, arrival, content, *this, missed};
    Reply reply = co_await door_.pipeline_.serve(request);
    // What was not read of the content must not be taken for the next request.
    if (!content.is_ended() && (reply.content_flows || !content.skip_rest())) reply.must_close = true;
    if (!may_keep_alive(head)) reply.must_close = true;
    Outgoing out(reply, head, *options_);
    bool is_sent = send_ready(out);
    if (is_sent && !out.is_written()) is_sent = co_await send_rest(out, record);
    record.bytes_out += out.content_written();
    if (reply.body != nullptr && reply.body->must_be_closed()) co_await reply.body->close();
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
