// One request and its response on a connection to the origin. Given back to the pool only if it ended whole; else the connection ends with it.
#pragma once

#include "cache/http/proxy_error.hpp"
#include "proxy/http1/content.hpp"
#include "proxy/http1/head.hpp"
#include "proxy/origin/pool.hpp"

#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sidecache::origin {

class Exchange {
public:
    // Without a connection it is none yet: another is to take its place.
    explicit Exchange(Pool& pool, std::unique_ptr<Connection> connection = nullptr) : pool_(&pool), connection_(std::move(connection)) {}
    Exchange(Exchange&&) noexcept = default;
    Exchange& operator=(Exchange&& other) noexcept {
        this->~Exchange();
        return *new (this) Exchange(std::move(other));
    }
    ~Exchange() { finish(); }

    bool is_on_reused_connection() const noexcept { return connection_->is_reused; }
    bool has_sent() const noexcept { return has_sent_; }          // a byte of the request may have left
    bool has_received() const noexcept { return has_received_; }  // a byte of the answer came
    void request_is_sent() noexcept { is_request_sent_ = true; }  // all of it: the connection may be used again
    bool is_request_sent() const noexcept { return is_request_sent_; }
    // The request was sent just now, while somebody waits for the head already.
    void expect_answer_within(std::chrono::milliseconds time) { connection_->stream.expect_within(time); }

    // Sends bytes of the request as they are. Error: connection_write_timeout, connection_terminated.
    runtime::Task<http::Result<void>> send(std::string_view bytes);
    // As many of them as the socket takes at once, past which `bytes` is moved on: mostly all, without another coroutine. Error: connection_terminated.
    http::Result<void> send_now(std::string_view& bytes);

    // Reading the next head, interim or final, in steps, so that whoever reads it waits without another coroutine: it is taken, valid until the next one is;
    // nullopt: more has to be received first. Errors: http_response_timeout, connection_terminated, http_protocol_error, http_response_header_section_size.
    using TakenHead = std::optional<http::Result<const http1::ResponseHead*>>;
    TakenHead take_head(http::Method request_method);
    // To be awaited, then it is taken again. `until`: the deadline of the final head; none: `max()`.
    auto receive(runtime::SteadyTime until) {
        if (until != runtime::SteadyTime::max()) connection_->stream.expect_by(until);
        is_receiving_ = true;
        return connection_->receive(has_received_);
    }
    const http1::ResponseHead& head() const noexcept { return head_; }

    // The next piece of content, valid until the next call; empty: the content is complete. Errors: http_response_incomplete, connection_read_timeout.
    runtime::Task<http::Result<std::string_view>> read_content();
    // The next piece if it came already, without waiting; empty if not, or if there is none.
    std::string_view buffered_content();
    bool is_complete() const noexcept { return decoder_.is_done(); }
    const std::string& trailers() const noexcept { return decoder_.trailers(); }

    // After 101: the connection is the client's from now on.
    Connection& tunnel() noexcept { return *connection_; }

    // Once it is complete: the connection serves others while what came is still to be delivered. Pieces that were read are not valid any more.
    void give_back() noexcept {
        if (is_complete()) finish();
    }

    // Whether it was answered, for who asks how the origin is: what we have ended ourselves says nothing.
    void note(bool is_answered) noexcept {
        if (is_answered) {
            pool_->note_answer();
        } else if (!is_aborted_) {
            pool_->note_failure();
        }
    }

    void may_be_ended_by_drain() noexcept {
        if (connection_ != nullptr) connection_->stream.set_idle(true);
    }
    void abort() noexcept;  // wakes whoever waits on it, with an error

private:
    void finish() noexcept;
    http::ProxyError head_cut_short() const noexcept { return searched_ == 0 ? http::ProxyError::connection_terminated : http::ProxyError::http_response_incomplete; }

    Pool* pool_;
    std::unique_ptr<Connection> connection_;
    HeadRooms::Lent room_;  // what the views of head_ point into
    http1::ResponseHead head_;
    http1::ContentDecoder decoder_;
    std::size_t searched_ = 0;  // so far no end of a head in so many bytes that are unread
    bool is_receiving_ = false;
    bool has_sent_ = false;
    bool has_received_ = false;
    bool is_request_sent_ = false;
    bool has_final_head_ = false;
    bool is_aborted_ = false;
};

}  // namespace sidecache::origin
