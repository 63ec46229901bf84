#include "proxy/pipeline/bodies.hpp"

#include "proxy/pipeline/forwarding.hpp"
#include "proxy/runtime/loop.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

namespace sidecache::pipeline {

using runtime::Task;

namespace {

// Of a write whose client has left: that cancels nothing, and the origin may commit as late as with the last byte of its answer (CONSISTENCY 1.1 write, A1). Not for longer
// than `writes.settle`: what is cut off then is held as any unknown outcome.
Task<> hear_rest(std::shared_ptr<Conversation> conversation, std::shared_ptr<KeptAnswer> kept, WriteFence fence, std::shared_ptr<const Snapshot> snapshot) {
    conversation->exchange.may_be_ended_by_drain();  // nobody waits for it
    const auto until = std::chrono::steady_clock::now() + snapshot->options.settle;
    while (kept != nullptr && kept->is_reading) {
        co_await kept->changed.wait(runtime::SteadyTime::max());  // the exchange has its deadlines
    }
    const bool is_broken = kept != nullptr && kept->error.has_value();
    bool is_heard = false;
    if (!is_broken) is_heard = co_await conversation->hear_to_end(until);
    if (is_heard) {
        fence.on_end();
    } else {
        fence.on_cut_short();
    }
}

}  // namespace

ContentBody::ContentBody(runtime::Loop& loop, fill::ContentPtr content, bool claimed, const std::optional<http::ByteRange>& range)
    : is_part_(range.has_value()),
      first_(range ? range->first : 0),
      left_(range ? range->length() : http::max_position),
      wakeup_(loop),
      reader_(std::move(content), wakeup_, claimed, first_) {}

std::optional<http::Result<Body::Piece>> ContentBody::take_ready() {
    piece_ = reader_.next();
    if (piece_.state == fill::Content::State::failed) return reader_.content().error();
    const std::string_view bytes = piece_.bytes.substr(0, std::min<std::uint64_t>(piece_.bytes.size(), left_));
    left_ -= bytes.size();
    const bool is_end = piece_.is_last || left_ == 0;
    if (bytes.empty() && !is_end) return std::nullopt;
    return Piece{bytes, is_end};
}

Task<http::Result<Body::Piece>> ContentBody::next() {
    for (;;) {
        if (const auto piece = take_ready()) co_return *piece;
        // The fill has the origin's deadlines, and fails when it is late.
        co_await wakeup_.event.wait(runtime::SteadyTime::max());
    }
}

Body::Piece PiecedBody::take() {
    Piece piece;
    while (piece.bytes.empty() && index_ < parts_.size()) {
        const Part& part = parts_[index_];
        const std::uint64_t length = part.slice.content == nullptr ? part.text.size() : part.slice.length;
        piece.bytes = part.slice.content == nullptr ? std::string_view(part.text) : part.slice.content->contiguous(part.slice.offset + given_);
        piece.bytes = piece.bytes.substr(0, std::min<std::uint64_t>(piece.bytes.size(), length - given_));
        assert(!piece.bytes.empty() || length == 0);
        given_ += piece.bytes.size();
        if (given_ < length) continue;
        ++index_;
        given_ = 0;
    }
    piece.is_end = index_ == parts_.size();
    return piece;
}

bool OriginBody::is_ready() {
    if (kept_ != nullptr) return !kept_->bytes.empty() || !kept_->is_reading;
    if (ahead_.empty()) ahead_ = conversation_->exchange.buffered_content();
    return !ahead_.empty() || conversation_->exchange.is_complete();
}

// Nothing of a write's, whose last byte may have to wait for others.
std::optional<http::Result<Body::Piece>> OriginBody::take_ready() {
    if (fence_ != nullptr || kept_ != nullptr || !is_ready()) return std::nullopt;
    const Piece piece{std::exchange(ahead_, {}), is_at_end()};
    if (piece.is_end) trailers_ = trailers_for_clients(*snapshot_, conversation_->exchange.trailers());
    return piece;
}

void OriginBody::detach(runtime::Loop& loop) {
    if (kept_ == nullptr) {
        kept_ = std::make_shared<KeptAnswer>(loop);
        kept_->bytes = std::exchange(ahead_, {});
        kept_->is_reading = false;
    }
    conversation_->exchange.give_back();
}

// Empty, and no longer kept: what follows comes from the exchange itself.
Task<http::Result<Body::Piece>> OriginBody::next_of_kept() {
    while (kept_->bytes.empty() && kept_->is_reading) {
        co_await kept_->changed.wait(runtime::SteadyTime::max());  // the exchange has its deadlines
    }
    handed_out_ = std::exchange(kept_->bytes, {});
    if (handed_out_.empty() && kept_->error) co_return *kept_->error;
    if (!kept_->is_reading && !kept_->error) kept_ = nullptr;
    co_return Piece{handed_out_, false};
}

Task<http::Result<Body::Piece>> OriginBody::next() {
    Piece piece;
    if (kept_ != nullptr) {
        auto begun = co_await next_of_kept();
        has_failed_ = !begun;
        if (!begun) co_return begun.error();
        piece = begun.value();
    } else {
        piece.bytes = std::exchange(ahead_, {});
    }
    if (piece.bytes.empty() && !conversation_->exchange.is_complete()) {
        const auto read = co_await conversation_->exchange.read_content();
        has_failed_ = !read;
        if (!read) co_return read.error();
        piece.bytes = read.value();
    }
    piece.is_end = is_at_end();
    if (through_ != nullptr) through_->append(piece.bytes);
    if (!piece.is_end) co_return piece;
    trailers_ = trailers_for_clients(*snapshot_, conversation_->exchange.trailers());
    if (fence_ != nullptr) {
        fence_->on_end();
        const bool is_heard = co_await fence_->heard();
        has_failed_ = !is_heard;
        if (!is_heard) co_return http::ProxyError::http_response_incomplete;  // the last byte stays away
    }
    if (through_ != nullptr) through_->file(*fence_, trailers_);
    co_return piece;
}

Task<> OriginBody::close() {
    const bool is_left_unread = kept_ != nullptr && !kept_->is_whole(conversation_->exchange);
    const bool is_whole = !is_left_unread && conversation_->exchange.is_complete();
    // Its client does not hear the rest: it left, or was cut by us.
    if (fence_ != nullptr && !is_whole && !has_failed_ && conversation_->exchange.is_request_sent()) {
        WriteFence fence = std::move(*fence_);
        fence_.reset();
        loop_->spawn("rest of an answer", hear_rest(conversation_, std::move(kept_), std::move(fence), snapshot_));
        co_return;
    }
    while (kept_ != nullptr && kept_->is_reading) {
        kept_->is_enough = true;
        conversation_->exchange.abort();
        co_await kept_->changed.wait(std::chrono::steady_clock::now() + std::chrono::seconds(1));
    }
    const bool is_cut_short = conversation_->is_uploading || !is_whole;
    co_await end_upload(*conversation_);
    if (fence_ == nullptr) co_return;
    // By the client, by us or by the origin: it may commit as late as with its last byte (CONSISTENCY A1), which did not come.
    if (is_cut_short) {
        fence_->on_cut_short();
    } else {
        fence_->on_end();
    }
}

}  // namespace sidecache::pipeline
