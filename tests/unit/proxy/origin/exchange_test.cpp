#include "proxy/origin/exchange.hpp"

#include "tests/unit/proxy/origin/pooled.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sidecache::origin {
namespace {

using namespace std::chrono_literals;
using http::ProxyError;
using runtime::Task;
using testing::Countdown;
using testing::Visitor;

// What a request brought.
struct Fetched {
    std::vector<int> statuses;  // interim ones first
    std::string etag;           // of the final head
    std::string content;
    std::string trailers;
    std::optional<ProxyError> send_error;
    std::optional<ProxyError> head_error;
    std::optional<ProxyError> content_error;
    bool was_reused = false;
    bool has_received = false;
    Countdown ended{1};
};

Task<http::Result<const http1::ResponseHead*>> read_head(Exchange& exchange, http::Method method, std::chrono::milliseconds within) {
    const auto until = testing::in(within);
    auto head = exchange.take_head(method);
    while (!head) {
        co_await exchange.receive(until);
        head = exchange.take_head(method);
    }
    co_return *head;
}

Task<> fetch_with(Pool& pool, http::Method method, std::string request, std::chrono::milliseconds within, Fetched& out) {
    auto connection = co_await pool.acquire(false);
    if (!connection) {
        out.send_error = connection.error();
        co_return;
    }
    Exchange exchange(pool, std::move(connection.value()));
    out.was_reused = exchange.is_on_reused_connection();
    const auto sent = co_await exchange.send(request);
    if (!sent) {
        out.send_error = sent.error();
        co_return;
    }
    exchange.request_is_sent();
    for (int status = 100; status < 200 && status != 101;) {
        const auto head = co_await read_head(exchange, method, within);
        out.has_received = exchange.has_received();
        if (!head) {
            out.head_error = head.error();
            co_return;
        }
        status = head.value()->view.status;
        out.statuses.push_back(status);
    }
    // Moved as the pipeline does: its views must go along.
    Exchange moved(std::move(exchange));
    out.etag = http::value_of(moved.head().view.fields, http::FieldName::etag).value_or("");
    for (;;) {
        const auto piece = co_await moved.read_content();
        if (!piece) {
            out.content_error = piece.error();
            co_return;
        }
        if (piece.value().empty()) break;
        out.content.append(piece.value());
    }
    out.trailers = moved.trailers();
}

Task<> fetch(Pool& pool, http::Method method, std::string request, std::chrono::milliseconds within, Fetched& out) {
    co_await fetch_with(pool, method, std::move(request), within, out);
    out.ended.count();
}

class AnExchange : public testing::PooledTest {
protected:
    AnExchange() { make_pool(); }
    void start(Fetched& out, http::Method method = http::Method::get, std::chrono::milliseconds within = testing::patience) {
        loop->spawn("fetch", fetch(*pool, method, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", within, out));
    }
    static void finish(Fetched& out) { ASSERT_TRUE(out.ended.await(testing::patience)) << "still waits"; }
    // One request that is answered with these bytes, then the connection is closed if so wished.
    void run(Fetched& out, std::string_view answer, bool closes = false, http::Method method = http::Method::get) {
        start(out, method);
        visitor = server.accept();
        visitor.expect();
        visitor.send(answer);
        if (closes) visitor.close();
        finish(out);
    }
    std::int64_t idle() {
        std::int64_t count = 0;
        on_loop([&] { count = pool->counts().idle; });
        return count;
    }
    Visitor visitor{-1};
    Fetched out;
};

TEST_F(AnExchange, ReadsAHeadAndAContentOfKnownLength) {
    run(out, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 5\r\n\r\nhello");
    EXPECT_EQ(out.statuses, std::vector{200});
    EXPECT_EQ(out.etag, "\"1\"");
    EXPECT_EQ(out.content, "hello");
    EXPECT_EQ(idle(), 1);
}

TEST_F(AnExchange, ReadsAHeadThatComesByteByByte) {
    start(out);
    visitor = server.accept();
    visitor.expect();
    for (const char byte : std::string_view("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 2\r\n\r\nhi")) visitor.send({&byte, 1});
    finish(out);
    EXPECT_EQ(out.etag, "\"1\"");
    EXPECT_EQ(out.content, "hi");
}

TEST_F(AnExchange, ReadsChunkedContentWithTrailers) {
    run(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n");
    EXPECT_EQ(out.content, "hello world");
    EXPECT_EQ(out.trailers, "X-Sum: 1\r\n");
    EXPECT_EQ(idle(), 1);
}

TEST_F(AnExchange, ReadsContentUntilTheServerCloses) {
    run(out, "HTTP/1.1 200 OK\r\n\r\nall of it", true);
    EXPECT_EQ(out.content, "all of it");
    EXPECT_FALSE(out.content_error);
    EXPECT_EQ(idle(), 0);
}

TEST_F(AnExchange, ReadsMoreThanItsBufferHolds) {
    std::string large;
    for (int i = 0; large.size() < 3'000'000; ++i) large += std::to_string(i);
    run(out, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(large.size()) + "\r\n\r\n" + large);
    EXPECT_EQ(out.content, large);
    EXPECT_EQ(idle(), 1);
}

TEST_F(AnExchange, PassesInterimHeadsOn) {
    run(out, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
    EXPECT_EQ(out.statuses, (std::vector{103, 102, 204}));
    EXPECT_EQ(idle(), 1);
}

TEST_F(AnExchange, ExpectsNoContentOfAnAnswerToHead) {
    run(out, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", false, http::Method::head);
    EXPECT_EQ(out.content, "");
    EXPECT_FALSE(out.content_error);
    EXPECT_EQ(idle(), 1);
}

TEST_F(AnExchange, OnTheSameConnectionFollowsTheOneBefore) {
    run(out, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na");
    Fetched second;
    start(second);
    visitor.expect();
    visitor.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb");
    finish(second);
    EXPECT_TRUE(second.was_reused);
    EXPECT_EQ(second.content, "b");
    EXPECT_EQ(pool->counts().opened, 1u);
}

TEST_F(AnExchange, EndsAConnectionOnWhichMoreCameThanWasAsked) {
    run(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
    EXPECT_EQ(out.content, "hi");
    EXPECT_EQ(idle(), 0);
    EXPECT_TRUE(visitor.is_left());
}

TEST_F(AnExchange, EndsAConnectionThatTheServerWantsToClose) {
    run(out, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi");
    EXPECT_EQ(out.content, "hi");
    EXPECT_EQ(idle(), 0);
    EXPECT_TRUE(visitor.is_left());
}

TEST_F(AnExchange, EndsAConnectionOfAnHttp10Server) {
    run(out, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    EXPECT_EQ(out.content, "hi");
    EXPECT_EQ(idle(), 0);
}

TEST_F(AnExchange, WithTruncatedContentIsIncomplete) {
    run(out, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", true);
    EXPECT_EQ(out.content, "half");
    EXPECT_EQ(out.content_error, ProxyError::http_response_incomplete);
    EXPECT_EQ(idle(), 0);
}

TEST_F(AnExchange, WithTruncatedChunksIsIncomplete) {
    run(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true);
    EXPECT_EQ(out.content_error, ProxyError::http_response_incomplete);
    EXPECT_EQ(idle(), 0);
}

TEST_F(AnExchange, ThatIsResetWhileItReadsUntilTheCloseIsIncomplete) {
    start(out);
    visitor = server.accept();
    visitor.expect();
    visitor.send("HTTP/1.1 200 OK\r\n\r\nhalf");
    visitor.reset();
    finish(out);
    // The reset may overtake the head itself.
    const bool is_broken = out.content_error == ProxyError::http_response_incomplete || out.head_error.has_value();
    EXPECT_TRUE(is_broken);
    EXPECT_EQ(idle(), 0);
}

TEST_F(AnExchange, WithMalformedChunksIsAProtocolError) {
    run(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n");
    EXPECT_EQ(out.content_error, ProxyError::http_protocol_error);
    EXPECT_EQ(idle(), 0);
}

TEST_F(AnExchange, WithAMalformedHeadIsAProtocolError) {
    run(out, "HTTP/1.1 banana\r\n\r\n");
    EXPECT_EQ(out.head_error, ProxyError::http_protocol_error);
    EXPECT_EQ(idle(), 0);
}

TEST_F(AnExchange, WithHalfAHeadIsIncomplete) {
    run(out, "HTTP/1.1 200 OK\r\nETag: ", true);
    EXPECT_EQ(out.head_error, ProxyError::http_response_incomplete);
    EXPECT_TRUE(out.has_received);
}

TEST_F(AnExchange, WithoutAByteOfAnAnswerIsTerminated) {
    run(out, "", true);
    EXPECT_EQ(out.head_error, ProxyError::connection_terminated);
    EXPECT_FALSE(out.has_received);
}

TEST_F(AnExchange, WithAHeadWithoutEndIsRefused) {
    start(out);
    visitor = server.accept();
    visitor.expect();
    visitor.send("HTTP/1.1 200 OK\r\nX-Long: " + std::string(70'000, 'x'));
    finish(out);
    EXPECT_EQ(out.head_error, ProxyError::http_response_header_section_size);
    EXPECT_EQ(idle(), 0);
}

TEST_F(AnExchange, WithoutAHeadInTimeIsAResponseTimeout) {
    start(out, http::Method::get, 40ms);
    visitor = server.accept();
    visitor.expect();
    finish(out);
    EXPECT_EQ(out.head_error, ProxyError::http_response_timeout);
    EXPECT_TRUE(visitor.is_left());
}

TEST_F(AnExchange, WithAGapInItsContentIsAReadTimeout) {
    options.between_bytes = 40ms;
    run(out, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    EXPECT_EQ(out.content, "half");
    EXPECT_EQ(out.content_error, ProxyError::connection_read_timeout);
    EXPECT_TRUE(visitor.is_left());
}

TEST_F(AnExchange, WithAServerThatReadsNothingIsAWriteTimeout) {
    options.between_bytes = 40ms;
    loop->spawn("fetch", fetch(*pool, http::Method::get, std::string(20'000'000, 'x'), testing::patience, out));
    visitor = server.accept();
    finish(out);
    EXPECT_EQ(out.send_error, ProxyError::connection_write_timeout);
    EXPECT_EQ(idle(), 0);
}

Task<> leave_early(Pool& pool, Fetched& out) {
    auto connection = co_await pool.acquire(false);
    {
        Exchange exchange(pool, std::move(connection.value()));
        co_await exchange.send("GET / HTTP/1.1\r\n\r\n");
        exchange.request_is_sent();
        const auto head = co_await read_head(exchange, http::Method::get, testing::patience);
        out.statuses.push_back(head ? head.value()->view.status : 0);
    }
    out.ended.count();
}

TEST_F(AnExchange, ThatIsLeftBeforeItsEndEndsItsConnection) {
    loop->spawn("leave", leave_early(*pool, out));
    visitor = server.accept();
    visitor.expect();
    visitor.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
    finish(out);
    EXPECT_EQ(idle(), 0);
    EXPECT_TRUE(visitor.is_left());
}

TEST_F(AnExchange, ThatSwitchesProtocolsIsNeverGivenBack) {
    run(out, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n", true);
    EXPECT_EQ(out.statuses, std::vector{101});
    EXPECT_EQ(idle(), 0);
}

}  // namespace
}  // namespace sidecache::origin
