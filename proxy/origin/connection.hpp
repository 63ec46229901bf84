// One connection to a server of the origin, with what was read from it and not used yet.
#pragma once

#include "proxy/origin/names.hpp"
#include "proxy/runtime/stream.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace sidecache::origin {

class Connection {
public:
    Connection(runtime::Loop& loop, runtime::Socket socket, std::size_t server, const Endpoint& endpoint)
        : stream(loop, std::move(socket)), server_(server), endpoint_(endpoint) {}

    runtime::Stream stream;

    std::size_t server() const noexcept { return server_; }
    const Endpoint& endpoint() const noexcept { return endpoint_; }
    bool is_reused = false;            // it has carried an exchange before
    runtime::SteadyTime idle_since{};
    std::uint64_t named_at = 0;        // Names::changes() when its endpoint was last known to be one of the server's

    std::string_view unread() const noexcept { return {buffer_.data() + begin_, end_ - begin_}; }
    void consume(std::size_t bytes) noexcept { begin_ += bytes; }

    // Reading more behind what is unread, in three steps. First room is made, up to `limit` bytes unread at a time; false: none is left.
    bool make_room(std::size_t limit);
    // To be awaited, if nobody has cut the stream. `is_due`: a message has begun, the rest of which comes; else nothing need come soon.
    auto receive(bool is_due) { return stream.receive(std::span(buffer_).subspan(end_), is_due); }
    // What came.
    runtime::Io take_received() noexcept {
        const runtime::Stream::Read read = stream.received();
        end_ += read.bytes;
        return read.io;
    }

private:
    static constexpr std::size_t buffer_size = 32 * 1024;

    std::size_t server_;
    Endpoint endpoint_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace sidecache::origin
