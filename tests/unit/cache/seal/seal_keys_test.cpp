#include "cache/seal/seal_keys.hpp"

#include "tests/unit/cache/seal/sealing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sidecache::seal {
namespace {

using testing::HasSubstr;

SealKeyProblem problem_of(const std::vector<std::string_view>& contents) {
    const auto keys = SealKeys::parse(contents);
    return keys ? SealKeyProblem{999, "none"} : keys.error();
}

TEST(SealKeys, StandInTheOrderInWhichTheyAreGiven) {
    const SealKeys keys = keys_of({second_key, first_key});
    ASSERT_EQ(keys.all().size(), 2U);
    EXPECT_EQ(hex_of(keys.first().id()), hex_of(keys_of({second_key}).first().id()));
    EXPECT_EQ(hex_of(keys.all()[1].id()), hex_of(keys_of({first_key}).first().id()));
}

TEST(SealKeys, AreFoundByTheirIds) {
    const SealKeys keys = keys_of({first_key, second_key});
    for (const SealKey& key : keys.all()) EXPECT_EQ(keys.find({key.id().data(), key.id().size()}), &key);
    const KeyId other = keys_of({third_key}).first().id();
    EXPECT_EQ(keys.find({other.data(), other.size()}), nullptr);
    EXPECT_EQ(keys.find(""), nullptr);
}

TEST(SealKeys, AreOneKeyInEachSpelling) {
    const std::string id = hex_of(keys_of({first_key}).first().id());
    EXPECT_EQ(hex_of(keys_of({"yl5EPVO0TgnLhoj9dUP1-uOvLQPcjBu_fuYiik3hGuI"}).first().id()), id);
    EXPECT_EQ(hex_of(keys_of({from_hex(first_key)}).first().id()), id);
}

TEST(SealKeys, AreAtLeastOneAndAtMostEight) {
    EXPECT_EQ(problem_of({}).says, "There is no key to seal with.");
    std::vector<std::string> texts;
    for (int number = 0; number < 9; ++number) texts.push_back(std::string(first_key.substr(0, 62)) + "0" + std::to_string(number));
    std::vector<std::string_view> contents(texts.begin(), texts.end());
    EXPECT_EQ(problem_of(contents).says, "There are 9 keys; at most 8 are expected.");
    contents.pop_back();
    EXPECT_TRUE(SealKeys::parse(contents));
}

TEST(SealKeys, ThatAreGivenTwiceAreRefusedInAnySpelling) {
    const auto problem = problem_of({second_key, first_key, "yl5EPVO0TgnLhoj9dUP1-uOvLQPcjBu_fuYiik3hGuI"});
    EXPECT_EQ(problem.key, 2U);
    EXPECT_EQ(problem.says, "The key is the same as key 2; each is given once.");
}

TEST(SealKeys, TellWhichOfThemIsNoKey) {
    const auto problem = problem_of({first_key, "secret"});
    EXPECT_EQ(problem.key, 1U);
    EXPECT_THAT(problem.says, HasSubstr("The key has 6 octets"));
}

}  // namespace
}  // namespace sidecache::seal
