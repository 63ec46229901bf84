#include "cache/policy/interval_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace sidecache::policy {
namespace {

using http::ByteRange;
using http::ByteRanges;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

ByteRanges ranges_of(const IntervalSet& set) { return {set.ranges().begin(), set.ranges().end()}; }

TEST(IntervalSet, JoinsWhatOverlapsOrTouches) {
    IntervalSet set;
    for (const ByteRange& range : {ByteRange{10, 19}, {30, 39}, {0, 4}}) EXPECT_TRUE(set.insert(range));
    EXPECT_EQ(ranges_of(set), (ByteRanges{{0, 4}, {10, 19}, {30, 39}}));
    EXPECT_TRUE(set.insert({20, 24}));  // touches
    EXPECT_EQ(ranges_of(set), (ByteRanges{{0, 4}, {10, 24}, {30, 39}}));
    EXPECT_TRUE(set.insert({5, 9}));  // fills a gap
    EXPECT_EQ(ranges_of(set), (ByteRanges{{0, 24}, {30, 39}}));
    EXPECT_TRUE(set.insert({12, 13}));  // is there already
    EXPECT_EQ(ranges_of(set), (ByteRanges{{0, 24}, {30, 39}}));
    EXPECT_TRUE(set.insert({20, 50}));
    EXPECT_EQ(ranges_of(set), (ByteRanges{{0, 50}}));
    EXPECT_EQ(set.length(), 51U);
}

TEST(IntervalSet, RefusesMoreRangesThanItsLimitAndStaysAsItWas) {
    IntervalSet set(2);
    EXPECT_TRUE(set.insert({0, 0}));
    EXPECT_TRUE(set.insert({10, 10}));
    EXPECT_FALSE(set.insert({20, 20}));
    EXPECT_EQ(ranges_of(set), (ByteRanges{{0, 0}, {10, 10}}));
    EXPECT_TRUE(set.insert({11, 20}));
    EXPECT_TRUE(set.insert({1, 9}));
    EXPECT_EQ(ranges_of(set), (ByteRanges{{0, 20}}));
}

TEST(IntervalSet, HoldsTheLargestPosition) {
    IntervalSet set;
    EXPECT_TRUE(set.insert({http::max_position, http::max_position}));
    EXPECT_TRUE(set.insert({0, http::max_position - 1}));
    EXPECT_EQ(ranges_of(set), (ByteRanges{{0, http::max_position}}));
    EXPECT_TRUE(set.covers({0, http::max_position}));
}

TEST(IntervalSet, TellsWhatIsMissing) {
    IntervalSet set;
    EXPECT_THAT(set.missing({3, 7}), ElementsAre(ByteRange{3, 7}));
    EXPECT_FALSE(set.covers({0, 0}));
    set.insert({10, 19});
    set.insert({30, 39});
    EXPECT_THAT(set.missing({0, 49}), ElementsAre(ByteRange{0, 9}, ByteRange{20, 29}, ByteRange{40, 49}));
    EXPECT_THAT(set.missing({15, 34}), ElementsAre(ByteRange{20, 29}));
    EXPECT_THAT(set.missing({10, 19}), IsEmpty());
    EXPECT_THAT(set.missing({20, 29}), ElementsAre(ByteRange{20, 29}));
    EXPECT_THAT(set.missing({19, 20}), ElementsAre(ByteRange{20, 20}));
    EXPECT_THAT(set.missing({40, 40}), ElementsAre(ByteRange{40, 40}));
}

// Against one flag a byte.
TEST(IntervalSet, AgreesWithASetOfSingleBytes) {
    constexpr std::uint64_t size = 48;
    std::mt19937_64 random(20261121);
    const auto any_range = [&random] {
        const std::uint64_t a = random() % size;
        const std::uint64_t b = random() % 4 == 0 ? random() % size : std::min(a + random() % 4, size - 1);
        return ByteRange{std::min(a, b), std::max(a, b)};
    };
    for (int round = 0; round < 3000; ++round) {
        const std::size_t limit = 1 + random() % 8;
        IntervalSet set(limit);
        std::vector<bool> bytes(size + 1);  // the last is never held
        const auto runs_of = [&bytes](const ByteRange& within, bool held) {
            ByteRanges runs;
            for (std::uint64_t at = within.first; at <= within.last; ++at) {
                if (bytes[at] != held) continue;
                if (!runs.empty() && runs.back().last + 1 == at) {
                    runs.back().last = at;
                } else {
                    runs.push_back({at, at});
                }
            }
            return runs;
        };
        for (int step = 0; step < 12; ++step) {
            const ByteRange range = any_range();
            const auto before = bytes;
            std::fill(bytes.begin() + static_cast<long>(range.first), bytes.begin() + static_cast<long>(range.last) + 1, true);
            const bool fits = runs_of({0, size - 1}, true).size() <= limit;
            if (!fits) bytes = before;
            ASSERT_EQ(set.insert(range), fits);
            ASSERT_EQ(ranges_of(set), runs_of({0, size - 1}, true));
            ASSERT_EQ(set.length(), static_cast<std::uint64_t>(std::ranges::count(bytes, true)));
            const ByteRange asked = any_range();
            ASSERT_EQ(set.missing(asked), runs_of(asked, false));
            ASSERT_EQ(set.covers(asked), runs_of(asked, false).empty());
        }
    }
}

}  // namespace
}  // namespace sidecache::policy
