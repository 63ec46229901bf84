#include "proxy/runtime/input.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidecache::runtime {
namespace {

constexpr std::size_t limit = 32 * 1024;

class AnInput : public ::testing::Test {
protected:
    void receive(std::string_view bytes) {
        const auto room = input.room(bytes.size(), limit);
        ASSERT_GE(room.size(), bytes.size());
        std::copy(bytes.begin(), bytes.end(), room.begin());
        input.received(bytes.size());
    }
    // As a read between two messages does it.
    void receive_next(std::string_view bytes) {
        const auto room = input.take();
        ASSERT_GE(room.size(), bytes.size());
        std::copy(bytes.begin(), bytes.end(), room.begin());
        input.received(bytes.size());
    }

    Buffers buffers;
    Input input{buffers};
};

TEST_F(AnInput, IsEmptyAtFirst) { EXPECT_EQ(input.unread(), ""); }

TEST_F(AnInput, KeepsWhatIsUnreadInOrder) {
    receive("hello ");
    receive("world");
    input.consume(3);
    EXPECT_EQ(input.unread(), "lo world");
}

TEST_F(AnInput, MovesWhatIsUnreadToMakeRoom) {
    const std::string large(Buffers::size - 4, 'x');
    receive(large);
    receive("rest");
    input.consume(large.size());
    const char* const before = input.unread().data();
    receive(std::string(Buffers::size - 100, 'y'));
    EXPECT_TRUE(input.unread().starts_with("resty"));
    EXPECT_EQ(input.unread().size(), 4 + Buffers::size - 100);
    EXPECT_LT(input.unread().data(), before);  // the same buffer
}

TEST_F(AnInput, GrowsUpToItsLimitAndThenHasNoRoom) {
    std::size_t total = 0;
    for (;;) {
        const auto room = input.room(1, limit);
        if (room.empty()) break;
        std::fill(room.begin(), room.end(), 'x');
        input.received(room.size());
        total += room.size();
        ASSERT_LE(total, limit);
    }
    EXPECT_EQ(total, limit);
    EXPECT_EQ(input.unread(), std::string(limit, 'x'));
}

TEST_F(AnInput, HasRoomAgainOnceSomethingWasUsed) {
    receive(std::string(limit, 'x'));
    ASSERT_TRUE(input.room(1, limit).empty());
    input.consume(10);
    EXPECT_EQ(input.room(1, limit).size(), 10u);
    EXPECT_EQ(input.unread().size(), limit - 10);
}

TEST_F(AnInput, LendsItsBufferToTheNextOnceNothingIsUnread) {
    receive_next("GET");
    const char* const lent = input.unread().data();
    input.make_lean();
    EXPECT_EQ(input.unread(), "GET");
    EXPECT_NE(input.unread().data(), lent);  // little is unread: it has its own now
    Input other(buffers);
    EXPECT_EQ(other.take().data(), lent);
    input.consume(3);
    input.make_lean();
    receive_next("POST");
    EXPECT_EQ(input.unread(), "POST");
    EXPECT_NE(input.unread().data(), lent);
}

TEST_F(AnInput, KeepsItsBufferWhileMuchIsUnread) {
    const std::string much(10'000, 'x');
    receive_next(much);
    const char* const before = input.unread().data();
    input.make_lean();
    EXPECT_EQ(input.unread().data(), before);
    EXPECT_EQ(input.unread(), much);
}

TEST_F(AnInput, GivesItsBufferBackWhenItEnds) {
    const char* lent = nullptr;
    {
        Input other(buffers);
        lent = other.take().data();
    }
    EXPECT_EQ(input.take().data(), lent);
}

TEST(Buffers, KeepOnlySoManyForTheNext) {
    Buffers buffers;
    std::vector<std::unique_ptr<char[]>> taken;
    for (std::size_t i = 0; i < 2 * Buffers::spare; ++i) taken.push_back(buffers.take());
    for (auto& each : taken) buffers.give_back(std::move(each));
    EXPECT_EQ(buffers.spares(), Buffers::spare);
}

}  // namespace
}  // namespace sidecache::runtime
