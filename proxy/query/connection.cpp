#include "proxy/query/connection.hpp"

#include "proxy/runtime/acceptor.hpp"
#include "proxy/runtime/rest.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <utility>

namespace sidecache::query {

using runtime::Io;
using runtime::Task;
using std::chrono::steady_clock;
using std::chrono::system_clock;

namespace {

constexpr std::size_t enough_to_send = 256 * 1024;   // octets of replies: more wait until they are sent
constexpr std::size_t most_at_once = 10'000;           // commands in one turn: more wait until others had theirs
constexpr std::size_t replies_kept = 1024 * 1024;    // octets of the worker's buffer, between two turns

}  // namespace

Connection::Connection(QueryDoor& door, runtime::Socket socket, std::uint64_t id)
    : door_(door),
      options_(door.options_),
      stream_(door.loop_, std::move(socket)),
      input_(door.buffers_),
      session_({door.keyspace_, door.tally_, door.reader_, door.worker_}, *options_, {id, runtime::peer_address(stream_.socket())}, door.replies_) {
    door_.counts_.connections.fetch_add(1, std::memory_order_relaxed);
}

Connection::~Connection() { door_.counts_.connections.fetch_sub(1, std::memory_order_relaxed); }

Task<> Connection::run() {
    for (;;) {
        const auto begun = steady_clock::now();
        const std::size_t count = run_commands();
        if (!door_.replies_.empty()) {
            door_.tally_.sent.add(door_.replies_.size());
            std::string_view left = door_.replies_;
            Io io = stream_.try_write(left);
            std::string rest;  // what the kernel does not take yet is this connection's own: the worker's buffer is for the next
            if (!left.empty()) rest = left;
            clear_replies();
            if (io == Io::ok && !rest.empty()) io = co_await stream_.write(std::string_view(rest), options_->send);
            if (io != Io::ok) break;
        }
        door_.tally_.durations.observe(steady_clock::now() - begun, count);
        if (session_.is_over()) {
            if (is_refused_) co_await linger();
            break;
        }
        if (!needs_more_) {
            co_await runtime::rest_until(door_.loop_, steady_clock::now());  // others have their turn
            continue;
        }
        const bool is_idle = input_.unread().empty();
        if (!begin_read(is_idle)) break;
        if (is_idle) {
            co_await stream_.receive_next(input_);
        } else {
            co_await stream_.receive_some(input_.room(reader_.missing(input_.unread().size()), most_unread()));
        }
        const runtime::Stream::Read read = stream_.received();
        unlink();
        input_.received(read.bytes);
        door_.tally_.received.add(read.bytes);
        if (read.io != Io::ok) break;
    }
    stream_.close();
}

Task<> Connection::refuse() {
    co_await stream_.write("-ERR max number of clients reached\r\n", options_->send);
    stream_.close();
}

std::size_t Connection::run_commands() {
    door_.replies_.clear();  // of a connection that an exception ended: they are not for this one
    std::size_t count = 0;
    // Of all of them: what is here now was sent before.
    const keyspace::Time now = system_clock::now();
    while (door_.replies_.size() < enough_to_send && count < most_at_once && !session_.is_over()) {
        const auto state = reader_.look(input_.unread(), session_.request_limits());
        if (state == resp::RequestReader::State::need_more) {
            needs_more_ = true;
            return count;
        }
        ++count;
        if (state == resp::RequestReader::State::broken) {
            session_.refuse(reader_.problem());
            is_refused_ = true;
            break;
        }
        session_.run(reader_.arguments(), now);
        input_.consume(reader_.size());
        reader_.begin();
    }
    needs_more_ = false;
    return count;
}

// A close while the client still sends would reset the connection before it has read why it was refused. Where more comes than the largest request could
// have been, it is cut after all.
Task<> Connection::linger() {
    stream_.shut_down_sending();
    stream_.expect_within(options_->linger);
    const auto discarded = std::make_unique<std::array<char, 64 * 1024>>();
    for (std::size_t total = 0; total < 2 * options_->request.request;) {
        co_await stream_.receive_some(*discarded);
        const runtime::Stream::Read read = stream_.received();
        if (read.io != Io::ok) break;
        total += read.bytes;
    }
}

bool Connection::begin_read(bool is_idle) {
    if (stream_.is_cut()) return false;
    input_.make_lean();
    if (is_idle && door_.is_closed_) return false;
    stream_.expect_within(is_idle ? options_->idle : options_->gap);
    if (is_idle) door_.resting_.push_back(*this);
    return true;
}

// Octets of the largest request, its lengths among them, and of what came behind it.
std::size_t Connection::most_unread() const noexcept { return session_.request_limits().request + runtime::Buffers::size; }

void Connection::clear_replies() {
    door_.replies_.clear();
    if (door_.replies_.capacity() > replies_kept) door_.replies_.shrink_to_fit();
}

}  // namespace sidecache::query
