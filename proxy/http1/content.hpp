// Content as it is framed in HTTP/1.1 (RFC 9112 §6, §7): decoding what comes in, framing what goes out.
#pragma once

#include "proxy/http1/head.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sidecache::http1 {

// Takes the content of one message out of a byte stream, piece by piece, without copying. However the stream is cut, the content,
// the verdict and the bytes consumed are the same.
class ContentDecoder {
public:
    ContentDecoder() = default;  // no content
    ContentDecoder(Framing framing, std::uint64_t content_length);

    struct Step {
        std::size_t consumed = 0;  // bytes of the input that are done with
        std::string_view piece;    // content, a view into the input; may be empty while framing is read
    };
    // Reads what it can from the front of `input`: at most one piece. Call again with the rest while it consumes. Never consumes
    // past the end of the message, nor past the byte that breaks it.
    Step decode(std::string_view input);

    bool is_done() const noexcept;    // the message is whole (never for until_close before `end_of_stream`)
    bool is_broken() const noexcept;  // bad framing: the connection must be closed, the message is not whole
    // The peer closed: true if the message is whole by that (until_close), false if it was cut off.
    bool end_of_stream() noexcept;

    // The trailer section of a chunked message once it is done (RFC 9112 §7.1.2), of at most 8 KiB as received; fields that must
    // not stand in trailers are already dropped. "Name: value\r\n" lines, empty if none.
    const std::string& trailers() const noexcept;

private:
    enum class State : std::uint8_t {
        done,
        broken,
        length,
        until_close,
        chunk_size_first,  // a digit must come
        chunk_size,
        extension,
        extension_quoted,
        extension_escaped,  // after a backslash in quotes
        chunk_line_feed,    // of the chunk's first line
        chunk_data,
        data_return,  // the CR LF after the data
        data_line_feed,
        trailer_first,  // the first character of a line of the trailer section
        trailer,
        trailer_line_feed,
        last_line_feed,  // of the empty line that ends the message
    };
    State next(char c);  // reads one character of framing
    State next_in_size(char c);
    State next_in_extension(char c);
    State begin_chunk();
    State next_in_trailer(char c);

    State state_ = State::done;
    std::uint8_t digits_ = 0;          // of the chunk size
    std::uint16_t line_size_ = 0;      // of the chunk's first line
    std::uint32_t overhead_ = 0;       // what chunk lines took beyond what their data justifies
    std::uint32_t trailer_bytes_ = 0;  // of the trailer section as received
    std::uint64_t remaining_ = 0;      // of the content, or of the chunk's data
    std::size_t line_begin_ = 0;       // where the line being read begins in trailers_
    std::string trailers_;
};

// May a field of this name be forwarded in a trailer section (RFC 9110 §6.5.1)?
bool may_stand_in_trailers(std::string_view name) noexcept;

// Writes "1f4\r\n" for a chunk of that size: characters written (at most 18). The caller writes the data and "\r\n".
std::size_t write_chunk_head(char* out, std::size_t size) noexcept;

}  // namespace sidecache::http1
