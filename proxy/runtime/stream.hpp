// One connected socket (TCP or Unix) with a deadline: the only way bytes come in and go out. TLS will stand behind this same face.
#pragma once

#include "proxy/runtime/deadline.hpp"
#include "proxy/runtime/receive.hpp"
#include "proxy/runtime/stream_list.hpp"
#include "proxy/runtime/task.hpp"

#include <sys/uio.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

namespace sidecache::runtime {

class Loop;

enum class Io : std::uint8_t { ok, end, timeout, failed };  // end: the peer closed its side cleanly

class Stream final : private Deadline, private Endable {
public:
    Stream(Loop& loop, Socket socket);
    ~Stream();

    Socket& socket() noexcept { return socket_; }
    bool is_open() const noexcept { return socket_.is_open(); }
    bool is_cut() const noexcept { return is_cut_; }  // nothing more is read or written

    // What the next waits may take, from `now`. Moving it is one store.
    void expect_by(SteadyTime time) { arm(time); }
    void expect_within(std::chrono::milliseconds time) { arm(std::chrono::steady_clock::now() + time); }
    void expect_nothing() noexcept { disarm(); }

    // `is_idle`: a drain may close it now, since nobody is served on it.
    void set_idle(bool is_idle) noexcept { is_idle_ = is_idle; }

    struct Read {
        Io io = Io::ok;
        std::size_t bytes = 0;
    };
    // At least one byte of a message that has begun, into `to`.
    Task<Read> read_some(std::span<char> to);

    // The same without another coroutine, also between messages; `received` tells what came.
    auto receive_some(std::span<char> rest) { return socket_.receive_some(rest); }
    auto receive_next(std::span<char> begin) { return socket_.receive_next(begin); }
    auto receive_next(Room& room) { return socket_.receive_next(room); }
    auto receive(std::span<char> to, bool is_due) { return is_due ? receive_some(to) : receive_next(to); }
    Read received() const noexcept { return {assess(socket_.received().error), socket_.received().bytes}; }
    Io assess(const boost::system::error_code& error) const noexcept;

    // Writes what the socket takes now, in one gather write, and moves `pieces` on past it. `failed` if the peer is gone. Never waits.
    Io try_write(std::span<iovec>& pieces) noexcept;

    // The same of one piece.
    Io try_write(std::string_view& bytes) noexcept {
        iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
        std::span<iovec> pieces(&piece, bytes.empty() ? 0 : 1);
        const Io io = try_write(pieces);
        bytes = pieces.empty() ? std::string_view() : std::string_view(static_cast<const char*>(piece.iov_base), piece.iov_len);
        return io;
    }

    // Writes all of it; each time that it makes progress it has `patience` again.
    Task<Io> write(std::span<iovec> pieces, std::chrono::milliseconds patience);
    Task<Io> write(std::string_view bytes, std::chrono::milliseconds patience);

    void shut_down_sending() noexcept;
    void close() noexcept;
    // Closes so that the peer sees a broken connection, not a clean end (RST): what was sent is not whole.
    void abort() noexcept;

    // Is there unread input, or has the peer closed? Asked of a pooled connection before it is used again.
    bool is_readable() const noexcept;

private:
    void on_deadline() noexcept override;
    void end_if_idle() noexcept override;
    void cut() noexcept override;

    Loop& loop_;
    ReceivingSocket socket_;
    bool is_idle_ = false;
    bool is_cut_ = false;  // by us: what ends now is no clean end
};

}  // namespace sidecache::runtime
