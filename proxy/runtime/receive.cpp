#include "proxy/runtime/receive.hpp"

#include <boost/asio/detail/fenced_block.hpp>
#include <boost/asio/detail/reactor.hpp>
#include <boost/asio/detail/reactor_op.hpp>
#include <boost/asio/error.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sidecache::runtime {
namespace {

namespace detail = asio::detail;
using boost::system::error_code;

struct Result {
    ssize_t bytes = 0;        // as recvmsg has it
    bool is_drained = false;  // nothing is left, neither bytes nor the end; false: unknown
};

Result receive_now(int descriptor, std::span<char> to) noexcept {
    iovec piece{to.data(), to.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    Result result;
    do {
        result.bytes = ::recvmsg(descriptor, &message, 0);
    } while (result.bytes < 0 && errno == EINTR);
    if (result.bytes <= 0) return result;
    for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each)) {
        if (each->cmsg_level != SOL_TCP || each->cmsg_type != TCP_CM_INQ) continue;
        int left = 0;
        std::memcpy(&left, CMSG_DATA(each), sizeof left);
        result.is_drained = left == 0;
    }
    return result;
}

}  // namespace

ReceivingSocket::Reading::Reading(ReceivingSocket& socket, std::span<char> to, Room* room, Waiting waiting)
    : reactor_op({}, &Reading::do_perform, &Reading::do_complete), socket_(socket), to_(to), room_(room), waiting_(std::move(waiting)) {}

detail::reactor_op::status ReceivingSocket::Reading::do_perform(reactor_op* base) {
    auto& self = *static_cast<Reading*>(base);
    const std::span<char> to = self.room_ == nullptr ? self.to_ : self.room_->take();
    if (to.empty()) {
        self.ec_ = asio::error::no_memory;
        return done;
    }
    const Result result = receive_now(self.socket_.native_handle(), to);
    if (result.bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        if (self.room_ != nullptr) self.room_->give_back();
        return not_done;
    }
    if (result.bytes < 0) {
        self.ec_ = error_code(errno, boost::system::system_category());
        return done;
    }
    self.bytes_transferred_ = static_cast<std::size_t>(result.bytes);
    if (result.bytes == 0) self.ec_ = asio::error::eof;
    return result.bytes == 0 || result.is_drained ? done_and_exhausted : done;
}

// `owner` is null when the loop ends with the read still open: then the task does not go on, and is taken apart as `waiting` goes.
void ReceivingSocket::Reading::do_complete(void* owner, detail::operation* base, const error_code&, std::size_t) {
    auto& self = *static_cast<Reading*>(base);
    self.socket_.received_ = {self.ec_, self.bytes_transferred_};
    Waiting waiting(std::move(self.waiting_));  // the next read takes the place of this one
    if (owner == nullptr) return;
    const detail::fenced_block order(detail::fenced_block::half);
    waiting.launch();
}

Waiting* ReceivingSocket::Start::operator()(Frame* frame) const {
    auto& state = socket_.impl_.get_implementation();
    Reading& reading = socket_.reading_.emplace(socket_, to_, room_, std::move(*frame->detach_thread()));
    if (is_due_ && socket_.tells_what_is_left_ && reading.perform() != detail::reactor_op::not_done) {
        socket_.reactor_.post_immediate_completion(&reading, false);
    } else {
        socket_.reactor_.start_op(detail::reactor::read_op, state.socket_, state.reactor_data_, &reading, false, true);
    }
    return nullptr;
}

ReceivingSocket::ReceivingSocket(Socket socket) : Socket(std::move(socket)), reactor_(asio::use_service<detail::reactor>(get_executor().context())) {
    const int on = 1;
    tells_what_is_left_ = is_open() && ::setsockopt(native_handle(), SOL_TCP, TCP_INQ, &on, sizeof on) == 0;
}

}  // namespace sidecache::runtime
