#include "proxy/runtime/receive.hpp"

#include "tests/unit/proxy/runtime/countdown.hpp"
#include "tests/unit/proxy/runtime/loops.hpp"

#include <boost/asio/error.hpp>

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>

namespace sidecache::runtime {
namespace {

using namespace std::chrono_literals;
using testing::Countdown;
using testing::RunningLoop;

// Both ends of a connection over loopback: `peer` is the test's, the other is read on a loop.
struct Ends {
    int ours = -1;
    int peer = -1;
};
Ends connect_tcp() {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener, 1), 0);
    EXPECT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
    Ends ends;
    ends.peer = ::socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(::connect(ends.peer, reinterpret_cast<sockaddr*>(&address), size), 0);
    ends.ours = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    ::close(listener);
    return ends;
}
Ends connect_unix() {
    std::array<int, 2> both{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, both.data()), 0);
    return {both[0], both[1]};
}

// Lends its memory while bytes come, and counts.
class CountingRoom final : public Room {
public:
    explicit CountingRoom(std::size_t size) : bytes_(size, '\0') {}
    std::span<char> take() noexcept override {
        is_taken_ = true;
        return bytes_;
    }
    void give_back() noexcept override { is_taken_ = false; }

    std::string_view first(std::size_t size) const { return std::string_view(bytes_).substr(0, size); }
    bool is_taken() const { return is_taken_; }

private:
    std::string bytes_;
    std::atomic<bool> is_taken_ = false;
};

// Reads between messages until the end or an error.
Task<> read_all(ReceivingSocket& socket, CountingRoom& room, std::string& got, boost::system::error_code& last, Countdown& pieces, Countdown& ended) {
    for (;;) {
        co_await socket.receive_next(room);
        const auto [error, size] = socket.received();
        got.append(room.first(size));
        room.give_back();
        last = error;
        if (error) break;
        pieces.count();
    }
    ended.count();
}

class AReceivingSocket : public ::testing::TestWithParam<bool> {
protected:
    AReceivingSocket() : ends(GetParam() ? connect_tcp() : connect_unix()) {
        Socket plain(loop->executor());
        plain.assign(asio::generic::stream_protocol(GetParam() ? AF_INET : AF_UNIX, 0), ends.ours);
        plain.native_non_blocking(true);
        socket = std::make_unique<ReceivingSocket>(std::move(plain));
    }
    ~AReceivingSocket() override {
        close_peer();
        Countdown done(1);
        loop->post([&] {
            socket.reset();
            done.count();
        });
        EXPECT_TRUE(done.await(testing::patience));
    }
    void close_peer() {
        if (ends.peer >= 0) ::close(ends.peer);
        ends.peer = -1;
    }
    void begin(std::size_t size) {
        room = std::make_unique<CountingRoom>(size);
        loop->spawn("read", read_all(*socket, *room, got, last, pieces, ended));
    }
    void send(std::string_view bytes) const { ASSERT_EQ(::write(ends.peer, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size())); }

    RunningLoop loop;
    Ends ends;
    std::unique_ptr<ReceivingSocket> socket;
    std::unique_ptr<CountingRoom> room;
    std::string got;
    boost::system::error_code last;
    Countdown pieces{1};
    Countdown ended{1};
};
INSTANTIATE_TEST_SUITE_P(, AReceivingSocket, ::testing::Bool(), [](const auto& each) { return each.param ? "Tcp" : "Unix"; });

TEST_P(AReceivingSocket, HearsOfWhatComesAfterAReadThatLeftNothing) {
    begin(1000);
    send("first");
    ASSERT_TRUE(pieces.await(testing::patience));
    send("second");
    ::shutdown(ends.peer, SHUT_WR);
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(got, "firstsecond");
    EXPECT_EQ(last, asio::error::eof);
}

TEST_P(AReceivingSocket, HearsOfAnEndThatCameWithTheData) {
    send("all of it");
    ::shutdown(ends.peer, SHUT_WR);
    begin(1000);
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(got, "all of it");
    EXPECT_EQ(last, asio::error::eof);
}

TEST_P(AReceivingSocket, ReadsOnWhereItsBufferIsSmallerThanWhatCame) {
    send("more than three bytes");
    ::shutdown(ends.peer, SHUT_WR);
    begin(3);
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(got, "more than three bytes");
}

TEST_P(AReceivingSocket, HearsOfAnEndThatComesWhileItWaits) {
    begin(1000);
    close_peer();
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(last, asio::error::eof);
}

