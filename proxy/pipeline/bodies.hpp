// The bodies that a reply may have: a fixed text, a stored or arriving content, the origin's own stream.
#pragma once

#include "cache/fill/content.hpp"
#include "proxy/pipeline/body.hpp"
#include "proxy/pipeline/upload.hpp"
#include "proxy/pipeline/write_fence.hpp"
#include "proxy/runtime/event.hpp"

#include <memory>
#include <optional>
#include <string>

namespace sidecache::pipeline {

class FixedBody final : public Body {
public:
    explicit FixedBody(std::string bytes) : bytes_(std::move(bytes)) {}
    runtime::Task<http::Result<Piece>> next() override { co_return Piece{bytes_, true}; }
    bool is_ready() override { return true; }

private:
    std::string bytes_;
};

// Carries a change told by any thread to the coroutine that waits on this loop.
class Wakeup final : public fill::Listener {
public:
    explicit Wakeup(runtime::Loop& loop) : event(loop) {}
    void on_change() noexcept override { event.set(); }
    runtime::Event event;
};

// Reads a content as it arrives, from any worker.
class ContentBody final : public Body {
public:
    ContentBody(runtime::Loop& loop, fill::ContentPtr content, bool claimed) : wakeup_(loop), reader_(std::move(content), wakeup_, claimed) {}

    bool is_attached() const noexcept { return reader_.is_attached(); }
    runtime::Task<http::Result<Piece>> next() override;
    bool is_ready() override { return reader_.content().size() != 0 || reader_.content().state() != fill::Content::State::filling; }
    std::string_view trailers() const override { return reader_.content().trailers(); }

private:
    Wakeup wakeup_;
    fill::Reader reader_;
    fill::Reader::Piece piece_;  // keeps the bytes handed out last alive
};

// Reads the origin's answer straight to the client, with the fence of a write before its last byte.
class OriginBody final : public Body {
public:
    explicit OriginBody(std::shared_ptr<Conversation> conversation) : conversation_(std::move(conversation)) {}

    // All of it is here already, without waiting.
    bool is_whole() { return is_ready() && conversation_->exchange.is_complete(); }
    void guard_with(WriteFence fence) { fence_ = std::move(fence); }

    runtime::Task<http::Result<Piece>> next() override;
    bool is_ready() override;
    std::string_view trailers() const override { return conversation_->exchange.trailers(); }
    runtime::Task<> close() override;

private:
    std::shared_ptr<Conversation> conversation_;
    std::optional<WriteFence> fence_;
    std::string_view ahead_;  // read by is_ready, not handed out yet
};

}  // namespace sidecache::pipeline
