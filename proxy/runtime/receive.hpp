// One read of a socket that also learns whether more waits, so that the next read is not tried in vain.
#pragma once

#include "proxy/runtime/task.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/detail/reactor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>

namespace sidecache::runtime {

using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;

// Where a read stands: between two messages nothing need come soon, within one the rest is due.
enum class Place : std::uint8_t { between_messages, within_message };

// A socket whose reads ask the kernel for TCP_INQ (tcp(7)): the bytes left, and 1 where only the peer's end is left. A read between messages, after one that
// left nothing, waits for the next event at once; Asio's own reads try again first, which is one system call more for each request of a client. The length of the
// last read alone would not do: the end may have come with the data, in the same event, and no other event would tell of it.
// A reset that came with the data leaves no trace in TCP_INQ: so a read within a message is always tried first, and after a whole request the answer finds out.
// Sockets that know no TCP_INQ (Unix) read as Asio does.
class ReceivingSocket : public Socket {
public:
    explicit ReceivingSocket(Socket socket);

    // At least one byte into `to`, asio::error::eof at the end of the peer's side, or another error. `to` is not empty; it, and the socket, live until then.
    Task<std::tuple<boost::system::error_code, std::size_t>> async_receive_some(std::span<char> to, Place place);

private:
    template <typename Handler>
    class Receive;
    struct Start;

    asio::detail::reactor& reactor_;
    bool tells_what_is_left_ = false;
};

}  // namespace sidecache::runtime
