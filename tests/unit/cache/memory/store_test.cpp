#include "tests/unit/cache/memory/items.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

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
    store.put(make_entry<Item>(hash, "GET /patients", 100));
    EXPECT_NE(store.find(hash, "GET /patients"), nullptr);
    EXPECT_EQ(store.find(hash, "GET /doctors"), nullptr);
    EXPECT_EQ(store.find(hash, "GET /patient"), nullptr);
    EXPECT_EQ(store.find(hash, ""), nullptr);
}

// An attacker may find such keys: nobody is found or erased for another.
TEST_F(Find, KnowsTwoKeysWithOneHashByTheirTextOnly) {
    const policy::Hash128 hash{1, 2};
    const EntryPtr one = make_entry<Item>(hash, "one", 100);
    const EntryPtr two = make_entry<Item>(hash, "two", 100);
    store.put(one);
    store.put(two);
    EXPECT_EQ(store.find(hash, "one"), one);
    EXPECT_EQ(store.find(hash, "two"), two);
    EXPECT_EQ(store.peek(hash, "one"), one);
    EXPECT_EQ(store.peek(hash, "two"), two);
    EXPECT_TRUE(store.erase(*two));
    EXPECT_EQ(store.find(hash, "one"), one);
    EXPECT_EQ(store.find(hash, "two"), nullptr);
    EXPECT_EQ(store.peek(hash), one) << "by the hash alone, whichever";
}

