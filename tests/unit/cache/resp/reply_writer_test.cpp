#include "cache/resp/reply_writer.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

namespace sidecache::resp {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

// In RESP2 and in RESP3.
std::pair<std::string, std::string> written(const std::function<void(ReplyWriter&)>& write) {
    std::string out;
    ReplyWriter reply(out);
    write(reply);
    std::string resp2 = std::exchange(out, {});
    reply.speak(true);
    write(reply);
    return {resp2, out};
}

void expect_same(const std::function<void(ReplyWriter&)>& write, std::string_view octets) { EXPECT_EQ(written(write), (std::pair<std::string, std::string>(octets, octets))); }

TEST(AReply, IsWrittenAlikeInBothProtocolsWhereTheyDoNotDiffer) {
    expect_same([](ReplyWriter& reply) { reply.ok(); }, "+OK\r\n");
    expect_same([](ReplyWriter& reply) { reply.status("PONG"); }, "+PONG\r\n");
    expect_same([](ReplyWriter& reply) { reply.error("ERR syntax error"); }, "-ERR syntax error\r\n");
    expect_same([](ReplyWriter& reply) { reply.integer(0); }, ":0\r\n");
    expect_same([](ReplyWriter& reply) { reply.integer(std::numeric_limits<std::int64_t>::min()); }, ":-9223372036854775808\r\n");
    expect_same([](ReplyWriter& reply) { reply.integer(std::numeric_limits<std::int64_t>::max()); }, ":9223372036854775807\r\n");
    expect_same([](ReplyWriter& reply) { reply.boolean(true); }, ":1\r\n");
    expect_same([](ReplyWriter& reply) { reply.boolean(false); }, ":0\r\n");
    expect_same([](ReplyWriter& reply) { reply.text("a\0\r\nb"sv); }, "$5\r\na\0\r\nb\r\n"sv);
    expect_same([](ReplyWriter& reply) { reply.text({}); }, "$0\r\n\r\n");
    expect_same([](ReplyWriter& reply) { reply.array(0); }, "*0\r\n");
    expect_same([](ReplyWriter& reply) { reply.array(12); }, "*12\r\n");
}

TEST(AReply, IsWrittenInTheProtocolThatIsSpoken) {
    const auto nothing = written([](ReplyWriter& reply) { reply.nil(); });
    EXPECT_EQ(nothing.first, "$-1\r\n");
    EXPECT_EQ(nothing.second, "_\r\n");
    const auto no_array = written([](ReplyWriter& reply) { reply.nil_array(); });
    EXPECT_EQ(no_array.first, "*-1\r\n");
    EXPECT_EQ(no_array.second, "_\r\n");
    const auto map = written([](ReplyWriter& reply) { reply.map(7); });
    EXPECT_EQ(map.first, "*14\r\n");
    EXPECT_EQ(map.second, "%7\r\n");
    const auto verbatim = written([](ReplyWriter& reply) { reply.verbatim("a: b\r\n"); });
    EXPECT_EQ(verbatim.first, "$6\r\na: b\r\n\r\n");
    EXPECT_EQ(verbatim.second, "=10\r\ntxt:a: b\r\n\r\n");
}

TEST(AnError, IsOneLineWhateverItTells) {
    std::string out = "+before\r\n";
    ReplyWriter reply(out);
    reply.error("ERR unknown command 'a\r\nb\n\r'");
    EXPECT_EQ(out, "+before\r\n-ERR unknown command 'a  b  '\r\n");
    out.clear();
    reply.error("\r\n");
    EXPECT_EQ(out, "-  \r\n");
    out.clear();
    reply.error("");
    EXPECT_EQ(out, "-\r\n");
}

TEST(AReply, CanBeTakenBack) {
    std::string out = "+before\r\n";
    ReplyWriter reply(out);
    const std::size_t before = reply.size();
    reply.array(2);
    reply.text("one");
    reply.take_back(before);
    reply.ok();
    EXPECT_EQ(out, "+before\r\n+OK\r\n");
}

}  // namespace
}  // namespace sidecache::resp
