#include "cache/seal/name.hpp"

#include "tests/unit/cache/seal/sealing.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace sidecache::seal {
namespace {

constexpr std::string_view key_text = "GET api.example.org /api/doctors/1/";

TEST(Name, IsTheSameForTheSameTextAndKeyInEveryThreadAndProcess) {
    const SealKeys keys = keys_of({first_key});
    EXPECT_EQ(name_of(keys, key_text)->view(), "9HIyeKMpEl87t0jnq6MqXUHwkBw");  // as Python's hmac makes it (known_answers_test.cpp tells how)
    std::string there;
    std::thread([&] { there = name_of(keys, key_text)->view(); }).join();
    EXPECT_EQ(there, "9HIyeKMpEl87t0jnq6MqXUHwkBw");
}

TEST(Name, DiffersWhereTextOrKeyDiffer) {
    const SealKeys keys = keys_of({first_key});
    const SealKeys others = keys_of({second_key});
    std::set<std::string> names;
    for (const std::string_view text : {std::string_view(""), std::string_view("\0", 1), key_text, key_text.substr(1)}) {
        names.emplace(name_of(keys, text)->view());
        names.emplace(name_of(others, text)->view());
    }
    EXPECT_EQ(names.size(), 8U);
}

TEST(Name, HasOneLengthAndNothingThatRedisReadsAsMoreThanAName) {
    const SealKeys keys = keys_of({first_key});
    for (std::size_t size = 0; size < 200; ++size) {
        const auto name = name_of(keys, std::string(size, 'x'));
        ASSERT_TRUE(name);
        EXPECT_EQ(name->view().size(), 27U);
        EXPECT_EQ(name->view().find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), std::string_view::npos);
    }
}

TEST(Name, AfterARotationIsMadeByTheFirstKeyAndStillFoundByTheOlder) {
    const SealKeys before = keys_of({first_key});
    const SealKeys after = keys_of({second_key, first_key});
    EXPECT_NE(*name_of(before, key_text), *name_of(after, key_text));
    const auto names = names_of(after, key_text);
    ASSERT_TRUE(names);
    ASSERT_EQ(names->all().size(), 2U);
    EXPECT_EQ(names->current(), *name_of(after, key_text));
    ASSERT_EQ(names->older().size(), 1U);
    EXPECT_EQ(names->older()[0], *name_of(before, key_text));
}

TEST(Name, BeforeARotationIsAlreadyFoundUnderTheKeyThatIsToCome) {
    const SealKeys announced = keys_of({first_key, second_key});
    const SealKeys rotated = keys_of({second_key, first_key});
    EXPECT_EQ(names_of(announced, key_text)->older()[0], names_of(rotated, key_text)->current());
}

TEST(Name, OfOneKeyIsAlone) {
    const auto names = names_of(keys_of({first_key}), key_text);
    ASSERT_TRUE(names);
    EXPECT_EQ(names->all().size(), 1U);
    EXPECT_TRUE(names->older().empty());
}

}  // namespace
}  // namespace sidecache::seal