TEST_F(Find, KnowsHashesApartThatAgreeInOneHalf) {
    store.put(make_entry<Item>({1ULL << 40, 2}, "key", 100, 1));
    store.put(make_entry<Item>({3ULL << 40, 2}, "key", 100, 3));
    EXPECT_EQ(version_of(store.find({1ULL << 40, 2}, "key")), 1);
    EXPECT_EQ(version_of(store.find({3ULL << 40, 2}, "key")), 3);
    store.put(make_entry<Item>({1, 4}, "one", 100));
    store.put(make_entry<Item>({1, 5}, "two", 100));
    EXPECT_EQ(store.peek({1, 4})->key(), "one");
    EXPECT_EQ(store.peek({1, 5})->key(), "two");
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
    Store store({.size = 10'000}, 64);
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

TEST_F(Budget, IsNotMadeRoomInForWhatIsReplacedInPlace) {
    Store store({.size = 10'000}, 1);
    for (std::uint64_t i = 0; i < 10; ++i) store.put(make_item(i));
    for (std::uint64_t i = 0; i < 10; ++i) EXPECT_TRUE(store.put(make_item(i, item_size, 0, 2)));
    for (std::uint64_t i = 0; i < 10; ++i) EXPECT_TRUE(store.put(make_item(i, item_size - 100, 0, 3)));
    EXPECT_EQ(store.stats().evictions, 0u);
    EXPECT_EQ(store.stats().bytes, 9'000u);
    EXPECT_TRUE(store.put(make_item(3, item_size + 800, 0, 4))) << "1,000 bytes are left, and it takes 900 more";
    EXPECT_EQ(store.stats().evictions, 0u);
    EXPECT_TRUE(store.put(make_item(4, item_size + 800, 0, 4))) << "and here somebody has to go";
    EXPECT_EQ(store.stats().evictions, 1u);
    EXPECT_LE(store.stats().bytes, 10'000u);
}

TEST_F(Budget, HoldsWhereWhatIsReplacedWasEvictedForIt) {
    Store store({.size = 3'000}, 1);
    for (std::uint64_t i = 0; i < 3; ++i) store.put(make_item(i));
    EXPECT_TRUE(store.put(make_item(0, 2'500 - index_overhead, 0, 2)));  // the oldest, which goes first
    EXPECT_LE(store.stats().bytes, 3'000u);
    EXPECT_FALSE(store.put(make_item(1, 3'001 - index_overhead))) << "more than there is";
    EXPECT_LE(store.stats().bytes, 3'000u);
}

TEST_F(Budget, CountsTheIndexToo) {
    store.put(make_item(1, 0));
    EXPECT_EQ(store.stats().bytes, index_overhead);
}

TEST_F(Budget, IsSharedByAllShards) {
    Store store({.size = 10'000}, 64);
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
    Store store({.size = 10'000}, 64);
    for (std::uint64_t i = 0; i < 10; ++i) store.put(make_item(i, item_size, i));
    store.put(make_item(50, item_size, 50));
    EXPECT_NE(find_item(store, 50, 50), nullptr);
    EXPECT_EQ(store.stats().entries, 10u);
}

TEST_F(Budget, CountsWhatIsArrivingToo) {
    for (std::uint64_t i = 0; i < 10; ++i) store.put(make_item(i));
    ASSERT_EQ(store.stats().bytes, 10'000u);
    {
        Store::Reservation arriving(store, testing::hash_of(99));
        arriving.cover(2'500);
        EXPECT_EQ(store.stats().entries, 7u);
        EXPECT_EQ(store.stats().bytes, 9'500u);
        arriving.cover(2'000);  // that is covered
        EXPECT_EQ(store.stats().bytes, 9'500u);
        arriving.cover(20'000);  // more than there is
        EXPECT_EQ(store.stats().bytes, 9'500u);
        arriving.release();  // it is kept no longer
        EXPECT_EQ(store.stats().bytes, 7'000u);
        arriving.cover(1'000);
        EXPECT_EQ(store.stats().bytes, 8'000u);
    }
    EXPECT_EQ(store.stats().bytes, 7'000u);
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

TEST_F(Erase, OfOneEntryTellsWhetherItStoodThere) {
    const EntryPtr one = make_item(1, 500, 0, 1);
    const EntryPtr other = make_item(1, 500, 0, 2);
    store.put(one);
    store.put(other);
    EXPECT_FALSE(store.erase(*one)) << "another stands in its place";
    EXPECT_EQ(find_item(store, 1), other);
    EXPECT_TRUE(store.erase(*other));
    EXPECT_FALSE(store.erase(*other));
    EXPECT_EQ(store.stats().bytes, 0u);
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

constexpr auto anything = [](std::uint16_t) { return true; };

TEST(LookingThroughAStore, ShowsEachEntryOnceInItsShard) {
    constexpr std::size_t shards = 4;
    Store store({.size = 1'000'000}, shards);
    EXPECT_EQ(store.shards(), shards);
    EXPECT_EQ(store.largest_shard(), 0u);
    for (std::uint64_t number = 0; number < 60; ++number) store.put(make_item(number, 100, number % 3));  // nothing in the last
    for (std::uint64_t number = 60; number < 65; ++number) store.put(make_item(number, 100, 1));
    EXPECT_EQ(store.largest_shard(), 25u);
    const std::vector<std::size_t> sizes{20, 25, 20, 0};
    std::multiset<std::string> shown;
    for (std::size_t shard = 0; shard < shards; ++shard) {
        std::size_t looked_at = 0;
        const std::size_t size = store.look_through(shard, anything, [&](const Entry& entry) {
            EXPECT_EQ(entry.place().shard % shards, shard);
            shown.emplace(entry.key());
            ++looked_at;
        });
        EXPECT_EQ(size, sizes[shard]);
        EXPECT_EQ(looked_at, size);
    }
    for (std::uint64_t number = 0; number < 65; ++number) EXPECT_EQ(shown.count(testing::key_of(number)), 1u) << number;
}

TEST(LookingThroughAStore, CountsAsNoHit) {
    Store store({.size = 2'000}, 1);
    store.put(make_item(1));
    store.put(make_item(2));
    store.look_through(0, anything, [](const Entry&) {});
    store.put(make_item(3));
    EXPECT_EQ(find_item(store, 1), nullptr);
}

using Sweep = StoreTest;

const Time noon{std::chrono::hours(12)};

EntryPtr kept_until(std::uint64_t number, Time time, std::uint64_t shard = 0) { return make_entry<Item>(hash_of(number, shard), testing::key_of(number), item_size, 0, time); }

void sweep_all(Store& store, Time now) {
    for (std::size_t step = 0; step < Store::sweep_steps; ++step) store.sweep(now);
}

TEST_F(Sweep, TakesWhatIsKeptNoLongerAndNothingElse) {
    Store store({.size = 10'000}, 64);
    store.put(kept_until(1, noon));
    store.put(kept_until(2, noon + std::chrono::seconds(1)));
    store.put(kept_until(3, noon - std::chrono::hours(1), 17));
    sweep_all(store, noon);
    EXPECT_EQ(find_item(store, 1), nullptr);
    EXPECT_NE(find_item(store, 2), nullptr);
    EXPECT_EQ(find_item(store, 3, 17), nullptr);
    EXPECT_EQ(store.stats().expirations, 2u);
    EXPECT_EQ(store.stats().bytes, 1000u);
}

class EndableItem final : public Entry {
public:
    EndableItem(Room, policy::Hash128 hash, std::string_view key, const bool& has_ended) : Entry(hash, key, Time::max(), sizeof(EndableItem)), has_ended_(has_ended) {}
    bool is_ended() const noexcept override { return has_ended_; }
    std::size_t charge() const noexcept override { return item_size; }

private:
    const bool& has_ended_;
};

EntryPtr make_endable(std::uint64_t number, const bool& has_ended) { return make_entry<EndableItem>(hash_of(number), testing::key_of(number), has_ended); }

TEST(AFullStore, GivesUpWhatHasEndedHoweverOftenItWasFound) {
    bool has_ended = false;
    const bool never = false;
    Store store({.size = 10'000}, 1);
    for (std::uint64_t number = 0; number < 5; ++number) store.put(make_endable(number, has_ended));
    for (std::uint64_t number = 5; number < 10; ++number) store.put(make_endable(number, never));
    for (int hit = 0; hit < 3; ++hit) {
        for (std::uint64_t number = 0; number < 10; ++number) EXPECT_NE(find_item(store, number), nullptr);
    }
    has_ended = true;
    for (std::uint64_t number = 10; number < 15; ++number) store.put(make_endable(number, never));
    for (std::uint64_t number = 0; number < 15; ++number) EXPECT_EQ(find_item(store, number) != nullptr, number >= 5) << number;
}

TEST_F(Sweep, TakesWhatHasEndedBeforeItsTime) {
    bool has_ended = false;
    const bool never = false;
    store.put(make_endable(1, has_ended));
    store.put(make_endable(2, never));
    sweep_all(store, noon);
    EXPECT_EQ(store.stats().entries, 2u);
    has_ended = true;
    EXPECT_NE(find_item(store, 1), nullptr) << "the caller tells";
    sweep_all(store, noon);
    EXPECT_EQ(find_item(store, 1), nullptr);
    EXPECT_NE(find_item(store, 2), nullptr);
    EXPECT_EQ(store.stats().expirations, 1u);
    EXPECT_EQ(store.stats().bytes, 1000u);
}

TEST_F(Sweep, GivesItsRoomToNewcomers) {
    for (std::uint64_t number = 0; number < 10; ++number) store.put(kept_until(number, noon));
    sweep_all(store, noon);
    for (std::uint64_t number = 10; number < 20; ++number) store.put(make_item(number));
    EXPECT_EQ(store.stats().evictions, 0u);
    EXPECT_EQ(store.stats().entries, 10u);
}

TEST(SweepOfALargeStore, SeesAllOfAShardAndOfBothItsQueues) {
    constexpr std::uint64_t many = 2000;  // several locks' worth
    Store store{{.size = (many + 500) * 1000}};
    for (std::uint64_t number = 0; number < many; ++number) store.put(kept_until(number, number % 2 == 0 ? noon : noon + std::chrono::hours(1)));
    for (std::uint64_t number = 0; number < many; number += 3) find_item(store, number);            // these move to main
    for (std::uint64_t number = many; number < many + 1000; ++number) store.put(make_item(number));  // as room is made for these
    const std::size_t evicted = store.stats().evictions;
    ASSERT_GT(evicted, 0u);
    sweep_all(store, noon);
    for (std::uint64_t number = 0; number < many; number += 2) EXPECT_EQ(find_item(store, number), nullptr) << number;
    EXPECT_GE(store.stats().entries, many / 2 - evicted + 1000);
}

// Between two looks of the sweep, what it goes on from may be moved, replaced, evicted or erased.
TEST(SweepOfALargeStore, GoesOnWhateverBecomesOfItsPlace) {
    Shard shard(64);
    Removed removed;
    std::size_t given_back = 0;
    const auto put = [&](const EntryPtr& entry) { shard.put(entry, [](const Entry&) { return true; }, given_back, removed); };
    for (int round = 0; round < 3; ++round) {
        for (std::uint64_t number = 0; number < 60; ++number) put(kept_until(number, number % 3 == 0 ? noon : Time::max()));
        for (std::uint64_t number = 0; number < 60; ++number) {
            shard.sweep(noon, 1, removed);
            const std::uint64_t next = 59 - number;
            if (number % 4 == 0) shard.erase(Place(hash_of(next)), removed);
            if (number % 4 == 1) put(kept_until(next, Time::max()));
            if (number % 4 == 2) shard.find(Place(hash_of(next)), testing::key_of(next));
            if (number % 4 == 3) shard.evict_one(removed);
        }
    }
    const std::size_t left = shard.entries();
    for (std::size_t looked = 0; looked <= left; ++looked) shard.sweep(noon, 2, removed);
    std::size_t kept = 0;
    while (shard.evict_one(removed) != 0) kept += removed.entries.back()->is_kept(noon) ? 1 : 0;
    EXPECT_GT(kept, 0u);
    for (std::size_t at = removed.entries.size() - kept; at < removed.entries.size(); ++at) EXPECT_TRUE(removed.entries[at]->is_kept(noon));
}

}  // namespace
}  // namespace sidecache::memory
