#include "proxy/runtime/stream.hpp"

#include "proxy/runtime/acceptor.hpp"
#include "tests/unit/proxy/runtime/countdown.hpp"
#include "tests/unit/proxy/runtime/loops.hpp"

#include <boost/asio/buffer.hpp>

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <thread>

namespace sidecache::runtime {
namespace {

using namespace std::chrono_literals;
using testing::Countdown;
using testing::RunningLoop;

// One end is a stream on a loop, the other a descriptor of the test.
class StreamTest : public ::testing::Test {
protected:
    StreamTest() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
        peer = ends[1];
        Socket socket(loop->executor());
        socket.assign(asio::generic::stream_protocol(AF_UNIX, 0), ends[0]);
        stream = std::make_unique<Stream>(*loop, std::move(socket));
    }
    ~StreamTest() override {
        close_peer();
        on_loop([this] { stream.reset(); });
    }
    void close_peer() {
        if (peer >= 0) ::close(peer);
        peer = -1;
    }
    // Runs it on the loop's thread, to its end.
    template <typename Call>
    void on_loop(Call call) {
        Countdown done(1);
        loop->post([&] {
            call();
            done.count();
        });
        ASSERT_TRUE(done.await(testing::patience));
    }
    std::string read_peer(std::size_t bytes) const {
        std::string all;
        std::array<char, 65'536> piece;
        while (all.size() < bytes) {
            const ssize_t size = ::read(peer, piece.data(), std::min(piece.size(), bytes - all.size()));
            if (size <= 0) break;
            all.append(piece.data(), static_cast<std::size_t>(size));
        }
        return all;
    }

    RunningLoop loop;
    std::unique_ptr<Stream> stream;
    int peer = -1;
    Countdown ended{1};
    Io io = Io::ok;
    std::string got;
};
using AStream = StreamTest;

Task<> write(Stream& stream, const std::string& bytes, std::chrono::milliseconds patience, Io& io, Countdown& ended) {
    io = co_await stream.write(bytes, patience);
    ended.count();
}
Task<> write_pieces(Stream& stream, std::span<iovec> pieces, Io& io, Countdown& ended) {
    io = co_await stream.write(pieces, testing::patience);
    ended.count();
}
Task<> read(Stream& stream, std::chrono::milliseconds within, Io& io, std::string& got, Countdown& ended) {
    std::array<char, 1024> buffer;
    stream.expect_within(within);
    const auto result = co_await stream.read_some(buffer);
    io = result.io;
    got.assign(buffer.data(), result.bytes);
    ended.count();
}
Task<> read_without_deadline(Stream& stream, Io& io, Countdown& ended) {
    std::array<char, 16> buffer;
    stream.expect_within(std::chrono::hours(1));
    stream.expect_nothing();
    const auto result = co_await stream.read_some(buffer);
    io = result.io;
    ended.count();
}

TEST_F(AStream, ReadsWhatThePeerSent) {
    ASSERT_EQ(::write(peer, "hello", 5), 5);
    loop->spawn("read", read(*stream, testing::patience, io, got, ended));
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(io, Io::ok);
    EXPECT_EQ(got, "hello");
}

TEST_F(AStream, WritesMoreThanItsSocketTakesAtOnce) {
    std::string large;
    for (int i = 0; large.size() < 5'000'000; ++i) large += std::to_string(i);
    loop->spawn("write", write(*stream, large, testing::patience, io, ended));
    EXPECT_EQ(read_peer(large.size()), large);
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(io, Io::ok);
}

TEST_F(AStream, WritesManyPiecesInTheirOrder) {
    std::string text = "0123456789";
    std::vector<iovec> pieces;
    std::string expected;
    for (std::size_t i = 0; i < 3'000; ++i) {  // more than one gather write takes
        pieces.push_back({text.data() + i % 10, 1 + i % (10 - i % 10)});
        expected.append(text.substr(i % 10, 1 + i % (10 - i % 10)));
    }
    loop->spawn("write", write_pieces(*stream, pieces, io, ended));
    EXPECT_EQ(read_peer(expected.size()), expected);
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(io, Io::ok);
}

TEST_F(AStream, TriesToWriteWithoutWaitingAndTellsWhatIsLeft) {
    std::string large(10'000'000, 'x');
    std::size_t left = 0;
    on_loop([&] {
        iovec piece{large.data(), large.size()};
        std::span<iovec> pieces(&piece, 1);
        io = stream->try_write(pieces);
        left = pieces.size() == 1 ? pieces[0].iov_len : 0;
    });
    EXPECT_EQ(io, Io::ok);
    EXPECT_GT(left, 0u);
    EXPECT_EQ(read_peer(large.size() - left).size(), large.size() - left);
}

TEST_F(AStream, TimesOutWhereThePeerSaysNothing) {
    const SteadyTime begun = std::chrono::steady_clock::now();
    loop->spawn("read", read(*stream, 40ms, io, got, ended));
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(io, Io::timeout);
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 40ms);
}

TEST_F(AStream, TimesOutWhereThePeerReadsNothing) {
    const std::string large(5'000'000, 'x');
    loop->spawn("write", write(*stream, large, 40ms, io, ended));
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(io, Io::timeout);
}

