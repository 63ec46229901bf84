// A reply on its way out: its head, and each piece of its content with the framing around it.
#pragma once

#include "cache/http/proxy_error.hpp"
#include "proxy/http/options.hpp"
#include "proxy/http1/head.hpp"
#include "proxy/pipeline/exchange.hpp"

#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sidecache::door {

class Outgoing {
public:
    // Both stay; whether the connection must close after it is settled from now on.
    Outgoing(pipeline::Reply& reply, const http1::RequestHead& request, const Options& options);

    // What is to be written next, once all that was to be is written: the head alone, or the next piece of content, behind the head if that has not gone yet.
    void add_head();
    void add(const http::Result<pipeline::Body::Piece>& piece);
    // Of that, what is not written yet; whoever writes moves it on.
    std::span<iovec>& unwritten() noexcept { return unwritten_; }
    std::uint64_t content_written() const noexcept { return content_ - (unwritten_.empty() ? 0 : content_added_); }

    bool has_content() const noexcept { return has_content_; }
    bool has_begun() const noexcept { return has_begun_; }                            // the head was added
    bool is_written() const noexcept { return is_whole_ && unwritten_.empty(); }      // all of it
    const std::optional<http::ProxyError>& failure() const noexcept { return failure_; }  // of its content

    pipeline::Reply& reply() noexcept { return reply_; }
    const http1::RequestHead& request() const noexcept { return request_; }

private:
    void gather(std::string_view bytes) noexcept;

    pipeline::Reply& reply_;
    const http1::RequestHead& request_;
    const bool has_content_;
    bool is_chunked_ = false;
    bool has_begun_ = false;
    bool is_whole_ = false;
    std::optional<http::ProxyError> failure_;
    std::uint64_t content_ = 0;        // added so far
    std::uint64_t content_added_ = 0;  // with the last piece
    std::array<char, 20> chunk_head_;
    std::string end_;                  // of a chunk, or of all of them
    std::array<iovec, 4> pieces_;
    std::span<iovec> unwritten_;
};

}  // namespace sidecache::door
