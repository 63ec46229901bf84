// One read of a socket that also learns whether more waits, so that the next read is not tried in vain.
#pragma once

#include "proxy/runtime/task.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/detail/reactor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <cstddef>
#include <span>
#include <tuple>

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

    using Received = std::tuple<boost::system::error_code, std::size_t>;
    // At least one byte, asio::error::eof at the end of the peer's side, or another error. The socket and where the bytes go live until then.
    Task<Received> async_receive_some(std::span<char> rest);  // within a message, the rest of which is due; not empty
    Task<Received> async_receive_some(Room& room);            // between two, where nothing need come soon

private:
    template <typename Handler>
    class Receive;
    struct Start;

    asio::detail::reactor& reactor_;
    bool tells_what_is_left_ = false;
};

}  // namespace sidecache::runtime
