// Content as it is framed in HTTP/1.1 (RFC 9112 §6, §7): decoding what comes in, framing what goes out.
#pragma once

#include "proxy/http1/head.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sidecache::http1 {

// Takes the content of one message out of a byte stream, piece by piece, without copying.
class ContentDecoder {
public:
    ContentDecoder() = default;  // no content
    ContentDecoder(Framing framing, std::uint64_t content_length);

    struct Step {
        std::size_t consumed = 0;     // bytes of the input that are done with
        std::string_view piece;       // content, a view into the input; may be empty while framing is read
    };
    // Reads what it can from the front of `input`: at most one piece. Call again while it consumes. Never consumes past the end of the message.
    Step decode(std::string_view input);

    bool is_done() const noexcept;    // the message is whole (never for until_close before `end_of_stream`)
    bool is_broken() const noexcept;  // bad framing: the connection must be closed, the message is not whole
    // The peer closed: true if the message is whole by that (until_close), false if it was cut off.
    bool end_of_stream() noexcept;

    // The trailer section of a chunked message, as received, once it is done (RFC 9112 §7.1.2); at most 8 KiB, fields that must not stand in trailers are
    // already dropped. "Name: value\r\n" lines, empty if none.
    const std::string& trailers() const noexcept;

private:
    // the implementer's
};

// Writes "1f4\r\n" for a chunk of that size: characters written (at most 18). The caller writes the data and "\r\n".
std::size_t write_chunk_head(char* out, std::size_t size) noexcept;

}  // namespace sidecache::http1
