#include "proxy/query/command.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

namespace sidecache::query {
namespace {

std::string in_upper_case(std::string_view text) {
    std::string upper(text);
    std::ranges::transform(upper, upper.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; });
    return upper;
}

bool runs_alone(const std::vector<std::string_view>& words) { return find_command(words.front())->runs_alone(words); }

TEST(ACommand, IsFoundByItsNameWithoutRegardToCase) {
    for (const Command& command : commands()) {
        EXPECT_EQ(find_command(command.name), &command) << command.name;
        EXPECT_EQ(find_command(in_upper_case(command.name)), &command) << command.name;
    }
    EXPECT_EQ(find_command("gEt"), find_command("get"));
}

TEST(ACommand, IsFoundByNoOtherName) {
    for (const std::string_view name : {"", "ge", "gett", "get ", " get", "zzz", "aaa", "lpush", "sixteen_octets__", "seventeen_octets_", "getgetgetgetgetgetgetgetget"}) {
        EXPECT_EQ(find_command(name), nullptr) << name;
    }
    EXPECT_EQ(find_command(std::string(17, 'a')), nullptr);
    EXPECT_EQ(find_command(std::string(100'000, 'a')), nullptr);
    EXPECT_EQ(find_command(std::string("get\0", 4)), nullptr);
}

TEST(ACommand, HasAsManyArgumentsAsItsArityOrAtLeastSoMany) {
    EXPECT_TRUE(find_command("get")->has_arity(2));
    EXPECT_FALSE(find_command("get")->has_arity(1));
    EXPECT_FALSE(find_command("get")->has_arity(3));
    EXPECT_TRUE(find_command("mget")->has_arity(2));
    EXPECT_TRUE(find_command("mget")->has_arity(1'000));
    EXPECT_FALSE(find_command("mget")->has_arity(1));
}

TEST(Commands, StandByNameEachOnce) {
    for (std::size_t i = 1; i < commands().size(); ++i) EXPECT_LT(commands()[i - 1].name, commands()[i].name);
}

TEST(Commands, HaveTheirKeysWithinTheirArguments) {
    for (const Command& command : commands()) {
        const auto& keys = command.keys;
        EXPECT_NE(command.run, nullptr);
        if (keys.first == 0) continue;
        EXPECT_GE(keys.first, 1) << command.name;
        EXPECT_GE(keys.step, 1) << command.name;
        EXPECT_TRUE(keys.last < 0 || keys.last >= keys.first) << command.name;
        if (command.name == "object") continue;  // its subcommand has
        EXPECT_LT(std::max(keys.first, keys.last), std::abs(command.arity)) << command.name;
    }
}

TEST(Commands, ThatNeedNoPassTouchNoKey) {
    for (const Command& command : commands()) {
        if (command.pass != Command::Pass::none) continue;
        EXPECT_EQ(command.keys.first, 0) << command.name;
        EXPECT_FALSE(command.is_write) << command.name;
    }
}

TEST(Commands, BeforeAPasswordAreOfTheConnectionAlone) {
    for (const Command& command : commands()) {
        const std::string_view name = command.name;
        EXPECT_EQ(!command.needs_password, name == "auth" || name == "hello" || name == "quit" || name == "reset") << name;
        EXPECT_TRUE(command.needs_password || command.pass == Command::Pass::none) << name;
    }
}

TEST(ACommand, RunsBesideOthersWithOneKeyThatItReadsOrWritesOnce) {
    EXPECT_FALSE(runs_alone({"get", "key"}));
    EXPECT_FALSE(runs_alone({"strlen", "key"}));
    EXPECT_FALSE(runs_alone({"setex", "key", "10", "value"}));
    EXPECT_FALSE(runs_alone({"del", "key"}));
    EXPECT_FALSE(runs_alone({"exists", "key"}));
    EXPECT_FALSE(runs_alone({"mget", "key"}));
    EXPECT_FALSE(runs_alone({"ping"}));
    EXPECT_FALSE(runs_alone({"set", "key", "value"}));
    EXPECT_FALSE(runs_alone({"set", "key", "value", "EX", "10"}));
    EXPECT_FALSE(runs_alone({"set", "nx", "xx", "pxat", "10"})) << "these are its key and its value";
}

TEST(ACommand, RunsAloneWithSeveralKeysOrWhereItReadsBeforeItWrites) {
    EXPECT_TRUE(runs_alone({"mget", "one", "other"}));
    EXPECT_TRUE(runs_alone({"del", "one", "other"}));
    EXPECT_TRUE(runs_alone({"incr", "key"}));
    EXPECT_TRUE(runs_alone({"append", "key", "value"}));
    EXPECT_TRUE(runs_alone({"expire", "key", "10"}));
    EXPECT_TRUE(runs_alone({"exec"}));
    EXPECT_TRUE(runs_alone({"watch", "key"}));
    EXPECT_TRUE(runs_alone({"evalsha", "sha1", "1", "key"}));
    EXPECT_TRUE(runs_alone({"flushdb"}));
    EXPECT_TRUE(runs_alone({"swapdb", "0", "1"}));
    for (const std::string_view option : {"NX", "xx", "Get", "keepttl"}) {
        EXPECT_TRUE(runs_alone({"set", "key", "value", option})) << option;
        EXPECT_TRUE(runs_alone({"set", "key", "value", "EX", "10", option})) << option;
    }
}

}  // namespace
}  // namespace sidecache::query
