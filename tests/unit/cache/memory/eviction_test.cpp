// What stays when room is needed: S3-FIFO (Yang et al., SOSP'23).
#include "tests/unit/cache/memory/items.hpp"

#include "cache/memory/ghosts.hpp"

#include <gtest/gtest.h>

#include <array>

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

TEST_F(Eviction, LeavesInItsPlaceWhatIsReplacedAndItsHitsWithIt) {
    for (std::uint64_t i = 0; i + 1 < capacity; ++i) store.put(make_item(i));
    find_item(store, 1);
    for (std::uint64_t i = 0; i < 4; ++i) store.put(make_item(i));  // as a write makes every one of them be fetched again
    for (std::uint64_t i = 1'000; i < 1'003; ++i) store.put(make_item(i));
    EXPECT_EQ(find_item(store, 0), nullptr) << "it is the oldest still";
    EXPECT_NE(find_item(store, 1), nullptr) << "it was hit";
    EXPECT_EQ(find_item(store, 2), nullptr);
    EXPECT_NE(find_item(store, 3), nullptr);
}

TEST_F(Eviction, LeavesInTheMainQueueWhatIsReplacedThere) {
    warm_up();
    store.erase(testing::hash_of(1'000 + capacity - 1));  // room for both, the old one and the new one
    for (std::uint64_t i = 0; i < hot; ++i) store.put(make_item(i));
    for (std::uint64_t i = 0; i < 20 * capacity; ++i) store.put(make_item(10'000 + i));
    EXPECT_EQ(hot_ones_left(), hot);
}

TEST(EvictionFromShards, TakesFromTheFullerOfTheOwnAndTheNextSoThatNoneShrinks) {
    constexpr std::size_t shards = 4;
    Store store({.size = 400'000}, shards);
    for (std::uint64_t i = 0; i < 400; ++i) store.put(make_item(i, testing::item_size, i % shards));
    // Much arrives at shard 0 that is not put there, as where its fills fail.
    for (std::uint64_t i = 0; i < 200; ++i) {
        Store::Reservation arriving(store, testing::hash_of(9'999, 0));
        arriving.cover(20'000);
        arriving.release();
        for (std::uint64_t shard = 0; shard < shards; ++shard) {
            for (std::uint64_t each = 0; each < 5; ++each) store.put(make_item(1'000 + i * 20 + shard * 5 + each, testing::item_size, shard));
        }
    }
    std::array<std::uint64_t, shards> held{};
    for (std::uint64_t i = 0; i < 200 * 20; ++i) held[i / 5 % shards] += find_item(store, 1'000 + i, i / 5 % shards) != nullptr;
    for (const std::uint64_t each : held) EXPECT_NEAR(static_cast<double>(each), 100, 15);
}

class Admission : public ::testing::Test {
protected:
    Admission() {
        for (std::uint64_t i = 0; i < capacity; ++i) store.put(make_item(i));
    }
    bool admit(std::uint64_t number, std::size_t bytes) { return store.admit(testing::hash_of(number), bytes); }
    Store store{{.size = capacity * 1000}};
};

TEST_F(Admission, IsOfWhoTakesTheRoomOfTwoForEachMiss) {
    EXPECT_TRUE(admit(500, 2'000));
    EXPECT_EQ(store.stats().refusals, 0u);
    for (int refused = 0; refused < 3; ++refused) EXPECT_FALSE(admit(501, 8'000)) << refused;
    EXPECT_TRUE(admit(501, 8'000));
    EXPECT_TRUE(admit(501, 8'000)) << "it has not been put yet";
    EXPECT_FALSE(admit(501, 8'001));
    EXPECT_EQ(store.stats().refusals, 4u);
    EXPECT_EQ(store.stats().entries, capacity) << "nobody went for it";
}

TEST_F(Admission, IsAskedOfNobodyWhileThereIsRoom) {
    for (std::uint64_t i = 0; i < 10; ++i) store.erase(testing::hash_of(i));
    EXPECT_TRUE(admit(500, 10'000));
    EXPECT_FALSE(admit(500, 10'001));
}

TEST_F(Admission, IsNotAskedOfWhatIsInThere) { EXPECT_TRUE(admit(5, 50'000)); }

TEST(AdmissionOfWhatIsVeryLarge, ComesWithTheMostMissesThatAreCounted) {
    Store store({.size = 1'000'000});
    for (std::uint64_t i = 0; i < 10'000; ++i) store.put(make_item(i, 100 - index_overhead));
    for (int refused = 1; refused < Ghosts::most_misses; ++refused) ASSERT_FALSE(store.admit(testing::hash_of(50'000), 900'000)) << refused;
    EXPECT_TRUE(store.admit(testing::hash_of(50'000), 900'000));
}

TEST_F(Admission, CountsAllWhoWait) {
    EXPECT_FALSE(store.admit(testing::hash_of(500), 20'000, 4));
    EXPECT_FALSE(store.admit(testing::hash_of(500), 20'000, 5));
    EXPECT_TRUE(store.admit(testing::hash_of(500), 20'000, 1));
}

TEST_F(Admission, GoesWithAnEntryAndIsRememberedWhenItIsEvicted) {
    for (int refused = 0; refused < 3; ++refused) ASSERT_FALSE(admit(501, 8'000));
    ASSERT_TRUE(admit(501, 8'000));
    store.put(make_item(501, 8'000 - index_overhead));  // in the main queue, as it was missed before
    for (std::uint64_t i = 0; i < 3 * capacity; ++i) store.put(make_item(1'000 + i));
    EXPECT_NE(find_item(store, 501), nullptr);

    ASSERT_TRUE(admit(502, 1'000));
    store.put(make_item(502));  // a newcomer that was missed once, and goes
    for (std::uint64_t i = 0; i < capacity; ++i) store.put(make_item(2'000 + i));
    ASSERT_EQ(find_item(store, 502), nullptr);
    EXPECT_TRUE(admit(502, 4'000)) << "two misses: this one and the one before";
}

TEST_F(Admission, DoesNotCountTwiceWhatIsArriving) {
    for (std::uint64_t i = 0; i < 10; ++i) store.erase(testing::hash_of(i));
    Store::Reservation arriving(store, testing::hash_of(500));
    arriving.cover(6'000);
    EXPECT_TRUE(store.admit(testing::hash_of(500), 9'000, 1, arriving.bytes())) << "there is room for it";
    EXPECT_FALSE(store.admit(testing::hash_of(500), 10'001, 1, arriving.bytes()));
}

TEST(AdmissionBesideNotes, IsByTheMeanOfContents) {
    Store store({.size = 100'000});
    for (std::uint64_t i = 0; i < 90; ++i) {
        store.put(make_item(i));
        store.put(make_entry<testing::Item>(testing::hash_of(1'000 + i), testing::key_of(1'000 + i), 50, 0, Time::max(), true));
    }
    while (store.stats().evictions == 0) store.put(make_item(5'000 + store.stats().insertions));
    EXPECT_TRUE(store.admit(testing::hash_of(9'000), 2'000));
    EXPECT_FALSE(store.admit(testing::hash_of(9'000), 2'500));
}

TEST(Ghost, IsRecalledOnceWithItsMisses) {
    Ghosts ghosts(8);
    ghosts.remember(1, 3);
    EXPECT_EQ(ghosts.misses(1), 3);
    EXPECT_EQ(ghosts.misses(1), 3);
    EXPECT_EQ(ghosts.recall(1), 3);
    EXPECT_EQ(ghosts.recall(1), 0);
    EXPECT_EQ(ghosts.misses(1), 0);
    EXPECT_EQ(ghosts.recall(2), 0);
}

TEST(Ghost, IsForgottenOverTheLimitOldestFirst) {
    Ghosts ghosts(8);
    ghosts.limit(4);
    for (std::uint64_t hash = 1; hash <= 5; ++hash) ghosts.remember(hash, 1);
    EXPECT_EQ(ghosts.recall(1), 0);
    for (std::uint64_t hash = 2; hash <= 5; ++hash) EXPECT_EQ(ghosts.recall(hash), 1);
}

TEST(Ghost, ThatIsRememberedAgainIsAsYoungAsItsLastEviction) {
    Ghosts ghosts(8);
    ghosts.limit(4);
    ghosts.remember(1, 1);
    for (std::uint64_t hash = 2; hash <= 4; ++hash) ghosts.remember(hash, 1);
    ghosts.remember(1, 2);
    ghosts.remember(5, 1);
    EXPECT_EQ(ghosts.recall(1), 2);
}

TEST(Ghosts, OfAsManyAsTheyHavePlacesForAreMostlyRecalled) {
    constexpr std::uint64_t limit = 4096;
    Ghosts ghosts(limit);
    for (std::uint64_t i = 0; i < 3 * limit; ++i) ghosts.remember(testing::hash_of(i).low, 1);
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
