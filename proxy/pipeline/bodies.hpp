// The bodies that a reply may have: a fixed text, a stored or arriving content, the origin's own stream.
#pragma once

#include "cache/fill/content.hpp"
#include "cache/fill/stored_parts.hpp"
#include "cache/http/range.hpp"
#include "proxy/pipeline/body.hpp"
#include "proxy/pipeline/kept_answer.hpp"
#include "proxy/pipeline/upload.hpp"
#include "proxy/pipeline/write_fence.hpp"
#include "proxy/pipeline/write_through.hpp"
#include "proxy/runtime/event.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sidecache::pipeline {

class FixedBody final : public ReadyBody {
public:
    explicit FixedBody(std::string bytes) : bytes_(std::move(bytes)) {}

private:
    Piece take() override { return {bytes_, true}; }

    std::string bytes_;
};

// Carries a change told by any thread to the coroutine that waits on this loop.
class Wakeup final : public fill::Listener {
public:
    explicit Wakeup(runtime::Loop& loop) : event(loop) {}
    void on_change() noexcept override { event.set(); }
    runtime::Event event;
};

// Reads a content as it arrives, from any worker: all of it, or the bytes of one range.
class ContentBody final : public Body {
public:
    ContentBody(runtime::Loop& loop, fill::ContentPtr content, bool claimed, const std::optional<http::ByteRange>& range = {});

    bool is_attached() const noexcept { return reader_.is_attached(); }
    runtime::Task<http::Result<Piece>> next() override;
    std::optional<http::Result<Piece>> take_ready() override;
    bool is_ready() override { return reader_.content().size() > first_ || reader_.content().state() != fill::Content::State::filling; }
    std::string_view trailers() const override { return is_part_ ? std::string_view() : reader_.content().trailers(); }

private:
    const bool is_part_;
    const std::uint64_t first_;
    std::uint64_t left_;  // bytes of the range that were not handed out yet; of all of it, more than there can be
    Wakeup wakeup_;
    fill::Reader reader_;
    fill::Reader::Piece piece_;  // keeps the bytes handed out last alive
};

// A stored response's content that stands in it, or a range of it.
class PackedBody final : public ReadyBody {
public:
    PackedBody(fill::StoredResponsePtr response, const std::optional<http::ByteRange>& range) : response_(std::move(response)) {
        if (range) bytes_ = bytes_.substr(range->first, range->length());
    }

private:
    Piece take() override { return {bytes_, true}; }

    const fill::StoredResponsePtr response_;
    std::string_view bytes_ = response_->packed_content();
};

// What is here already, text and bytes of complete contents, one after another.
class PiecedBody final : public ReadyBody {
public:
    void add(std::string text) { parts_.push_back({std::move(text), {}}); }
    void add(fill::Slice slice) { parts_.push_back({{}, std::move(slice)}); }

private:
    Piece take() override;

    struct Part {
        std::string text;
        fill::Slice slice;  // of no content: the text counts
    };
    std::vector<Part> parts_;
    std::size_t index_ = 0;
    std::uint64_t given_ = 0;  // bytes of the part at `index_`
};

// Reads the origin's answer straight to the client, with the fence of a write before its last byte.
class OriginBody final : public Body {
public:
    OriginBody(std::shared_ptr<Conversation> conversation, std::shared_ptr<const Snapshot> snapshot) : conversation_(std::move(conversation)), snapshot_(std::move(snapshot)) {}

    // What was read of it already comes first.
    void begin_with(std::shared_ptr<KeptAnswer> kept) { kept_ = std::move(kept); }

    // All of it is here already, without waiting.
    bool is_whole() { return is_ready() && (kept_ != nullptr ? kept_->is_whole(conversation_->exchange) : conversation_->exchange.is_complete()); }
    // All of it is here, and is kept: its connection to the origin serves others meanwhile.
    void detach(runtime::Loop& loop);
    // The answer to a write. Where its client leaves before the end, the rest of it is heard on `loop`.
    void guard_with(runtime::Loop& loop, WriteFence fence, std::unique_ptr<WriteThrough> through) {
        loop_ = &loop;
        fence_ = std::make_unique<WriteFence>(std::move(fence));
        through_ = std::move(through);
    }

    runtime::Task<http::Result<Piece>> next() override;
    bool is_ready() override;
    std::optional<http::Result<Piece>> take_ready() override;
    std::string_view trailers() const override { return trailers_; }
    runtime::Task<> close() override;
    bool must_be_closed() const override { return fence_ != nullptr || kept_ != nullptr || conversation_->is_uploading; }

private:
    std::shared_ptr<Conversation> conversation_;
    std::shared_ptr<const Snapshot> snapshot_;
    std::string trailers_;  // once it has ended
    bool has_failed_ = false;
    runtime::Loop* loop_ = nullptr;  // of a write
    std::unique_ptr<WriteFence> fence_;  // likewise; reads need no room for it
    std::unique_ptr<WriteThrough> through_;  // where the answer may be stored as well
    runtime::Task<http::Result<Piece>> next_of_kept();
    bool is_at_end() const { return kept_ == nullptr && conversation_->exchange.is_complete(); }

    std::shared_ptr<KeptAnswer> kept_;  // null: all of it was handed out
    std::string handed_out_;            // of it, last
    std::string_view ahead_;  // read by is_ready, not handed out yet
};

}  // namespace sidecache::pipeline
