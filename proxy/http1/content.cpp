#include "proxy/http1/content.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/list.hpp"
#include "proxy/http1/grammar.hpp"

#include <algorithm>
#include <charconv>

namespace sidecache::http1 {
namespace {

constexpr std::uint8_t max_size_digits = 16;   // what fits into 64 bits
constexpr std::uint16_t max_chunk_line = 256;  // chunk size and extensions
constexpr std::uint32_t max_trailer_section = 8 * 1024;
// RFC 9112 §7.1.1: limit the total of extensions. Chunks of one byte with long first lines would make us read much for nothing.
constexpr std::uint32_t max_overhead = 16 * 1024;
constexpr std::uint64_t free_overhead_per_chunk = 16;

}  // namespace

ContentDecoder::ContentDecoder(Framing framing, std::uint64_t content_length) {
    switch (framing) {
        case Framing::none: break;
        case Framing::length:
            remaining_ = content_length;
            if (remaining_ > 0) state_ = State::length;
            break;
        case Framing::chunked: state_ = State::chunk_size_first; break;
        case Framing::until_close: state_ = State::until_close; break;
    }
}

ContentDecoder::Step ContentDecoder::decode(std::string_view input) {
    for (std::size_t i = 0; i < input.size(); ++i) {
        switch (state_) {
            case State::done:
            case State::broken: return {i, {}};
            case State::until_close: return {input.size(), input};
            case State::length:
            case State::chunk_data: {
                const std::string_view piece =
                    input.substr(i, static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size() - i)));
                remaining_ -= piece.size();
                if (remaining_ == 0) state_ = state_ == State::length ? State::done : State::data_return;
                return {i + piece.size(), piece};
            }
            default: state_ = next(input[i]);
        }
        if (state_ == State::broken) {
            trailers_.clear();
            return {i, {}};
        }
    }
    return {input.size(), {}};
}

ContentDecoder::State ContentDecoder::next(char c) {
    switch (state_) {
        case State::chunk_size_first:
        case State::chunk_size: return next_in_size(c);
        case State::extension:
        case State::extension_quoted:
        case State::extension_escaped: return next_in_extension(c);
        case State::chunk_line_feed: return c == '\n' ? begin_chunk() : State::broken;
        case State::data_return: return c == '\r' ? State::data_line_feed : State::broken;
        case State::data_line_feed: return c == '\n' ? State::chunk_size_first : State::broken;
        case State::trailer_first:
        case State::trailer:
        case State::trailer_line_feed:
        case State::last_line_feed: return next_in_trailer(c);
        case State::done:
        case State::broken:
        case State::length:
        case State::until_close:
        case State::chunk_data: break;
    }
    return State::broken;
}

// RFC 9112 §7.1: chunk-size = 1*HEXDIG, nothing before it and, but for extensions, nothing after it.
ContentDecoder::State ContentDecoder::next_in_size(char c) {
    if (const int digit = http::hex_value(c); digit >= 0) {
        if (state_ == State::chunk_size_first) {
            remaining_ = 0;
            digits_ = 0;
            line_size_ = 0;
        }
        if (digits_ == max_size_digits) return State::broken;
        ++digits_;
        ++line_size_;
        remaining_ = remaining_ * 16 + static_cast<std::uint64_t>(digit);
        return State::chunk_size;
    }
    if (state_ == State::chunk_size_first) return State::broken;
    if (c == '\r') return State::chunk_line_feed;
    // RFC 9112 §7.1.1 has whitespace before the semicolon for recipients that are lenient; padded sizes are read differently.
    if (c != ';') return State::broken;
    ++line_size_;
    return State::extension;
}

// RFC 9112 §7.1.1: extensions are ignored, but not what would let another parser see the line end elsewhere.
ContentDecoder::State ContentDecoder::next_in_extension(char c) {
    if (c == '\r' && state_ == State::extension) return State::chunk_line_feed;
    if (!is_value_char(c) || ++line_size_ > max_chunk_line) return State::broken;
    switch (state_) {
        case State::extension:
            if (c == '"') return State::extension_quoted;
            return token_chars.has(c) || std::string_view(";= \t").find(c) != std::string_view::npos ? State::extension
                                                                                                     : State::broken;
        case State::extension_quoted:
            if (c == '"') return State::extension;
            return c == '\\' ? State::extension_escaped : State::extension_quoted;
        default: return State::extension_quoted;
    }
}

ContentDecoder::State ContentDecoder::begin_chunk() {
    if (remaining_ == 0) return State::trailer_first;
    overhead_ += line_size_;
    const std::uint64_t earned = remaining_ < max_overhead ? free_overhead_per_chunk + remaining_ : max_overhead;
    overhead_ -= static_cast<std::uint32_t>(std::min<std::uint64_t>(overhead_, earned));
    return overhead_ > max_overhead ? State::broken : State::chunk_data;
}

bool ContentDecoder::is_done() const noexcept { return state_ == State::done; }

bool ContentDecoder::is_broken() const noexcept { return state_ == State::broken; }

bool ContentDecoder::end_of_stream() noexcept {
    // RFC 9112 §8: without chunked's end, or with fewer bytes than announced, the message is incomplete.
    if (state_ == State::until_close) state_ = State::done;
    if (state_ == State::done) return true;
    state_ = State::broken;
    trailers_.clear();
    return false;
}

const std::string& ContentDecoder::trailers() const noexcept { return trailers_; }

// RFC 9112 §7.1.2. Characters are collected in trailers_; a finished line stays there in its canonical form, or goes.
ContentDecoder::State ContentDecoder::next_in_trailer(char c) {
    if (++trailer_bytes_ > max_trailer_section) return State::broken;
    if (state_ == State::last_line_feed) return c == '\n' ? State::done : State::broken;
    if (state_ == State::trailer_first && c == '\r') return State::last_line_feed;
    if (state_ != State::trailer_line_feed) {
        if (c == '\r') return State::trailer_line_feed;
        if (!is_value_char(c)) return State::broken;
        trailers_ += c;
        return State::trailer;
    }
    if (c != '\n') return State::broken;

    const std::string line = trailers_.substr(line_begin_);
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) return State::broken;
    const std::string_view name = std::string_view(line).substr(0, colon);
    // A folded line (RFC 9112 §5.2) begins with a space, and space before the colon (§5.1) is as suspicious here as in a head.
    if (!http::is_token(name)) return State::broken;
    trailers_.resize(line_begin_);
    if (may_stand_in_trailers(name)) {
        trailers_.append(name).append(": ").append(http::trim(std::string_view(line).substr(colon + 1))).append("\r\n");
        line_begin_ = trailers_.size();
    }
    return State::trailer_first;
}

std::size_t write_chunk_head(char* out, std::size_t size) noexcept {
    char* end = std::to_chars(out, out + 16, size, 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    return static_cast<std::size_t>(end - out);
}

}  // namespace sidecache::http1
