// Traces made by hand, whose hits follow from each policy's rule.
#include "benchmarks/hit_ratio/fifo.hpp"
#include "benchmarks/hit_ratio/gdsf.hpp"
#include "benchmarks/hit_ratio/replay.hpp"
#include "benchmarks/hit_ratio/s3_fifo.hpp"
#include "benchmarks/hit_ratio/sidecache_store.hpp"
#include "benchmarks/hit_ratio/sieve.hpp"
#include "benchmarks/hit_ratio/w_tiny_lfu.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

namespace hit_ratio {
namespace {

bool request(Policy& policy, Key key, Bytes bytes = 1) {
    if (policy.find(key)) return true;
    policy.put(key, bytes);
    return false;
}

// One letter an object of one byte: '+' for each hit, '-' for each miss.
std::string answers(Policy& policy, std::string_view letters) {
    std::string told;
    for (const char letter : letters) told += request(policy, static_cast<Key>(letter)) ? '+' : '-';
    return told;
}

void pass_through(Policy& policy, Key first, Key count) {
    for (Key key = first; key < first + count; ++key) request(policy, key);
}

TEST(FifoPolicy, EvictsWhatWasPutFirstHoweverOftenItIsHit) {
    Fifo fifo(3);
    EXPECT_EQ(answers(fifo, "abcadba"), "---+-+-");
}

TEST(LruPolicy, EvictsWhatWasAskedForLongestAgo) {
    Lru lru(3);
    EXPECT_EQ(answers(lru, "abcadba"), "---+--+");
}

TEST(LruPolicy, EvictsAsManyAsANewcomerNeedsRoom) {
    Lru lru(5);
    answers(lru, "abcde");
    EXPECT_FALSE(request(lru, 1, 3));
    EXPECT_EQ(answers(lru, "de"), "++");
    EXPECT_TRUE(request(lru, 1, 3));
    EXPECT_EQ(lru.held(), 5);
}

TEST(SievePolicy, GoesOnWhereItsHandStopped) {
    // The hand spares `a`, takes `b`, then `c` and `d`, and is not back at `a` by then. LRU has evicted it.
    Sieve sieve(3);
    Lru lru(3);
    EXPECT_EQ(answers(sieve, "abcadefa"), "---+---+");
    EXPECT_EQ(answers(lru, "abcadefa"), "---+----");
}

TEST(SievePolicy, TakesTheOldestWhereAllWereHit) {
    Sieve sieve(3);
    EXPECT_EQ(answers(sieve, "abcabcdbc"), "---+++-++");
    EXPECT_FALSE(sieve.find('a'));
}

TEST(S3FifoPolicy, MovesToMainWhatWasHitMoreThanOnce) {
    S3Fifo s3_fifo(10);
    answers(s3_fifo, "abcdefghij");
    EXPECT_EQ(answers(s3_fifo, "aab"), "+++");
    pass_through(s3_fifo, 1000, 30);
    EXPECT_EQ(answers(s3_fifo, "ab"), "+-");
}

TEST(S3FifoPolicy, PutsWhatComesBackSoonIntoMain) {
    S3Fifo s3_fifo(10);
    answers(s3_fifo, "abcdefghijk");
    EXPECT_EQ(answers(s3_fifo, "a"), "-");
    pass_through(s3_fifo, 1000, 30);
    EXPECT_EQ(answers(s3_fifo, "a"), "+");
}

TEST(S3FifoPolicy, ForgetsGhostsOfMoreBytesThanMainHas) {
    S3Fifo s3_fifo(10);
    answers(s3_fifo, "abcdefghijk");
    pass_through(s3_fifo, 1000, 9);  // these evictions are nine ghosts more
    EXPECT_EQ(answers(s3_fifo, "a"), "-");
    pass_through(s3_fifo, 2000, 30);
    EXPECT_EQ(answers(s3_fifo, "a"), "-");
}

TEST(WTinyLfuPolicy, AdmitsWhatWasAskedForMoreOftenThanItsVictimsTogether) {
    WTinyLfu w_tiny_lfu(100, 100);
    pass_through(w_tiny_lfu, 0, 100);  // each asked for once: 99 in main, the last in the window
    constexpr Key large = 1000;
    for (int asked = 1; asked <= 4; ++asked) EXPECT_FALSE(request(w_tiny_lfu, large, 3)) << asked;  // 3 victims are worth 3
    EXPECT_TRUE(w_tiny_lfu.find(large));
    for (const Key victim : {0, 1, 2}) EXPECT_FALSE(w_tiny_lfu.find(victim)) << victim;
    EXPECT_TRUE(w_tiny_lfu.find(3));
    EXPECT_EQ(w_tiny_lfu.held(), 100);
}

TEST(WTinyLfuPolicy, LetsAScanThroughItsWindowOfAHundredthOnly) {
    WTinyLfu w_tiny_lfu(100, 100);
    for (int turn = 0; turn < 2; ++turn) pass_through(w_tiny_lfu, 0, 99);
    pass_through(w_tiny_lfu, 1000, 300);
    Key kept = 0;
    for (Key key = 0; key < 99; ++key) kept += w_tiny_lfu.find(key);
    EXPECT_EQ(kept, 99);
}

TEST(FrequencySketch, NeverTellsLessThanWasCountedSinceItWasHalved) {
    FrequencySketch sketch(1000);
    for (Key key = 0; key < 500; ++key) {
        for (Key times = 0; times < key % 10; ++times) sketch.count(key);
    }
    for (Key key = 0; key < 500; ++key) EXPECT_GE(sketch.frequency(key), key % 10);
}

TEST(FrequencySketch, ForgetsByHalves) {
    FrequencySketch sketch(16);
    for (int times = 0; times < 8; ++times) sketch.count(1);
    for (int times = 0; times < 152; ++times) sketch.count(2);
    EXPECT_EQ(sketch.frequency(1), 4);
    EXPECT_EQ(sketch.frequency(2), 7);
}

TEST(GdsfPolicy, TakesTheLargeBeforeTheSmall) {
    Gdsf gdsf(10);
    answers(gdsf, "abcd");
    request(gdsf, 1, 6);
    EXPECT_EQ(answers(gdsf, "eabcd"), "-++++");
    EXPECT_FALSE(gdsf.find(1));
}

TEST(GdsfPolicy, KeepsTheLargeThatIsAskedForMoreThanItsSizeTimes) {
    Gdsf gdsf(10);
    answers(gdsf, "abcd");
    for (int times = 0; times < 7; ++times) request(gdsf, 1, 6);
    EXPECT_EQ(answers(gdsf, "ebcd"), "-+++");
    EXPECT_TRUE(gdsf.find(1));
    EXPECT_FALSE(gdsf.find('a'));
}

TEST(GdsfPolicy, AgesWhatWasAskedForOftenLongAgo) {
    // `a` has 3; newcomers have 1, 2 and 3, one more than the last victim, and `e` finds `a` the oldest of 3. By counts alone it stayed.
    Gdsf gdsf(2);
    EXPECT_EQ(answers(gdsf, "aaabcdea"), "-++-----");
}

constexpr Bytes least = sidecache::memory::index_overhead;  // that the store takes for an object

TEST(SidecacheStore, KeepsOneObjectWhereThereIsRoomForOne) {
    SidecacheStore store(least + 10);
    std::string told;
    for (const Key key : {1, 1, 2, 2, 1, 2, 1}) told += request(store, key, least + 10) ? '+' : '-';
    EXPECT_EQ(told, "-+-+---");
    EXPECT_EQ(store.held(), least + 10);
}

TEST(SidecacheStore, HasNoRoomForWhatIsLargerThanItsBudget) {
    SidecacheStore store(1000);
    EXPECT_FALSE(request(store, 1, 1001));
    EXPECT_FALSE(request(store, 1, 1001));
    EXPECT_EQ(store.held(), 0);
}

TEST(SidecacheStore, MovesToMainWhatWasHitOnce) {
    SidecacheStore store(64 * 100 * least);
    for (Key key = 0; key < 6400; ++key) request(store, key, least);
    for (Key key = 0; key < 100; ++key) EXPECT_TRUE(request(store, key, least)) << key;
    for (Key key = 10'000; key < 50'000; ++key) request(store, key, least);
    Key kept = 0;
    for (Key key = 0; key < 100; ++key) kept += store.find(key);
    EXPECT_EQ(kept, 100);
}

std::vector<std::unique_ptr<Policy>> make_all(Bytes budget) {
    std::vector<std::unique_ptr<Policy>> all;
    all.push_back(std::make_unique<SidecacheStore>(budget));
    all.push_back(std::make_unique<Fifo>(budget));
    all.push_back(std::make_unique<Lru>(budget));
    all.push_back(std::make_unique<S3Fifo>(budget));
    all.push_back(std::make_unique<Sieve>(budget));
    all.push_back(std::make_unique<WTinyLfu>(budget, budget / 1000));
    all.push_back(std::make_unique<Gdsf>(budget));
    return all;
}

// Keys near 0 are asked for more often; sizes from 1 byte to some thousands.
Trace make_trace(std::size_t objects, std::size_t requests) {
    std::mt19937_64 random(7);
    Trace trace{"made", {}, {}};
    for (std::size_t object = 0; object < objects; ++object) trace.sizes.push_back(Bytes{1} << random() % 13);
    for (std::size_t count = 0; count < requests; ++count) trace.requests.push_back(random() % (1 + random() % objects));
    return trace;
}

TEST(EachPolicy, StaysWithinItsBudgetAtEachRequest) {
    const Trace trace = make_trace(500, 20'000);
    for (const Bytes divisor : {3, 10, 100, 1000, 100'000}) {
        for (const auto& policy : make_all(trace.footprint() / divisor)) {
            for (const Key key : trace.requests) {
                request(*policy, key, trace.charge(key));
                ASSERT_LE(policy->held(), policy->budget()) << typeid(*policy).name();
            }
        }
    }
}

TEST(EachPolicy, MissesEachObjectOnceWhereAllHaveRoom) {
    const Trace trace = make_trace(500, 20'000);
    std::vector<bool> was_seen(500);
    std::uint64_t repeated = 0;
    for (const Key key : trace.requests) {
        repeated += was_seen[key];
        was_seen[key] = true;
    }
    for (const auto& policy : make_all(2 * trace.footprint())) EXPECT_EQ(replay(trace, *policy, 0).hits, repeated) << typeid(*policy).name();
}

TEST(EachPolicy, IsGivenNothingLargerThanTheCap) {
    const Trace trace{"made", {0, 1, 0, 1}, {1000, 1001}};
    for (const auto& policy : make_all(1'000'000)) {
        const Hits hits = replay(trace, *policy, 1000);
        EXPECT_EQ(hits.hits, 1);
        EXPECT_EQ(hits.bytes_hit, 1000);
        EXPECT_EQ(hits.bytes_asked, 4002);
    }
}

TEST(Replay, FailsWhereAPolicyHoldsMoreThanItsBudget) {
    class Hoarder final : public Policy {
    public:
        using Policy::Policy;
        bool find(Key) override { return false; }
        void put(Key, Bytes bytes) override { held_ += bytes; }
        Bytes held() const override { return held_; }

    private:
        Bytes held_ = 0;
    };
    Hoarder hoarder(1000);
    EXPECT_THROW(replay(make_trace(10, 100), hoarder, 0), std::logic_error);
}

TEST(Replay, OfManyThreadsAsksForEachRequestOnce) {
    const Trace trace = make_trace(500, 50'000);
    SidecacheStore store(2 * trace.footprint());
    constexpr unsigned threads = 4;
    const Hits hits = replay_concurrently(trace, store, 0, threads);
    EXPECT_EQ(hits.requests, trace.requests.size());
    EXPECT_LE(hits.hits, trace.requests.size() - 500 + 10);  // nearly all 500 are asked for
    EXPECT_GE(hits.hits, trace.requests.size() - 500 * threads);  // at worst each thread misses each
}

TEST(Replay, OfManyThreadsEndsWithinTheBudget) {
    const Trace trace = make_trace(500, 50'000);
    for (const Bytes divisor : {10, 100, 1000}) {
        SidecacheStore store(trace.footprint() / divisor);
        replay_concurrently(trace, store, 0, 4);
        EXPECT_LE(store.held(), store.budget());
        EXPECT_GT(store.held(), 0);
    }
}

}  // namespace
}  // namespace hit_ratio