TEST_F(AStream, MayBeUsedAgainAfterItTimedOut) {
    loop->spawn("read", read(*stream, 20ms, io, got, ended));
    ASSERT_TRUE(ended.await(testing::patience));
    ASSERT_EQ(io, Io::timeout);
    ASSERT_EQ(::write(peer, "late", 4), 4);
    Countdown again(1);
    loop->spawn("read", read(*stream, testing::patience, io, got, again));
    ASSERT_TRUE(again.await(testing::patience));
    EXPECT_EQ(io, Io::ok);
    EXPECT_EQ(got, "late");
}

TEST_F(AStream, EndsWhereThePeerClosed) {
    close_peer();
    loop->spawn("read", read(*stream, testing::patience, io, got, ended));
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(io, Io::end);
}

TEST_F(AStream, FailsToWriteToAPeerThatIsGoneAndRaisesNoSignal) {
    close_peer();
    const std::string bytes = "x";
    loop->spawn("write", write(*stream, bytes, testing::patience, io, ended));
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(io, Io::failed);
}

TEST_F(AStream, ThatIsClosedFailsWhoWaitsOnIt) {
    loop->spawn("read", read_without_deadline(*stream, io, ended));
    on_loop([this] { stream->close(); });
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(io, Io::failed);
    EXPECT_FALSE(stream->is_open());
}

TEST_F(AStream, ThatIsAbortedFailsWhoWaitsOnIt) {
    loop->spawn("read", read_without_deadline(*stream, io, ended));
    on_loop([this] { stream->abort(); });
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(io, Io::failed);
}

TEST_F(AStream, TellsAnEndOfSendingWithoutClosing) {
    on_loop([this] { stream->shut_down_sending(); });
    char byte;
    EXPECT_EQ(::read(peer, &byte, 1), 0);
    ASSERT_EQ(::write(peer, "more", 4), 4);
    loop->spawn("read", read(*stream, testing::patience, io, got, ended));
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(got, "more");
}

TEST_F(AStream, IsReadableOnceBytesOrAnEndHaveCome) {
    on_loop([this] { EXPECT_FALSE(stream->is_readable()); });
    ASSERT_EQ(::write(peer, "x", 1), 1);
    on_loop([this] { EXPECT_TRUE(stream->is_readable()); });
    loop->spawn("read", read(*stream, testing::patience, io, got, ended));
    ASSERT_TRUE(ended.await(testing::patience));
    on_loop([this] { EXPECT_FALSE(stream->is_readable()); });
    close_peer();
    on_loop([this] { EXPECT_TRUE(stream->is_readable()); });
}

TEST_F(AStream, EndsForADrainOnlyWhileNobodyIsServedOnIt) {
    on_loop([this] {
        for (Endable& each : loop->streams()) each.end_if_idle();
    });
    ASSERT_EQ(::write(peer, "x", 1), 1);
    loop->spawn("read", read(*stream, testing::patience, io, got, ended));
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(io, Io::ok);
    on_loop([this] {
        stream->set_idle(true);
        for (Endable& each : loop->streams()) each.end_if_idle();
    });
    char byte;
    EXPECT_EQ(::read(peer, &byte, 1), 0);
}

TEST_F(AStream, IsCutWhateverItDoes) {
    loop->spawn("read", read_without_deadline(*stream, io, ended));
    on_loop([this] {
        for (Endable& each : loop->streams()) each.cut();
    });
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_NE(io, Io::ok);
}

TEST_F(AStream, IsListedByItsLoopWhileItLives) {
    on_loop([this] {
        EXPECT_EQ(loop->streams().size(), 1u);
        stream.reset();
        EXPECT_EQ(loop->streams().size(), 0u);
    });
}

TEST_F(AStream, OfAUnixSocketHasAPeerCalledUnix) {
    on_loop([this] { EXPECT_EQ(peer_address(stream->socket()), "unix"); });
}

// RST is a matter of TCP.
TEST(AStreamOverTcp, ThatIsAbortedLooksBrokenToItsPeerAndNotEnded) {
    RunningLoop loop;
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&at), size), 0);
    ASSERT_EQ(::listen(listener, 1), 0);
    ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size), 0);
    const int peer = ::socket(AF_INET, SOCK_STREAM, 0);
    ASSERT_EQ(::connect(peer, reinterpret_cast<sockaddr*>(&at), size), 0);
    const int accepted = ::accept(listener, nullptr, nullptr);
    Countdown done(1);
    loop->post([&] {
        Socket socket(loop->executor());
        socket.assign(asio::generic::stream_protocol(AF_INET, 0), accepted);
        EXPECT_EQ(peer_address(socket), "127.0.0.1");
        Stream stream(*loop, std::move(socket));
        stream.abort();
        done.count();
    });
    ASSERT_TRUE(done.await(testing::patience));
    char byte;
    EXPECT_EQ(::read(peer, &byte, 1), -1);
    EXPECT_EQ(errno, ECONNRESET);
    ::close(peer);
    ::close(listener);
}

}  // namespace
}  // namespace sidecache::runtime
