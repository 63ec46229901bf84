#include "proxy/http/input.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidecache::door {
namespace {

constexpr std::size_t limit = 32 * 1024;

void receive(Input& input, std::string_view bytes) {
    const auto room = input.room(bytes.size(), limit);
    ASSERT_GE(room.size(), bytes.size());
    std::copy(bytes.begin(), bytes.end(), room.begin());
    input.received(bytes.size());
}

TEST(AnInput, HoldsNothingAndCostsNothingAtFirst) {
    Input input;
    EXPECT_EQ(input.unread(), "");
    EXPECT_FALSE(input.is_wide());
}

TEST(AnInput, KeepsWhatIsUnreadInOrder) {
    Input input;
    receive(input, "hello ");
    receive(input, "world");
    input.consume(3);
    EXPECT_EQ(input.unread(), "lo world");
}

TEST(AnInput, MovesWhatIsUnreadToMakeRoom) {
    Input input;
    const std::string large(Input::idle_size - 4, 'x');
    receive(input, large);
    receive(input, "rest");
    input.consume(large.size());
    receive(input, std::string(Input::idle_size - 100, 'y'));
    EXPECT_TRUE(input.unread().starts_with("resty"));
    EXPECT_EQ(input.unread().size(), 4 + Input::idle_size - 100);
}

TEST(AnInput, GrowsUpToItsLimitAndThenHasNoRoom) {
    Input input;
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

TEST(AnInput, HasRoomAgainOnceSomethingWasUsed) {
    Input input;
    receive(input, std::string(limit, 'x'));
    ASSERT_TRUE(input.room(1, limit).empty());
    input.consume(10);
    EXPECT_EQ(input.room(1, limit).size(), 10u);
    EXPECT_EQ(input.unread().size(), limit - 10);
}

TEST(AnInput, GivesALargeBufferBackWhenItIdles) {
    Input input;
    receive(input, std::string(20'000, 'x'));
    EXPECT_TRUE(input.is_wide());
    input.consume(10'000);
    input.shrink();  // not yet: something is unread
    EXPECT_EQ(input.unread().size(), 10'000u);
    input.consume(10'000);
    input.shrink();
    EXPECT_FALSE(input.is_wide());
    receive(input, "again");
    EXPECT_EQ(input.unread(), "again");
}

TEST(AnInput, ReadsPipelinedRequestsInOneGoOnceARequestFilledIt) {
    Input input;
    auto room = input.room_when_idle();
    EXPECT_EQ(room.size(), Input::idle_size);
    std::fill(room.begin(), room.end(), 'x');
    input.received(room.size());
    input.consume(room.size());
    EXPECT_GE(input.room_when_idle().size(), Input::busy_size);
}

}  // namespace
}  // namespace sidecache::door
