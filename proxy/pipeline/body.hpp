// The content of a reply that is not in memory whole: read piece by piece by the door.
#pragma once

#include "cache/http/proxy_error.hpp"
#include "proxy/runtime/task.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sidecache::pipeline {

class Body {
public:
    virtual ~Body() = default;

    struct Piece {
        std::string_view bytes;  // valid until the next call
        bool is_end = false;     // nothing follows
    };
    // An error breaks the client's response visibly: it is not whole.
    virtual runtime::Task<http::Result<Piece>> next() = 0;

    // Would `next` answer without waiting? Then it is asked before the head goes out, so that both go in one write.
    virtual bool is_ready() { return false; }
    // What `next` would answer, where no coroutine is needed for it; else nullopt.
    virtual std::optional<http::Result<Piece>> take_ready() { return std::nullopt; }

    virtual std::string_view trailers() const { return {}; }  // "Name: value\r\n" lines, once ended

    // Awaited by the door before it lets go of the body, however it ended; in vain where it need not be closed.
    virtual runtime::Task<> close() { co_return; }
    virtual bool must_be_closed() const { return false; }
};

// A body that is never waited for.
class ReadyBody : public Body {
public:
    runtime::Task<http::Result<Piece>> next() final { co_return take(); }
    bool is_ready() final { return true; }
    std::optional<http::Result<Piece>> take_ready() final { return take(); }

private:
    virtual Piece take() = 0;
};

}  // namespace sidecache::pipeline
