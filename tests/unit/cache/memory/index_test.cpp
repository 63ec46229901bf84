#include "cache/memory/index.hpp"
#include "tests/unit/cache/memory/items.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace sidecache::memory {
namespace {

using testing::Item;
using testing::key_of;
using testing::make_item;

// The upper half of `low` is the slot's.
policy::Hash128 hash_at(std::uint32_t slot) { return {std::uint64_t{slot} << 32, 0}; }
EntryPtr item_at(std::uint32_t slot, std::uint64_t number) { return make_entry<Item>(hash_at(slot), key_of(number), 100); }
Entry* find(const Index& index, const EntryPtr& entry) { return index.find(entry->place(), entry->key()); }

class AnIndex : public ::testing::Test {
protected:
    Index index;
    Removed removed;
};

TEST_F(AnIndex, FindsWhatWasInsertedAndNothingElse) {
    const EntryPtr item = item_at(5, 1);
    EXPECT_EQ(find(index, item), nullptr);
    index.insert(*item, removed);
    EXPECT_EQ(find(index, item), item.get());
    EXPECT_EQ(index.find(item->place()), item.get());
    EXPECT_EQ(index.find(item->place(), key_of(2)), nullptr);
    EXPECT_EQ(index.find(Place(hash_at(6)), item->key()), nullptr);
    EXPECT_EQ(index.find(Place(hash_at(5 + (1U << 16))), item->key()), nullptr) << "its way leads by the same slots";
    EXPECT_EQ(index.size(), 1u);
}

TEST_F(AnIndex, HasAnyNumberInOnePlace) {
    std::vector<EntryPtr> items;
    for (std::uint64_t number = 0; number < 100; ++number) index.insert(*items.emplace_back(item_at(0xffffffff, number)), removed);
    for (const EntryPtr& each : items) EXPECT_EQ(find(index, each), each.get());
    for (std::size_t i = 0; i < items.size(); i += 2) EXPECT_EQ(index.erase(*items[i]), items[i]);
    for (std::size_t i = 0; i < items.size(); ++i) EXPECT_EQ(find(index, items[i]), i % 2 == 0 ? nullptr : items[i].get());
}

TEST_F(AnIndex, OwnsWhatIsInIt) {
    EntryPtr item = item_at(1, 1);
    index.insert(*item, removed);
    EXPECT_EQ(item->use_count(), 2u);
    const EntryPtr other = item_at(1, 1);
    EXPECT_EQ(index.replace(*item, *other), item);
    EXPECT_EQ(item->use_count(), 1u);
    EXPECT_EQ(find(index, item), other.get());
    EXPECT_EQ(index.erase(*other), other);
    EXPECT_EQ(other->use_count(), 1u);
    EXPECT_EQ(index.size(), 0u);
}

TEST_F(AnIndex, HandsOutTheTablesItOutgrows) {
    for (std::uint64_t number = 0; number < 14; ++number) index.insert(*item_at(static_cast<std::uint32_t>(number), number), removed);
    EXPECT_TRUE(removed.empty());
    index.insert(*item_at(14, 14), removed);
    EXPECT_EQ(removed.tables.size(), 1u);
    EXPECT_TRUE(removed.entries.empty());
}

// Who was erased leaves a mark behind it where others' ways lead on: they must not fill the table.
TEST_F(AnIndex, StaysAsLargeAsItsEntriesNeed) {
    std::minstd_rand random(7);
    std::vector<EntryPtr> items;
    for (std::uint64_t number = 0; number < 100; ++number) index.insert(*items.emplace_back(item_at(static_cast<std::uint32_t>(random()), number)), removed);
    const std::size_t grown = removed.tables.size();
    for (std::uint64_t number = 100; number < 20'000; ++number) {
        EntryPtr& gone = items[random() % items.size()];
        index.erase(*gone);
        gone = item_at(static_cast<std::uint32_t>(random()), number);
        index.insert(*gone, removed);
    }
    for (const EntryPtr& each : items) EXPECT_EQ(find(index, each), each.get());
    // 128 slots: each rebuilding makes room for 12 at least.
    EXPECT_LT(removed.tables.size() - grown, 20'000u / 12);
    std::size_t shown = 0;
    index.for_each([](std::uint16_t) { return true; }, [&](const Entry&) { ++shown; });
    EXPECT_EQ(shown, 100u);
}

TEST_F(AnIndex, TellsByTheUpperBitsWithoutALook) {
    index.insert(*item_at(0x00010002, 1), removed);
    index.insert(*item_at(0x80010002, 2), removed);
    std::set<std::string> shown;
    const auto is_upper_half = [](std::uint16_t bits) { return bits >= 0x8000; };
    index.for_each(is_upper_half, [&](const Entry& entry) { shown.emplace(entry.key()); });
    EXPECT_EQ(shown, std::set<std::string>{key_of(2)});
}

// As a map would, over few places and many.
TEST_F(AnIndex, AnswersAsAMapDoes) {
    std::minstd_rand random(20261201);
    std::map<std::uint64_t, EntryPtr> map;
    for (int step = 0; step < 100'000; ++step) {
        const std::uint64_t number = random() % 400;
        const auto slot = static_cast<std::uint32_t>(number % 3 == 0 ? number % 16 : number * 0x9E3779B9U);
        const auto present = map.find(number);
        const EntryPtr item = item_at(slot, number);
        if (present == map.end()) {
            ASSERT_EQ(find(index, item), nullptr);
            index.insert(*item, removed);
            map.emplace(number, item);
        } else if (random() % 2 == 0) {
            ASSERT_EQ(index.replace(*present->second, *item), present->second);
            present->second = item;
        } else {
            ASSERT_EQ(index.erase(*present->second), present->second);
            map.erase(present);
        }
        ASSERT_EQ(index.size(), map.size());
        const std::uint64_t other = random() % 400;
        const auto found = map.find(other);
        const auto slot_of_other = static_cast<std::uint32_t>(other % 3 == 0 ? other % 16 : other * 0x9E3779B9U);
        ASSERT_EQ(index.find(Place(hash_at(slot_of_other)), key_of(other)), found == map.end() ? nullptr : found->second.get());
    }
}

}  // namespace
}  // namespace sidecache::memory
