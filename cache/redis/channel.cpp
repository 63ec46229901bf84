#include "cache/redis/channel.hpp"

#include "proxy/runtime/loop.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <string>
#include <utility>

namespace sidecache::redis {

using runtime::Io;
using runtime::Task;
using Step = TlsSession::Step;

Task<Io> Channel::write_raw(std::string_view octets) {
    iovec piece{const_cast<char*>(octets.data()), octets.size()};
    std::span<iovec> pieces(&piece, 1);
    while (!octets.empty()) {
        const Io io = stream_.try_write(pieces);
        if (io != Io::ok) co_return io;
        if (pieces.empty()) break;
        const auto [failure] = co_await stream_.socket().async_wait(runtime::Socket::wait_write, boost::asio::as_tuple(runtime::use_task));
        if (failure) co_return stream_.assess(failure);
    }
    co_return Io::ok;
}

Task<Io> Channel::secure(std::shared_ptr<const TlsContext> context, std::string_view host) {
    context_ = std::move(context);
    session_.emplace(*context_, host);
    std::array<char, 16 * 1024> received;
    for (;;) {
        const Step step = session_->shake_hands();
        const std::string output = session_->take_output();  // also what tells the other side why
        const Io io = co_await write_raw(output);
        if (step == Step::done || io != Io::ok) co_return io;
        if (step != Step::wants_input) co_return Io::failed;
        const auto read = co_await stream_.read_some(received);
        if (read.io != Io::ok) co_return read.io;
        session_->feed({received.data(), read.bytes});
    }
}

Task<Io> Channel::write(std::string_view octets) {
    if (!session_) co_return co_await write_raw(octets);
    if (session_->encrypt(octets) != Step::done) co_return Io::failed;
    const std::string output = session_->take_output();
    co_return co_await write_raw(output);
}

Task<Io> Channel::write(std::string_view octets, std::chrono::milliseconds patience) {
    if (!session_) co_return co_await stream_.write(octets, patience);
    if (session_->encrypt(octets) != Step::done) co_return Io::failed;
    const std::string output = session_->take_output();
    co_return co_await stream_.write(output, patience);
}

// What the session has to say of itself meanwhile (a key update) goes out with the next write: only one may write.
Task<runtime::Stream::Read> Channel::read_some(std::span<char> to) {
    if (!session_) co_return co_await stream_.read_some(to);
    std::array<char, 16 * 1024> received;
    for (;;) {
        runtime::Stream::Read result;
        const Step step = session_->decrypt(to, result.bytes);
        if (step == Step::done) co_return result;
        if (step != Step::wants_input) {
            result.io = step == Step::ended ? Io::end : Io::failed;
            co_return result;
        }
        const auto read = co_await stream_.read_some(received);
        if (read.io != Io::ok) co_return read;
        session_->feed({received.data(), read.bytes});
    }
}

}  // namespace sidecache::redis
