#include "cache/resp/command.hpp"
#include "cache/resp/reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace sidecache::resp {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

std::string shown(const Value& value) {
    switch (value.kind) {
        case Value::Kind::nil: return "nil";
        case Value::Kind::status: return "+" + value.text;
        case Value::Kind::error: return "-" + value.text;
        case Value::Kind::integer: return ":" + std::to_string(value.integer);
        case Value::Kind::text: return "\"" + value.text + "\"";
        case Value::Kind::array: break;
    }
    std::string all = "[";
    for (const Value& item : value.items) all += (all.size() == 1 ? "" : " ") + shown(item);
    return all + "]";
}

std::vector<std::string> read_all(Reader& reader) {
    std::vector<std::string> seen;
    while (auto value = reader.next()) seen.push_back(shown(*value));
    return seen;
}

constexpr std::string_view every_kind = "+OK\r\n-ERR no such thing\r\n:-42\r\n$5\r\nab\0\r\n\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n*2\r\n$1\r\na\r\n*2\r\n:1\r\n*1\r\n$-1\r\n"sv;
const std::vector<std::string> every_kind_shown{"+OK", "-ERR no such thing", ":-42", "\"ab\0\r\n\""s, "\"\"", "nil", "nil", "[]", "[\"a\" [:1 [nil]]]"};

TEST(Command, HasItsArgumentsWithTheirLengthsWhateverOctetsStandInThem) {
    std::string out = "before";
    append_command(out, std::array{"SET"sv, "a\0b"sv, ""sv, "\r\n"sv});
    EXPECT_EQ(out, "before*4\r\n$3\r\nSET\r\n$3\r\na\0b\r\n$0\r\n\r\n$2\r\n\r\n\r\n"s);
}

TEST(Reader, ReadsEveryKindOfReply) {
    Reader reader({});
    reader.feed(every_kind);
    EXPECT_EQ(read_all(reader), every_kind_shown);
    EXPECT_FALSE(reader.is_broken());
}

TEST(Reader, ReadsTheSameOctetByOctet) {
    Reader reader({});
    std::vector<std::string> seen;
    for (const char octet : every_kind) {
        reader.feed({&octet, 1});
        for (std::string& each : read_all(reader)) seen.push_back(std::move(each));
    }
    EXPECT_EQ(seen, every_kind_shown);
}

TEST(Reader, TellsTheKindOfAnErrorByItsFirstWord) {
    Reader reader({});
    reader.feed("-MOVED 3999 127.0.0.1:6381\r\n-LOADING\r\n+OK\r\n");
    EXPECT_EQ(reader.next()->error_kind(), "MOVED");
    EXPECT_EQ(reader.next()->error_kind(), "LOADING");
    EXPECT_EQ(reader.next()->error_kind(), "");
}

TEST(Reader, IsBrokenByWhatIsNoReply) {
    for (const std::string_view octets : {"HTTP/1.1 400 Bad Request\r\n"sv, "\r\n"sv, "$x\r\n"sv, "*3x\r\n"sv, "*1\r\n?\r\n"sv, ":1x\r\n"sv}) {
        Reader reader({});
        reader.feed(octets);
        EXPECT_EQ(reader.next(), std::nullopt) << octets;
        EXPECT_TRUE(reader.is_broken()) << octets;
        reader.feed("+OK\r\n");
        EXPECT_EQ(reader.next(), std::nullopt) << octets;
    }
}

TEST(Reader, IsBrokenByMoreThanItsLimits) {
    Reader of_items({.items = 3});
    of_items.feed("*3\r\n:1\r\n:2\r\n:3\r\n");
    EXPECT_EQ(shown(*of_items.next()), "[:1 :2 :3]");
    of_items.feed("*4\r\n");
    EXPECT_EQ(of_items.next(), std::nullopt);
    EXPECT_TRUE(of_items.is_broken());

    Reader of_size({.size = 100});
    of_size.feed("$1000\r\n" + std::string(90, 'x'));
    EXPECT_EQ(of_size.next(), std::nullopt);
    EXPECT_FALSE(of_size.is_broken());
    of_size.feed(std::string(90, 'x'));
    EXPECT_EQ(of_size.next(), std::nullopt);
    EXPECT_TRUE(of_size.is_broken());
}

TEST(Reader, IsBrokenByWhatIsNestedDeeperThanAnyReplyIs) {
    Reader reader({});
    std::string octets;
    for (int i = 0; i < 20; ++i) octets += "*1\r\n";
    reader.feed(octets + ":1\r\n");
    EXPECT_EQ(reader.next(), std::nullopt);
    EXPECT_TRUE(reader.is_broken());
}

TEST(Reader, ForgetsHalfOfAReplyWithoutLeavingAnythingBehind) {
    for (std::size_t size = 0; size < every_kind.size(); ++size) {
        Reader reader({});
        reader.feed(every_kind.substr(0, size));
        while (reader.next()) {
        }
    }
}

}  // namespace
}  // namespace sidecache::resp
