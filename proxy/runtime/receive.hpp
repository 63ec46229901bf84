// One read of a socket that also learns whether more waits, so that the next read is not tried in vain.
#pragma once

#include "proxy/runtime/task.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/detail/reactor.hpp>
#include <boost/asio/detail/reactor_op.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <cstddef>
#include <optional>
#include <span>

namespace sidecache::runtime {

using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;

// Where the bytes of the next message go. It is asked once they are there: a socket that waits between two messages holds no memory for them.
class Room {
public:
    virtual std::span<char> take() noexcept = 0;   // empty: there is no memory
    virtual void give_back() noexcept = 0;         // nothing was there after all

protected:
    ~Room() = default;
};

// A socket whose reads ask the kernel for TCP_INQ (tcp(7)): the bytes left, and 1 where only the peer's end is left. A read between messages, after one that
// left nothing, waits for the next event at once; Asio's own reads try again first, which is one system call more for each request of a client. The length of the
// last read alone would not do: the end may have come with the data, in the same event, and no other event would tell of it.
// A reset that came with the data leaves no trace in TCP_INQ: so a read within a message is always tried first, and after a whole request the answer finds out.
// Sockets that know no TCP_INQ (Unix) always try first.
class ReceivingSocket : public Socket {
public:
    explicit ReceivingSocket(Socket socket);
    ReceivingSocket(const ReceivingSocket&) = delete;
    ReceivingSocket& operator=(const ReceivingSocket&) = delete;

    struct Received {
        boost::system::error_code error;  // asio::error::eof at the end of the peer's side
        std::size_t bytes = 0;            // at least one, if there is no error
    };
    // To be awaited in a Task; `received` tells what came. One read at a time; the socket and where the bytes go live until then.
    // A read has neither a coroutine nor a block of its own: what it needs to remember is in the socket (benchmarks/RESULTS.md).
    auto receive_some(std::span<char> rest) { return Start(*this, rest, nullptr, true); }      // within a message, the rest of which is due; not empty
    auto receive_next(std::span<char> begin) { return Start(*this, begin, nullptr, false); }   // between two, where nothing need come soon
    auto receive_next(Room& room) { return Start(*this, std::span<char>(), &room, false); }    // likewise
    const Received& received() const noexcept { return received_; }

private:
    // What Asio's awaitables run once the coroutine is suspended.
    class Start {
    public:
        Start(ReceivingSocket& socket, std::span<char> to, Room* room, bool is_due) : socket_(socket), to_(to), room_(room), is_due_(is_due) {}
        Waiting* operator()(Frame* frame) const;

    private:
        ReceivingSocket& socket_;
        std::span<char> to_;
        Room* room_;
        bool is_due_;
    };

    // What Asio's reactor performs when the socket is readable, and at once where it may be.
    class Reading final : public asio::detail::reactor_op {
    public:
        Reading(ReceivingSocket& socket, std::span<char> to, Room* room, Waiting waiting);

    private:
        static status do_perform(reactor_op* base);
        static void do_complete(void* owner, asio::detail::operation* base, const boost::system::error_code&, std::size_t);

        ReceivingSocket& socket_;
        std::span<char> to_;
        Room* room_;  // null: into to_
        Waiting waiting_;
    };

    asio::detail::reactor& reactor_;
    bool tells_what_is_left_ = false;
    Received received_;
    std::optional<Reading> reading_;
};

}  // namespace sidecache::runtime
