#include "proxy/runtime/receive.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/detail/bind_handler.hpp>
#include <boost/asio/detail/fenced_block.hpp>
#include <boost/asio/detail/handler_cont_helpers.hpp>
#include <boost/asio/detail/handler_work.hpp>
#include <boost/asio/detail/reactor.hpp>
#include <boost/asio/detail/reactor_op.hpp>
#include <boost/asio/detail/recycling_allocator.hpp>
#include <boost/asio/error.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <type_traits>
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

// What Asio's reactor performs when the socket is readable, and at once where it may be.
class ReceiveStep : public detail::reactor_op {
protected:
    ReceiveStep(int descriptor, std::span<char> to, Room* room, func_type on_complete)
        : reactor_op({}, &ReceiveStep::do_perform, on_complete), descriptor_(descriptor), to_(to), room_(room) {}

private:
    static status do_perform(reactor_op* base) {
        auto& self = *static_cast<ReceiveStep*>(base);
        const std::span<char> to = self.room_ == nullptr ? self.to_ : self.room_->take();
        if (to.empty()) {
            self.ec_ = asio::error::no_memory;
            return done;
        }
        const Result result = receive_now(self.descriptor_, to);
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

    int descriptor_;
    std::span<char> to_;
    Room* room_;  // null: into to_
};

}  // namespace

// The step with whom to tell of its end.
template <typename Handler>
class ReceivingSocket::Receive final : public ReceiveStep {
    // The handler's own, else the one that keeps the memory of one operation for the next of the same thread.
    using Recycling = detail::recycling_allocator<void>;
    using Allocator = typename std::allocator_traits<asio::associated_allocator_t<Handler, Recycling>>::template rebind_alloc<Receive>;
    using Traits = std::allocator_traits<Allocator>;

public:
    static Receive* make(int descriptor, std::span<char> to, Room* room, Handler handler, const Executor& executor) {
        Allocator allocator(asio::get_associated_allocator(handler, Recycling()));
        Receive* const made = Traits::allocate(allocator, 1);
        return ::new (static_cast<void*>(made)) Receive(descriptor, to, room, std::move(handler), executor);
    }

private:
    Receive(int descriptor, std::span<char> to, Room* room, Handler handler, const Executor& executor)
        : ReceiveStep(descriptor, to, room, &Receive::do_complete), handler_(std::move(handler)), work_(handler_, executor) {}

    // `owner` is null when the loop ends with the operation still open: then nobody is told.
    static void do_complete(void* owner, detail::operation* base, const error_code&, std::size_t) {
        auto* const self = static_cast<Receive*>(base);
        detail::handler_work<Handler, Executor> work(std::move(self->work_));
        detail::binder2<Handler, error_code, std::size_t> told(0, std::move(self->handler_), self->ec_, self->bytes_transferred_);
        // Its memory is free for the next operation before the handler runs.
        Allocator allocator(asio::get_associated_allocator(told.handler_, Recycling()));
        self->~Receive();
        Traits::deallocate(allocator, self, 1);
        if (owner == nullptr) return;
        const detail::fenced_block order(detail::fenced_block::half);
        work.complete(told, told.handler_);
    }

    Handler handler_;
    detail::handler_work<Handler, Executor> work_;
};

struct ReceivingSocket::Start {
    template <typename Handler>
    void operator()(Handler&& handler, ReceivingSocket* socket, std::span<char> to, Room* room) const {
        auto& state = socket->impl_.get_implementation();
        const bool is_continuation = boost_asio_handler_cont_helpers::is_continuation(handler);
        auto* const operation = Receive<std::decay_t<Handler>>::make(state.socket_, to, room, std::forward<Handler>(handler), socket->get_executor());
        if (room == nullptr && socket->tells_what_is_left_ && operation->perform() != detail::reactor_op::not_done) {
            socket->reactor_.post_immediate_completion(operation, is_continuation);
            return;
        }
        socket->reactor_.start_op(detail::reactor::read_op, state.socket_, state.reactor_data_, operation, is_continuation, true);
    }
};

ReceivingSocket::ReceivingSocket(Socket socket) : Socket(std::move(socket)), reactor_(asio::use_service<detail::reactor>(get_executor().context())) {
    const int on = 1;
    tells_what_is_left_ = is_open() && ::setsockopt(native_handle(), SOL_TCP, TCP_INQ, &on, sizeof on) == 0;
}

Task<ReceivingSocket::Received> ReceivingSocket::async_receive_some(std::span<char> rest) {
    auto token = asio::as_tuple(use_task);
    return asio::async_initiate<decltype(token), void(error_code, std::size_t)>(Start{}, token, this, rest, nullptr);
}

Task<ReceivingSocket::Received> ReceivingSocket::async_receive_some(Room& room) {
    auto token = asio::as_tuple(use_task);
    return asio::async_initiate<decltype(token), void(error_code, std::size_t)>(Start{}, token, this, std::span<char>(), &room);
}

}  // namespace sidecache::runtime
