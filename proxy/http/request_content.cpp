#include "proxy/http/request_content.hpp"

namespace sidecache::door {

using pipeline::ContentFault;
using runtime::Io;

namespace {
constexpr std::size_t read_size = 16 * 1024;
constexpr std::size_t buffer_limit = 32 * 1024;
}  // namespace

RequestContent::RequestContent(runtime::Stream& stream, runtime::Input& input, const Options& options, const http1::RequestHead& head, std::uint64_t limit)
    : stream_(stream), input_(input), options_(options), decoder_(head.framing, head.content_length), limit_(limit) {
    if (head.framing != http1::Framing::chunked) length_ = head.framing == http1::Framing::length ? head.content_length : 0;
}

runtime::Task<RequestContent::Piece> RequestContent::next() {
    for (;;) {
        const auto step = decoder_.decode(input_.unread());
        input_.consume(step.consumed);
        received_ += step.piece.size();
        if (decoder_.is_broken()) co_return Piece{{}, false, ContentFault::malformed};
        if (received_ > limit_) co_return Piece{{}, false, ContentFault::too_large};
        if (!step.piece.empty() || decoder_.is_done()) co_return Piece{step.piece, decoder_.is_done(), ContentFault::none};
        if (step.consumed != 0) continue;
        const auto room = input_.room(read_size, buffer_limit);
        if (room.empty()) co_return Piece{{}, false, ContentFault::malformed};
        stream_.expect_within(options_.content_gap);
        const auto read = co_await stream_.read_some(room);
        input_.received(read.bytes);
        if (read.io == Io::timeout) co_return Piece{{}, false, ContentFault::timeout};
        if (read.io != Io::ok) co_return Piece{{}, false, ContentFault::disconnected};
    }
}

std::optional<std::string_view> RequestContent::whole() const {
    if (!length_ || input_.unread().size() < *length_) return std::nullopt;
    return input_.unread().substr(0, static_cast<std::size_t>(*length_));
}

bool RequestContent::is_malformed_already() const {
    http1::ContentDecoder decoder = decoder_;
    for (std::string_view rest = input_.unread(); !decoder.is_done() && !decoder.is_broken();) {
        const auto step = decoder.decode(rest);
        if (step.consumed == 0) break;
        rest.remove_prefix(step.consumed);
    }
    return decoder.is_broken();
}

void RequestContent::take_whole() { skip_rest(); }

void RequestContent::abandon() noexcept {
    boost::system::error_code ignored;
    stream_.socket().cancel(ignored);
}

bool RequestContent::skip_rest() {
    while (!decoder_.is_done() && !decoder_.is_broken()) {
        const auto step = decoder_.decode(input_.unread());
        input_.consume(step.consumed);
        received_ += step.piece.size();
        if (step.consumed == 0) break;
    }
    return decoder_.is_done();
}

}  // namespace sidecache::door
