#include "cache/fill/uncacheable.hpp"

#include <gtest/gtest.h>

namespace sidecache::fill {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::steady_clock::time_point;

constexpr policy::Hash128 key{5, 77};
const Time now{std::chrono::seconds(1'000)};

TEST(UncacheableKeys, AreKnownUntilTheTimeIsOver) {
    Uncacheable keys(64);
    EXPECT_FALSE(keys.knows(key, now));
    keys.remember(key, now, now + 10s, policy::Storage::no_store);
    EXPECT_TRUE(keys.knows(key, now));
    EXPECT_TRUE(keys.knows(key, now + 9s));
    EXPECT_FALSE(keys.knows(key, now + 11s));
}

TEST(UncacheableKeys, AreRememberedWithTheReasonAndTheTimeThatIsLeft) {
    Uncacheable keys(64);
    for (const policy::Storage why : {policy::Storage::no_store, policy::Storage::set_cookie, policy::Storage::too_large}) {
        keys.remember(key, now, now + 10s, why);
        const auto known = keys.find(key, now + 3s);
        ASSERT_TRUE(known);
        EXPECT_EQ(policy::name_of(known->why), policy::name_of(why));
        EXPECT_EQ(known->left, 7s);
    }
    EXPECT_FALSE(keys.find(key, now + 10s));
}

TEST(UncacheableKeys, OfMixedAnswersStayThatWhileTheyAreRemembered) {
    Uncacheable keys(64);
    keys.note_mixed(key);  // of nothing
    keys.remember(key, now, now + 10s, policy::Storage::no_store);
    EXPECT_FALSE(keys.find(key, now)->is_mixed);
    keys.note_mixed({5, 78});  // another one of this slot
    EXPECT_FALSE(keys.find(key, now)->is_mixed);
    keys.note_mixed(key);
    EXPECT_TRUE(keys.find(key, now)->is_mixed);
    EXPECT_EQ(policy::name_of(keys.find(key, now)->why), policy::name_of(policy::Storage::no_store));
    keys.remember(key, now + 9s, now + 19s, policy::Storage::set_cookie);
    EXPECT_TRUE(keys.find(key, now + 9s)->is_mixed);
    EXPECT_EQ(policy::name_of(keys.find(key, now + 9s)->why), policy::name_of(policy::Storage::set_cookie));
    keys.remember(key, now + 20s, now + 30s, policy::Storage::no_store);
    EXPECT_FALSE(keys.find(key, now + 20s)->is_mixed);
}

TEST(UncacheableKeys, AreForgottenOnceTheyCanBeStored) {
    Uncacheable keys(64);
    keys.remember(key, now, now + 10s, policy::Storage::no_store);
    keys.forget(key);
    EXPECT_FALSE(keys.knows(key, now));
}

TEST(UncacheableKeys, AreForgottenOnCollisionAndNeverMistakenForEachOther) {
    Uncacheable keys(64);
    keys.remember(key, now, now + 10s, policy::Storage::no_store);
    const policy::Hash128 same_slot{5 + 64, 78};
    EXPECT_FALSE(keys.knows(same_slot, now));
    keys.remember(same_slot, now, now + 10s, policy::Storage::no_store);
    EXPECT_TRUE(keys.knows(same_slot, now));
    EXPECT_FALSE(keys.knows(key, now));
}

TEST(UncacheableKeys, MayBeAnyNumberAtLeastOne) {
    Uncacheable keys(1);
    keys.remember(key, now, now + 10s, policy::Storage::no_store);
    EXPECT_TRUE(keys.knows(key, now));
    Uncacheable odd(100);  // rounded up
    odd.remember({127, 9}, now, now + 10s, policy::Storage::no_store);
    EXPECT_TRUE(odd.knows({127, 9}, now));
}

}  // namespace
}  // namespace sidecache::fill
