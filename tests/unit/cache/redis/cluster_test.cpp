#include "cache/redis/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sidecache::redis {
namespace {

using resp::Value;

Value of_kind(Value::Kind kind, std::string text) {
    Value value;
    value.kind = kind;
    value.text = std::move(text);
    return value;
}
Value text(std::string text) { return of_kind(Value::Kind::text, std::move(text)); }
Value error(std::string text) { return of_kind(Value::Kind::error, std::move(text)); }
Value integer(std::int64_t number) {
    Value value;
    value.kind = Value::Kind::integer;
    value.integer = number;
    return value;
}
Value array(std::vector<Value> items) {
    Value value;
    value.kind = Value::Kind::array;
    value.items = std::move(items);
    return value;
}
Value range(std::int64_t first, std::int64_t last, Value host, std::int64_t port) {
    return array({integer(first), integer(last), array({std::move(host), integer(port), text("id"), array({})}), array({text("replica"), integer(1), text("id")})});
}

const HostPort asked{"asked", 7000};

TEST(Slot, IsTheChecksumOfTheKeyOrOfWhatItsBracesHold) {
    EXPECT_EQ(slot_of("123456789"), 0x31C3u % slot_count);  // the checksum's own example
    EXPECT_EQ(slot_of("foo"), 12182);                       // as Redis' CLUSTER KEYSLOT says, like the next ones
    EXPECT_EQ(slot_of(""), 0);
    EXPECT_EQ(slot_of("{sidecache:}ctl"), slot_of("{sidecache:}stream"));
    EXPECT_EQ(slot_of("a{foo}b{bar}"), 12182);
    EXPECT_EQ(slot_of("{foo"), slot_of("{foo"));
    EXPECT_NE(slot_of("foo{}{bar}"), slot_of("bar")) << "empty braces hold nothing, and the whole key counts";
    EXPECT_EQ(slot_of("foo{{bar}}zap"), slot_of("{bar"));
}

TEST(SlotMapTest, TellsOwners) {
    const auto map = SlotMap::parse(array({range(0, 99, text("one"), 1), range(100, 16'383, text("two"), 2)}), asked);
    ASSERT_TRUE(map);
    EXPECT_EQ(*map->owner_of(0), (HostPort{"one", 1}));
    EXPECT_EQ(*map->owner_of(99), (HostPort{"one", 1}));
    EXPECT_EQ(*map->owner_of(100), (HostPort{"two", 2}));
    EXPECT_EQ(*map->owner_of(16'383), (HostPort{"two", 2}));
    EXPECT_THAT(map->masters(), ::testing::SizeIs(2));
}

TEST(SlotMapTest, LeavesSlotsToNobody) {
    const auto map = SlotMap::parse(array({range(5, 6, text("one"), 1)}), asked);
    ASSERT_TRUE(map);
    EXPECT_EQ(map->owner_of(4), nullptr);
    EXPECT_EQ(map->owner_of(7), nullptr);
}

TEST(SlotMapTest, TakesTheHostThatWasAskedWhereNoneIsTold) {
    for (const Value& host : {text(""), Value{}}) {
        const auto map = SlotMap::parse(array({range(0, 16'383, host, 1)}), asked);
        ASSERT_TRUE(map);
        EXPECT_EQ(*map->owner_of(0), (HostPort{"asked", 1}));
    }
}

TEST(SlotMapTest, IsNotMadeOfWhatIsNoSuchReply) {
    const std::vector<Value> replies{error("ERR This instance has cluster support disabled"),
                                     array({}),
                                     array({integer(1)}),
                                     array({array({integer(0), integer(1)})}),
                                     array({range(-1, 5, text("one"), 1)}),
                                     array({range(6, 5, text("one"), 1)}),
                                     array({range(0, 16'384, text("one"), 1)}),
                                     array({range(0, 5, text("?"), 1)}),
                                     array({range(0, 5, text("one"), 0)}),
                                     array({range(0, 5, text("one"), 65'536)}),
                                     array({range(0, 5, integer(1), 1)}),
                                     array({array({text("0"), integer(5), array({text("one"), integer(1)})})})};
    for (std::size_t i = 0; i < replies.size(); ++i) EXPECT_FALSE(SlotMap::parse(replies[i], asked)) << i;
}

TEST(RedirectionTest, TellsWhereTo) {
    const auto moved = parse_redirection(error("MOVED 3999 127.0.0.1:6381"), asked);
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved->kind, Redirection::Kind::moved);
    EXPECT_EQ(moved->to, (HostPort{"127.0.0.1", 6381}));
    const auto ask = parse_redirection(error("ASK 3999 ::1:6381"), asked);
    ASSERT_TRUE(ask);
    EXPECT_EQ(ask->kind, Redirection::Kind::ask);
    EXPECT_EQ(ask->to, (HostPort{"::1", 6381}));
    EXPECT_EQ(parse_redirection(error("MOVED 3999 :6381"), asked)->to, (HostPort{"asked", 6381}));
}

TEST(RedirectionTest, IsNothingElse) {
    for (const std::string each : {"OOM command not allowed", "MOVED", "MOVED 3999", "MOVED 3999 host", "MOVED 3999 host:", "MOVED 3999 host:x", "MOVED host:1", "MOVED 1 ?:1", "MOVED 1 host:65536"}) {
        EXPECT_FALSE(parse_redirection(error(each), asked)) << each;
    }
    EXPECT_FALSE(parse_redirection(text("MOVED 3999 127.0.0.1:6381"), asked)) << "a value that says so";
}

}  // namespace
}  // namespace sidecache::redis
