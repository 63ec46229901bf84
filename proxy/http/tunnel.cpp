// After 101: bytes both ways until either side ends, or neither says anything for too long (RFC 9110 §7.8).
#include "proxy/http/connection.hpp"

#include "proxy/runtime/event.hpp"

#include <array>

namespace sidecache::door {
namespace {

using runtime::Io;
using runtime::Stream;
using runtime::Task;

struct Way {
    Stream& from;
    Stream& to;
    std::string ahead;  // read before the tunnel stood
};

Task<> pump(Way way, std::chrono::milliseconds idle) {
    Io io = Io::ok;
    if (!way.ahead.empty()) io = co_await way.to.write(way.ahead, idle);
    std::array<char, 16 * 1024> buffer;
    while (io == Io::ok) {
        way.from.expect_within(idle);
        const auto read = co_await way.from.read_some(buffer);
        if (read.io != Io::ok) break;
        io = co_await way.to.write(std::string_view(buffer.data(), read.bytes), idle);
    }
    way.to.shut_down_sending();
}

// Owned by both ways' callers in turn: the spawned one ends before the connection does.
Task<> pump_and_tell(Way way, std::chrono::milliseconds idle, runtime::Event& ended) {
    co_await pump(std::move(way), idle);
    ended.set();
}

}  // namespace

Task<> Connection::relay(origin::Exchange& tunnel) {
    Stream& origin = tunnel.tunnel().stream;
    runtime::Event ended(door_.loop_);
    Way down{origin, stream_, std::string(tunnel.tunnel().unread())};
    tunnel.tunnel().consume(down.ahead.size());
    Way up{stream_, origin, std::string(input_.unread())};
    input_.consume(up.ahead.size());
    door_.loop_.spawn("tunnel", pump_and_tell(std::move(down), options_->tunnel_idle, ended));
    co_await pump(std::move(up), options_->tunnel_idle);
    // The other way may still have something to say; its own deadline ends it.
    for (bool has_ended = false; !has_ended;) {
        has_ended = co_await ended.wait(std::chrono::steady_clock::now() + options_->tunnel_idle);
        if (has_ended) break;
        origin.abort();
        stream_.abort();
    }
}

}  // namespace sidecache::door
