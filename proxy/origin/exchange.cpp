#include "proxy/origin/exchange.hpp"

#include <chrono>
#include <utility>

namespace sidecache::origin {
namespace {

using http::ProxyError;
using http::Result;
using runtime::Io;
using runtime::Task;

}  // namespace

void Exchange::finish() noexcept {
    if (connection_ == nullptr) return;
    const bool is_whole = has_final_head_ && is_request_sent_ && decoder_.is_done() && head_.keep_alive && head_.view.status != 101;
    // Bytes behind a whole response answer nothing that was asked (RFC 9112 §9.2).
    if (is_whole && connection_->stream.is_open() && connection_->unread().empty()) {
        pool_->put_back(std::move(connection_));
    } else {
        pool_->discard(std::move(connection_));
    }
}

Result<void> Exchange::send_now(std::string_view& bytes) {
    has_sent_ = true;
    if (connection_->stream.try_write(bytes) != Io::ok) return ProxyError::connection_terminated;
    if (bytes.empty()) connection_->stream.expect_nothing();
    return {};
}

Task<Result<void>> Exchange::send(std::string_view bytes) {
    has_sent_ = true;
    const Io written = co_await connection_->stream.write(bytes, pool_->options().between_bytes);
    switch (written) {
        case Io::ok: connection_->stream.expect_nothing(); co_return Result<void>();
        case Io::timeout: co_return ProxyError::connection_write_timeout;
        case Io::end:
        case Io::failed: break;
    }
    co_return ProxyError::connection_terminated;
}

Exchange::TakenHead Exchange::take_head(http::Method request_method) {
    const std::size_t limit = pool_->options().head;
    if (std::exchange(is_receiving_, false)) {
        const Io io = connection_->take_received();
        if (io == Io::ok) has_received_ = true;
        if (io == Io::timeout) return ProxyError::http_response_timeout;
        if (io != Io::ok) return head_cut_short();
    }
    const std::size_t end = http1::find_head_end(connection_->unread(), searched_);
    searched_ = end == 0 ? connection_->unread().size() : 0;
    if (end == 0) {
        if (searched_ >= limit || !connection_->make_room(limit)) return ProxyError::http_response_header_section_size;
        if (connection_->stream.is_cut()) return head_cut_short();
        return std::nullopt;
    }
    if (room_ == nullptr) room_ = pool_->head_rooms().take();
    room_->bytes.assign(connection_->unread().substr(0, end));
    connection_->consume(end);
    const http1::HeadLimits limits{.target = 0, .head = limit, .fields = pool_->options().fields};
    if (!http1::parse_response_head(room_->bytes, limits, request_method, room_->fields, head_)) return ProxyError::http_protocol_error;
    has_final_head_ = head_.view.status >= 200 || head_.view.status == 101;
    if (has_final_head_) decoder_ = http1::ContentDecoder(head_.framing, head_.content_length);
    return &head_;
}

std::string_view Exchange::buffered_content() {
    while (!decoder_.is_done() && !decoder_.is_broken()) {
        const auto step = decoder_.decode(connection_->unread());
        connection_->consume(step.consumed);
        if (!step.piece.empty()) return step.piece;
        if (step.consumed == 0) break;
    }
    return {};
}

Task<Result<std::string_view>> Exchange::read_content() {
    for (;;) {
        if (const auto piece = buffered_content(); !piece.empty()) co_return piece;
        if (decoder_.is_done()) co_return std::string_view();
        if (decoder_.is_broken()) co_return ProxyError::http_protocol_error;
        if (!connection_->make_room(0)) co_return ProxyError::http_protocol_error;  // a full buffer that is no content
        if (connection_->stream.is_cut()) co_return ProxyError::http_response_incomplete;
        connection_->stream.expect_within(pool_->options().between_bytes);
        co_await connection_->receive(true);
        const Io io = connection_->take_received();
        if (io == Io::ok) continue;
        if (io == Io::timeout) co_return ProxyError::connection_read_timeout;
        if (io == Io::end && decoder_.end_of_stream()) co_return std::string_view();
        co_return ProxyError::http_response_incomplete;
    }
}

void Exchange::abort() noexcept {
    is_aborted_ = true;
    if (connection_ != nullptr) connection_->stream.abort();
}

}  // namespace sidecache::origin
