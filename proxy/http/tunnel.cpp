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
    std::string ahead;                  // read before the tunnel stood
    std::chrono::milliseconds idle;
    runtime::SteadyTime& last_heard;    // from either side: a tunnel in which one side speaks is not idle
};

Task<> pump(Way way) {
    Io io = Io::ok;
    if (!way.ahead.empty()) io = co_await way.to.write(way.ahead, way.idle);
    std::array<char, 16 * 1024> buffer;
    while (io == Io::ok) {
        way.from.expect_by(way.last_heard + way.idle);
        const auto read = co_await way.from.read_some(buffer);
        const auto now = std::chrono::steady_clock::now();
        if (read.io == Io::timeout && now < way.last_heard + way.idle) continue;
        if (read.io != Io::ok) break;
        way.last_heard = now;
        io = co_await way.to.write(std::string_view(buffer.data(), read.bytes), way.idle);
    }
    way.to.shut_down_sending();
}

Task<> pump_and_tell(Way way, runtime::Event& ended) {
    co_await pump(std::move(way));
    ended.set();
}

}  // namespace

Task<> Connection::relay(origin::Exchange& tunnel) {
    Stream& origin = tunnel.tunnel().stream;
    runtime::Event ended(door_.loop_);
    auto last_heard = std::chrono::steady_clock::now();
    Way down{origin, stream_, std::string(tunnel.tunnel().unread()), options_->tunnel_idle, last_heard};
    tunnel.tunnel().consume(down.ahead.size());
    Way up{stream_, origin, std::string(input_.unread()), options_->tunnel_idle, last_heard};
    input_.consume(up.ahead.size());
    door_.loop_.spawn("tunnel", pump_and_tell(std::move(down), ended));
    co_await pump(std::move(up));
    // One side has ended its half; the other may go on, until it ends or is idle as well.
    for (bool has_ended = false; !has_ended;) has_ended = co_await ended.wait(runtime::SteadyTime::max());
}

}  // namespace sidecache::door
