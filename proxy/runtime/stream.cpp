#include "proxy/runtime/stream.hpp"

#include "proxy/runtime/loop.hpp"

#include <boost/asio/as_tuple.hpp>

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace sidecache::runtime {

Stream::Stream(Loop& loop, Socket socket) : Deadline(loop.wheel()), loop_(loop), socket_(std::move(socket)) {
    boost::system::error_code ignored;  // a socket that cannot be set up fails at its first use
    socket_.native_non_blocking(true, ignored);
    loop_.streams().push_back(*this);
}

Stream::~Stream() { loop_.streams().erase(loop_.streams().iterator_to(*this)); }

void Stream::on_deadline() noexcept {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void Stream::end_if_idle() noexcept {
    if (!is_idle_) return;
    is_cut_ = true;
    // A clean end, which whoever waits on it hears.
    if (socket_.is_open()) ::shutdown(socket_.native_handle(), SHUT_RDWR);
}

void Stream::cut() noexcept {
    is_cut_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
    // Whoever closes it now resets it: what was sent must not look whole.
    const linger at_once{1, 0};
    if (socket_.is_open()) ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

Io Stream::assess(const boost::system::error_code& error) const noexcept {
    if (!error) return Io::ok;
    if (is_cut_) return Io::failed;
    if (error == asio::error::eof) return Io::end;
    if (error == asio::error::operation_aborted && has_passed()) return Io::timeout;
    return Io::failed;
}

Task<Stream::Read> Stream::read_some(std::span<char> to) {
    if (is_cut_) co_return Read{Io::failed, 0};
    co_await receive_some(to);
    co_return received();
}

Io Stream::try_write(std::span<iovec>& pieces) noexcept {
    if (is_cut_) return Io::failed;
    while (!pieces.empty()) {
        msghdr message{};
        message.msg_iov = pieces.data();
        message.msg_iovlen = std::min<std::size_t>(pieces.size(), IOV_MAX);
        const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR) continue;
            return errno == EAGAIN || errno == EWOULDBLOCK ? Io::ok : Io::failed;
        }
        auto left = static_cast<std::size_t>(sent);
        while (!pieces.empty() && left >= pieces.front().iov_len) {
            left -= pieces.front().iov_len;
            pieces = pieces.subspan(1);
        }
        if (!pieces.empty()) {
            pieces.front().iov_base = static_cast<char*>(pieces.front().iov_base) + left;
            pieces.front().iov_len -= left;
        }
    }
    return Io::ok;
}

Task<Io> Stream::write(std::span<iovec> pieces, std::chrono::milliseconds patience) {
    for (;;) {
        if (const Io io = try_write(pieces); io != Io::ok) co_return io;
        if (pieces.empty()) co_return Io::ok;
        expect_within(patience);
        const auto [error] = co_await socket_.async_wait(Socket::wait_write, asio::as_tuple(use_task));
        if (error) co_return assess(error);
    }
}

Task<Io> Stream::write(std::string_view bytes, std::chrono::milliseconds patience) {
    iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    co_return co_await write(std::span(&piece, 1), patience);
}

void Stream::shut_down_sending() noexcept {
    if (socket_.is_open()) ::shutdown(socket_.native_handle(), SHUT_WR);
}

void Stream::close() noexcept {
    disarm();
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void Stream::abort() noexcept {
    if (socket_.is_open()) {
        const linger at_once{1, 0};
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    close();
}

bool Stream::is_readable() const noexcept {
    pollfd state{const_cast<ReceivingSocket&>(socket_).native_handle(), POLLIN, 0};
    return ::poll(&state, 1, 0) != 0;
}

}  // namespace sidecache::runtime