TEST_P(AReceivingSocket, HoldsNoRoomWhileItWaits) {
    begin(1000);
    send("first");
    ASSERT_TRUE(pieces.await(testing::patience));
    Countdown turned(1);  // the next read has begun, and found nothing
    loop->post([&] { turned.count(); });
    ASSERT_TRUE(turned.await(testing::patience));
    EXPECT_FALSE(room->is_taken());
    send("second");
    ::shutdown(ends.peer, SHUT_WR);
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(got, "firstsecond");
}

// Where there is no memory for it.
class NoRoom final : public Room {
public:
    std::span<char> take() noexcept override { return {}; }
    void give_back() noexcept override {}
};
Task<> read_once(ReceivingSocket& socket, Room& room, boost::system::error_code& last, Countdown& ended) {
    co_await socket.receive_next(room);
    const auto [error, size] = socket.received();
    last = error;
    ended.count();
}
TEST_P(AReceivingSocket, FailsWhereThereIsNoRoom) {
    NoRoom none;
    send("anything");
    loop->spawn("read", read_once(*socket, none, last, ended));
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(last, asio::error::no_memory);
}

TEST_P(AReceivingSocket, IsCancelled) {
    begin(1000);
    loop->post([this] { socket->cancel(); });
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(last, asio::error::operation_aborted);
}

TEST_P(AReceivingSocket, LosesNothingOfAThousandSmallPieces) {
    begin(64);
    std::string sent;
    for (int i = 0; i < 1000; ++i) {
        const std::string piece(1 + static_cast<std::size_t>(i * 7 % 130), static_cast<char>('a' + i % 26));
        send(piece);
        sent += piece;
    }
    ::shutdown(ends.peer, SHUT_WR);
    ASSERT_TRUE(ended.await(testing::patience));
    EXPECT_EQ(got, sent);
}

// Reads the rest of a message until the end or an error.
Task<> read_rest(ReceivingSocket& socket, std::string& got, boost::system::error_code& last, Countdown& ended) {
    std::string buffer(1000, '\0');
    do {
        co_await socket.receive_some(std::span(buffer));
        const auto [error, size] = socket.received();
        got.append(buffer, 0, size);
        last = error;
    } while (!last);
    ended.count();
}

// TCP_INQ does not tell of it: what came last in the same event must be found by trying.
TEST(AReceivingSocketWithinAMessage, HearsOfAResetThatCameWithTheData) {
    for (int round = 0; round < 20; ++round) {
        RunningLoop loop;
        const Ends ends = connect_tcp();
        Socket plain(loop->executor());
        plain.assign(asio::generic::stream_protocol(AF_INET, 0), ends.ours);
        plain.native_non_blocking(true);
        auto socket = std::make_unique<ReceivingSocket>(std::move(plain));
        ASSERT_EQ(::write(ends.peer, "half", 4), 4);
        const linger at_once{1, 0};
        ::setsockopt(ends.peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        ::close(ends.peer);
        std::string got;
        boost::system::error_code last;
        Countdown ended(1);
        loop->spawn("read", read_rest(*socket, got, last, ended));
        ASSERT_TRUE(ended.await(testing::patience));
        EXPECT_EQ(last, asio::error::connection_reset);
        Countdown done(1);
        loop->post([&] {
            socket.reset();
            done.count();
        });
        ASSERT_TRUE(done.await(testing::patience));
    }
}

Task<> read_while_holding(std::shared_ptr<int> held, std::shared_ptr<ReceivingSocket> socket, bool& has_gone_on) {
    std::string buffer(10, '\0');
    co_await socket->receive_next(std::span(buffer));
    has_gone_on = true;
    *held = 1;
}

// The socket with the read in it belongs to the task that goes.
TEST(AReceivingSocketOfALoopThatGoes, LetsGoOfTheTaskThatReads) {
    const auto held = std::make_shared<int>(0);
    const Ends ends = connect_tcp();
    bool has_gone_on = false;
    {
        Loop loop([](std::string_view, std::string_view) {});
        Socket plain(loop.executor());
        plain.assign(asio::generic::stream_protocol(AF_INET, 0), ends.ours);
        plain.native_non_blocking(true);
        loop.spawn("read", read_while_holding(held, std::make_shared<ReceivingSocket>(std::move(plain)), has_gone_on));
        testing::run_for_a_turn(loop);
        EXPECT_EQ(held.use_count(), 2);
    }
    EXPECT_EQ(held.use_count(), 1);
    EXPECT_FALSE(has_gone_on);
    ::close(ends.peer);
}

}  // namespace
}  // namespace sidecache::runtime
