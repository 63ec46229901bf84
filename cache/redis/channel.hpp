// A stream to Redis, in clear or by TLS. One may read while another one writes.
#pragma once

#include "cache/redis/tls.hpp"
#include "proxy/runtime/stream.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace sidecache::redis {

class Channel {
public:
    Channel(runtime::Loop& loop, runtime::Socket socket) : stream_(loop, std::move(socket)) {}

    runtime::Stream& stream() noexcept { return stream_; }

    // Before anything else is said: within the stream's deadline. `failed`: it is no TLS, or not who it should be.
    runtime::Task<runtime::Io> secure(std::shared_ptr<const TlsContext> context, std::string_view host);

    // Within the stream's deadline; or, with `patience`, in which it has to make progress.
    runtime::Task<runtime::Io> write(std::string_view octets);
    runtime::Task<runtime::Io> write(std::string_view octets, std::chrono::milliseconds patience);
    runtime::Task<runtime::Stream::Read> read_some(std::span<char> to);

private:
    runtime::Task<runtime::Io> write_raw(std::string_view octets);

    runtime::Stream stream_;
    std::shared_ptr<const TlsContext> context_;
    std::optional<TlsSession> session_;  // none: in clear
};

}  // namespace sidecache::redis
