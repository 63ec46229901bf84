// What the pipeline needs of a door: the request's content, and a way to tell interim responses.
#pragma once

#include "cache/http/message.hpp"
#include "cache/http/proxy_error.hpp"
#include "proxy/runtime/task.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sidecache::pipeline {

// Why the request's content did not come whole.
enum class ContentFault : std::uint8_t { none, timeout, disconnected, malformed, too_large };

class ContentSource {
public:
    struct Piece {
        std::string_view bytes;  // valid until the next call; empty: see the rest
        bool is_end = false;
        ContentFault fault = ContentFault::none;
    };
    virtual runtime::Task<Piece> next() = 0;
    // All of it, if it is here already without waiting; nothing is taken.
    virtual std::optional<std::string_view> whole() const = 0;
    virtual void take_whole() = 0;
    // Is what has come of it so far framed wrong? Nothing is taken.
    virtual bool is_malformed_already() const = 0;
    virtual std::optional<std::uint64_t> length() const = 0;  // nullopt: chunked
    virtual const std::string& trailers() const = 0;          // once ended
    virtual void abandon() noexcept = 0;                      // wakes `next` with `disconnected`

protected:
    ~ContentSource() = default;
};

class InterimSink {
public:
    // A 1xx head, whole with its empty line. Not called for HTTP/1.0 clients.
    virtual runtime::Task<> send_interim(std::string_view head) = 0;

protected:
    ~InterimSink() = default;
};

}  // namespace sidecache::pipeline
