// What stays when room is needed: S3-FIFO (Yang et al., SOSP'23).
#include "tests/unit/cache/memory/items.hpp"

#include "cache/memory/ghosts.hpp"

#include <gtest/gtest.h>

namespace sidecache::memory {
namespace {

using testing::find_item;
using testing::make_item;

constexpr std::uint64_t capacity = 100;

class EvictionTest : public ::testing::Test {
protected:
    // Numbers below `capacity` / 2, each hit once or more, and moved to the main queue by newcomers that pass through.
    void warm_up() {
        for (std::uint64_t i = 0; i < capacity; ++i) store.put(make_item(i));
        for (int turn = 0; turn < 3; ++turn) {
            for (std::uint64_t i = 0; i < hot; ++i) find_item(store, i);
        }
        for (std::uint64_t i = 0; i < capacity; ++i) store.put(make_item(1'000 + i));
    }
    std::uint64_t hot_ones_left() {
        std::uint64_t left = 0;
        for (std::uint64_t i = 0; i < hot; ++i) left += find_item(store, i) != nullptr;
        return left;
    }
    static constexpr std::uint64_t hot = capacity / 2;
    Store store{{.size = capacity * 1000}};
};
using Eviction = EvictionTest;

TEST_F(Eviction, TakesTheOldestOfThoseNeverHit) {
    for (std::uint64_t i = 0; i < capacity; ++i) store.put(make_item(i));
    store.put(make_item(capacity));
    EXPECT_EQ(find_item(store, 0), nullptr);
    EXPECT_NE(find_item(store, 1), nullptr);
    EXPECT_NE(find_item(store, capacity), nullptr);
}

TEST_F(Eviction, SparesAnEntryThatWasHit) {
    for (std::uint64_t i = 0; i < capacity; ++i) store.put(make_item(i));
    find_item(store, 0);
    for (std::uint64_t i = 0; i < capacity / 2; ++i) store.put(make_item(1'000 + i));
    EXPECT_NE(find_item(store, 0), nullptr);
    EXPECT_EQ(find_item(store, 1), nullptr);
}

TEST_F(Eviction, OfOneHitWondersDoesNotTouchTheHotSet) {
    warm_up();
    ASSERT_EQ(hot_ones_left(), hot);
    for (std::uint64_t i = 0; i < 20 * capacity; ++i) store.put(make_item(10'000 + i));
    EXPECT_EQ(hot_ones_left(), hot);
}

TEST_F(Eviction, ResistsAScanThatReadsEverythingOnce) {
    warm_up();
    for (std::uint64_t i = 0; i < 10 * capacity; ++i) {
        if (find_item(store, 10'000 + i) == nullptr) store.put(make_item(10'000 + i));
        find_item(store, i % hot);
    }
    EXPECT_EQ(hot_ones_left(), hot);
}

TEST_F(Eviction, LetsTheHotSetGoWhenItIsHotNoMore) {
    warm_up();
    // A new working set, each read several times: the old one is not asked for again.
    for (int turn = 0; turn < 8; ++turn) {
        for (std::uint64_t i = 0; i < capacity * 9 / 10; ++i) {
            if (find_item(store, 20'000 + i) == nullptr) store.put(make_item(20'000 + i));
        }
    }
    std::uint64_t left = 0;
    for (std::uint64_t i = 0; i < capacity * 9 / 10; ++i) left += find_item(store, 20'000 + i) != nullptr;
    EXPECT_GT(left, capacity * 8 / 10);
}

TEST_F(Eviction, RemembersWhomItEvictedNotLongAgo) {
    warm_up();
    const std::uint64_t newcomer = 500;
    store.put(make_item(newcomer));
    for (std::uint64_t i = 0; i < capacity; ++i) store.put(make_item(30'000 + i));
    ASSERT_EQ(find_item(store, newcomer), nullptr);
    store.put(make_item(newcomer));  // came back: to the main queue
    for (std::uint64_t i = 0; i < 2 * capacity; ++i) store.put(make_item(40'000 + i));
    EXPECT_NE(find_item(store, newcomer), nullptr);
}

TEST(Ghost, IsRecalledOnce) {
    Ghosts ghosts(4);
    ghosts.remember(1);
    EXPECT_TRUE(ghosts.recall(1));
    EXPECT_FALSE(ghosts.recall(1));
    EXPECT_FALSE(ghosts.recall(2));
}

TEST(Ghost, IsForgottenOverTheLimitOldestFirst) {
    Ghosts ghosts(4);
    for (std::uint64_t hash = 1; hash <= 5; ++hash) ghosts.remember(hash);
    EXPECT_FALSE(ghosts.recall(1));
    for (std::uint64_t hash = 2; hash <= 5; ++hash) EXPECT_TRUE(ghosts.recall(hash));
}

TEST(Ghost, ThatIsRememberedAgainIsAsYoungAsItsLastEviction) {
    Ghosts ghosts(4);
    ghosts.remember(1);
    ASSERT_TRUE(ghosts.recall(1));
    for (std::uint64_t hash = 2; hash <= 4; ++hash) ghosts.remember(hash);
    ghosts.remember(1);  // evicted anew: the youngest of four
    EXPECT_TRUE(ghosts.recall(1));
}

TEST(Ghosts, OfAsManyAsTheyHavePlacesForAreMostlyRecalled) {
    constexpr std::uint64_t limit = 4096;
    Ghosts ghosts(limit);
    for (std::uint64_t i = 0; i < 3 * limit; ++i) ghosts.remember(testing::hash_of(i).low);
    std::uint64_t young = 0;
    std::uint64_t old = 0;
    for (std::uint64_t i = 0; i < 2 * limit; ++i) old += ghosts.recall(testing::hash_of(i).low);
    for (std::uint64_t i = 2 * limit; i < 3 * limit; ++i) young += ghosts.recall(testing::hash_of(i).low);
    EXPECT_EQ(old, 0u);
    EXPECT_GT(young, limit * 8 / 10);
}

TEST_F(Eviction, DoesNotSpareAnEntryThatWasOnlyLookedAt) {
    for (std::uint64_t i = 0; i < capacity; ++i) store.put(make_item(i));
    EXPECT_NE(store.peek(testing::hash_of(0)), nullptr);
    for (std::uint64_t i = 0; i < capacity / 2; ++i) store.put(make_item(1'000 + i));
    EXPECT_EQ(store.peek(testing::hash_of(0)), nullptr);
}

}  // namespace
}  // namespace sidecache::memory
