#include "tests/unit/cache/memory/items.hpp"

#include <gtest/gtest.h>

namespace sidecache::memory {
namespace {

using testing::find_item;
using testing::hash_of;
using testing::Item;
using testing::item_size;
using testing::make_item;
using testing::version_of;

class StoreTest : public ::testing::Test {
protected:
    Store store{{.size = 10'000}};
};
using Find = StoreTest;
using Put = StoreTest;
using Budget = StoreTest;
using Erase = StoreTest;

TEST_F(Find, ComparesTheWholeKeyAndNotOnlyItsHash) {
    const policy::Hash128 hash{1, 2};
    store.put(new Item(hash, "GET /patients", 100));
    EXPECT_NE(store.find(hash, "GET /patients"), nullptr);
    EXPECT_EQ(store.find(hash, "GET /doctors"), nullptr);
    EXPECT_EQ(store.find(hash, "GET /patient"), nullptr);
    EXPECT_EQ(store.find(hash, ""), nullptr);
}

TEST_F(Find, KnowsTwoKeysWithOneHashByTheirTextOnly) {
    const policy::Hash128 hash{1, 2};
    store.put(new Item(hash, "one", 100));
    store.put(new Item(hash, "two", 100));  // takes its place: a miss for the first, never a wrong answer
    EXPECT_EQ(store.find(hash, "one"), nullptr);
    ASSERT_NE(store.find(hash, "two"), nullptr);
    EXPECT_EQ(store.find(hash, "two")->key(), "two");
    EXPECT_EQ(store.stats().entries, 1u);
}

TEST_F(Find, KnowsHashesApartThatAgreeInOneHalf) {
    store.put(new Item({1, 2}, "key", 100, 1));
    store.put(new Item({1, 2 + 64}, "key", 100, 2));
    store.put(new Item({3, 2}, "key", 100, 3));
    EXPECT_EQ(version_of(store.find({1, 2}, "key")), 1);
    EXPECT_EQ(version_of(store.find({1, 66}, "key")), 2);
    EXPECT_EQ(version_of(store.find({3, 2}, "key")), 3);
}

TEST_F(Find, KeepsWhatItFoundAliveWhenItIsReplacedOrEvicted) {
    store.put(make_item(1));
    const EntryPtr found = find_item(store, 1);
    store.erase(hash_of(1));
    EXPECT_EQ(found->key(), "key 1");
}

TEST_F(Put, ReplacesTheEntryOfTheSameKey) {
    store.put(make_item(1, 500, 0, 1));
    store.put(make_item(1, 700, 0, 2));
    EXPECT_EQ(version_of(find_item(store, 1)), 2);
    EXPECT_EQ(store.stats().entries, 1u);
    EXPECT_EQ(store.stats().bytes, 700 + index_overhead);
}

TEST_F(Put, LeavesTheEntryThatMayNotBeReplaced) {
    store.put(make_item(1, 500, 0, 1));
    const Entry* asked = nullptr;
    EXPECT_FALSE(store.put(make_item(1, 700, 0, 2), [&](const Entry& present) {
        asked = &present;
        return false;
    }));
    EXPECT_EQ(asked, find_item(store, 1).get());
    EXPECT_EQ(version_of(find_item(store, 1)), 1);
    EXPECT_EQ(store.stats().bytes, 500 + index_overhead);
    EXPECT_EQ(store.stats().insertions, 1u);
}

TEST_F(Put, AsksNobodyWhereTheKeyIsFree) {
    bool is_asked = false;
    EXPECT_TRUE(store.put(make_item(1), [&](const Entry&) { return is_asked = true; }));
    EXPECT_FALSE(is_asked);
}

TEST_F(Put, OfAnEntryThatIsInThereAlreadyChangesNothing) {
    const EntryPtr item = make_item(1);
    store.put(item);
    EXPECT_TRUE(store.put(item));
    EXPECT_EQ(find_item(store, 1), item);
    EXPECT_EQ(store.stats().bytes, 1000u);
    EXPECT_EQ(store.stats().entries, 1u);
}

TEST_F(Budget, IsABoundAfterEveryPut) {
    for (std::uint64_t i = 0; i < 2'000; ++i) {
        store.put(make_item(i, 100 + i % 17 * 100, i % 64));
        ASSERT_LE(store.stats().bytes, 10'000u) << "after put " << i;
    }
}

TEST_F(Budget, IsABoundWhereOneKeyGrows) {
    for (std::uint64_t i = 0; i < 10; ++i) store.put(make_item(i, item_size, i));
    store.put(make_item(3, 5'000, 3));
    EXPECT_LE(store.stats().bytes, 10'000u);
}

TEST_F(Budget, CountsTheIndexToo) {
    store.put(make_item(1, 0));
    EXPECT_EQ(store.stats().bytes, index_overhead);
}

TEST_F(Budget, IsSharedByAllShards) {
    for (std::uint64_t i = 0; i < 5; ++i) store.put(make_item(i, item_size, i));
    store.put(make_item(9, 4'900, 9));  // far more than a 64th
    EXPECT_NE(find_item(store, 9, 9), nullptr);
    EXPECT_EQ(store.stats().evictions, 0u);
}

TEST_F(Budget, OfZeroKeepsNothing) {
    Store none({.size = 0});
    none.put(make_item(1));
    EXPECT_EQ(none.stats().bytes, 0u);
    EXPECT_EQ(none.stats().entries, 0u);
}

TEST_F(Budget, KeepsNothingLargerThanItselfAndEvictsNobodyForIt) {
    for (std::uint64_t i = 0; i < 5; ++i) store.put(make_item(i, item_size, i));
    store.put(make_item(9, 20'000, 9));
    EXPECT_EQ(find_item(store, 9, 9), nullptr);
    EXPECT_LE(store.stats().bytes, 10'000u);
    for (std::uint64_t i = 0; i < 5; ++i) EXPECT_NE(find_item(store, i, i), nullptr) << "evicted for nothing: " << i;
}

TEST_F(Budget, HasRoomForANewcomerAlsoWhereItIsAloneInItsShard) {
    for (std::uint64_t i = 0; i < 10; ++i) store.put(make_item(i, item_size, i));
    store.put(make_item(50, item_size, 50));
    EXPECT_NE(find_item(store, 50, 50), nullptr);
    EXPECT_EQ(store.stats().entries, 10u);
}

TEST_F(Erase, GivesItsBytesBack) {
    store.put(make_item(1));
    store.put(make_item(2));
    store.erase(hash_of(1));
    EXPECT_EQ(find_item(store, 1), nullptr);
    EXPECT_NE(find_item(store, 2), nullptr);
    EXPECT_EQ(store.stats().bytes, 1000u);
    EXPECT_EQ(store.stats().entries, 1u);
}

TEST_F(Erase, OfWhatIsNotThereDoesNothing) {
    store.put(make_item(1));
    store.erase(hash_of(2));
    EXPECT_EQ(store.stats().bytes, 1000u);
}

TEST_F(StoreTest, TellsWhatItHoldsAndDid) {
    for (std::uint64_t i = 0; i < 15; ++i) store.put(make_item(i));
    const Stats stats = store.stats();
    EXPECT_EQ(stats.budget, 10'000u);
    EXPECT_EQ(stats.bytes, 10'000u);
    EXPECT_EQ(stats.entries, 10u);
    EXPECT_EQ(stats.insertions, 15u);
    EXPECT_EQ(stats.evictions, 5u);
}

}  // namespace
}  // namespace sidecache::memory
