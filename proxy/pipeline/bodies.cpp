#include "proxy/pipeline/bodies.hpp"

#include <utility>

namespace sidecache::pipeline {

using runtime::Task;

Task<http::Result<Body::Piece>> ContentBody::next() {
    for (;;) {
        piece_ = reader_.next();
        if (piece_.state == fill::Content::State::failed) co_return reader_.content().error();
        if (!piece_.bytes.empty() || piece_.is_last) co_return Piece{piece_.bytes, piece_.is_last};
        // The fill has the origin's deadlines, and fails when it is late.
        co_await wakeup_.event.wait(runtime::SteadyTime::max());
    }
}

bool OriginBody::is_ready() {
    if (ahead_.empty()) ahead_ = conversation_->exchange.buffered_content();
    return !ahead_.empty() || conversation_->exchange.is_complete();
}

Task<http::Result<Body::Piece>> OriginBody::next() {
    Piece piece;
    piece.bytes = std::exchange(ahead_, {});
    if (piece.bytes.empty()) {
        const auto read = co_await conversation_->exchange.read_content();
        if (!read) co_return read.error();
        piece.bytes = read.value();
    }
    piece.is_end = conversation_->exchange.is_complete();
    if (piece.is_end && fence_) fence_->on_end();
    co_return piece;
}

Task<> OriginBody::close() {
    const bool is_cut_short = conversation_->is_uploading || !conversation_->exchange.is_complete();
    co_await end_upload(*conversation_);
    if (!fence_) co_return;
    // By the client, by us or by the origin: it may commit as late as with its last byte (CONSISTENCY A1), which did not come.
    if (is_cut_short) {
        fence_->on_cut_short();
    } else {
        fence_->on_end();
    }
}

}  // namespace sidecache::pipeline
