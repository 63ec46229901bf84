// What is taken out of the store while somebody looks at it stays until then, and no longer.
#include "cache/memory/readers.hpp"
#include "tests/unit/cache/memory/items.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace sidecache::memory {
namespace {

using testing::hash_of;
using testing::Item;
using testing::key_of;
using testing::make_item;

// Tells when it is gone.
class Mortal final : public Entry {
public:
    Mortal(Room, policy::Hash128 hash, std::string_view key, std::atomic<int>& gone) : Entry(hash, key, Time::max(), sizeof(Mortal)), gone_(gone) {}
    ~Mortal() override { ++gone_; }
    std::size_t charge() const noexcept override { return 100; }

private:
    std::atomic<int>& gone_;
};

class AStoreThatIsLookedAt : public ::testing::Test {
protected:
    EntryPtr mortal(std::uint64_t number = 1) { return make_entry<Mortal>(hash_of(number), key_of(number), gone); }

    std::atomic<int> gone{0};
    Store store{{.size = 100'000}};
    Reader reader{store.readers()};
};

TEST_F(AStoreThatIsLookedAt, KeepsWhatIsTakenOutUntilTheLookEnds) {
    store.put(mortal());
    {
        const Reader::Look look(reader);
        const Entry* found = store.find(look, hash_of(1), key_of(1));
        ASSERT_NE(found, nullptr);
        store.erase(hash_of(1));
        EXPECT_EQ(store.find(look, hash_of(1), key_of(1)), nullptr);
        EXPECT_EQ(gone, 0);
        EXPECT_EQ(found->key(), key_of(1));
        EXPECT_EQ(store.readers().retired(), 1u);
    }
    EXPECT_EQ(gone, 0) << "nobody asked yet";
    store.readers().release();
    EXPECT_EQ(gone, 1);
    EXPECT_EQ(store.readers().retired(), 0u);
}

TEST_F(AStoreThatIsLookedAt, KeepsNothingThatNobodyLooksAt) {
    store.put(mortal());
    { const Reader::Look look(reader); }
    store.erase(hash_of(1));
    EXPECT_EQ(gone, 1);
}

TEST_F(AStoreThatIsLookedAt, KeepsNothingForWhoBeganAfterwards) {
    Reader late(store.readers());
    store.put(mortal(1));
    auto early = std::make_unique<Reader::Look>(reader);
    store.erase(hash_of(1));
    const Reader::Look look(late);
    early.reset();
    store.readers().release();
    EXPECT_EQ(gone, 1);
}

TEST_F(AStoreThatIsLookedAt, KeepsWhatIsReplacedAndEvictedToo) {
    const Reader::Look look(reader);
    store.put(mortal(1));
    const Entry* first = store.find(look, hash_of(1), key_of(1));
    store.put(mortal(1));
    EXPECT_NE(store.find(look, hash_of(1), key_of(1)), first);
    EXPECT_EQ(gone, 0);
    for (std::uint64_t number = 2; store.stats().evictions < 5; ++number) store.put(mortal(number));
    EXPECT_EQ(gone, 0);
    EXPECT_EQ(store.readers().retired(), 6u);
}

TEST_F(AStoreThatIsLookedAt, LooksWithinALook) {
    store.put(mortal());
    const Reader::Look outer(reader);
    { const Reader::Look inner(reader); }
    store.erase(hash_of(1));
    EXPECT_EQ(gone, 0);
}

TEST_F(AStoreThatIsLookedAt, LeavesItsOwnersWhatTheyOwn) {
    store.put(mortal());
    EntryPtr owned;
    {
        const Reader::Look look(reader);
        owned = store.find(look, hash_of(1), key_of(1));
        store.erase(hash_of(1));
    }
    store.readers().release();
    EXPECT_EQ(gone, 0);
    owned.reset();
    EXPECT_EQ(gone, 1);
}

TEST_F(AStoreThatIsLookedAt, GivesSeatsAway) {
    for (int round = 0; round < 100; ++round) Reader another(store.readers());
    const Reader::Look look(reader);
    store.put(mortal());
    store.erase(hash_of(1));
    EXPECT_EQ(gone, 0) << "the seats of others are not its own";
}

TEST_F(AStoreThatIsLookedAt, CountsItsHits) {
    Store full({.size = 3'000}, 1);
    Reader looker(full.readers());
    full.put(make_item(1));
    full.put(make_item(2));
    {
        const Reader::Look look(looker);
        full.find(look, hash_of(1), key_of(1));
    }
    full.put(make_item(3));
    full.put(make_item(4));
    EXPECT_NE(testing::find_item(full, 1), nullptr);
    EXPECT_EQ(testing::find_item(full, 2), nullptr);
}

// Under the address sanitizer this ends at once if a look does not keep what it finds, under the thread sanitizer if what it reads was not published.
TEST(LookingWithoutALock, FindsWhatStandsThereWhateverOthersDo) {
    constexpr std::uint64_t standing = 50;
    constexpr std::uint64_t all = 600;
    Store store({.size = 2'000'000}, 2);
    for (std::uint64_t number = 0; number < standing; ++number) store.put(make_item(number, 100, 0, 1));
    std::atomic<bool> is_over{false};
    std::atomic<int> wrong{0};
    std::atomic<int> found_others{0};
    const auto look_around = [&](unsigned seed) {
        std::minstd_rand random(seed);
        Reader reader(store.readers());
        while (!is_over.load(std::memory_order_relaxed)) {
            const Reader::Look look(reader);
            for (int i = 0; i < 20; ++i) {
                const std::uint64_t number = random() % all;
                const Entry* found = store.find(look, hash_of(number), key_of(number));
                if (number < standing && found == nullptr) ++wrong;
                if (found == nullptr) continue;
                if (found->key() != key_of(number) || static_cast<const Item&>(*found).version == 0) ++wrong;
                found_others += number >= standing;
            }
        }
    };
    const auto change = [&](unsigned seed) {
        std::minstd_rand random(seed);
        for (int turn = 1; turn <= 30'000; ++turn) {
            const std::uint64_t number = random() % all;
            // Those that stand are replaced, never erased.
            if (number < standing || random() % 2 == 0) {
                store.put(make_item(number, 100, 0, turn));
            } else {
                store.erase(hash_of(number));
            }
        }
    };
    std::vector<std::thread> readers;
    for (unsigned seed = 1; seed <= 2; ++seed) readers.emplace_back(look_around, seed);
    std::vector<std::thread> writers;
    for (unsigned seed = 3; seed <= 4; ++seed) writers.emplace_back(change, seed);
    for (std::thread& each : writers) each.join();
    is_over = true;
    for (std::thread& each : readers) each.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_GT(found_others, 0);
    store.readers().release();
    EXPECT_EQ(store.readers().retired(), 0u);
}

}  // namespace
}  // namespace sidecache::memory
