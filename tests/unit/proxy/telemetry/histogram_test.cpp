#include "proxy/telemetry/histogram.hpp"

#include <gtest/gtest.h>

namespace sidecache::telemetry {
namespace {

std::size_t bucket_by_search(std::uint64_t nanoseconds) {
    std::size_t bucket = 0;
    while (bucket < bucket_bounds.size() && nanoseconds > bucket_bounds[bucket]) ++bucket;
    return bucket;
}

TEST(Histogram, ABoundBelongsToTheBucketThatItEnds) {
    for (std::size_t bucket = 0; bucket < bucket_bounds.size(); ++bucket) {
        EXPECT_EQ(bucket_of(bucket_bounds[bucket] - 1), bucket);
        EXPECT_EQ(bucket_of(bucket_bounds[bucket]), bucket);
        EXPECT_EQ(bucket_of(bucket_bounds[bucket] + 1), bucket + 1);
    }
}

TEST(Histogram, TheTableFindsTheSameBucketAsASearch) {
    for (unsigned width = 0; width < 64; ++width) {
        const std::uint64_t power = std::uint64_t{1} << width;
        for (const std::uint64_t value : {power - 1, power, power + 1, power + power / 3})
            EXPECT_EQ(bucket_of(value), bucket_by_search(value)) << value;
    }
    EXPECT_EQ(bucket_of(0), 0U);
    EXPECT_EQ(bucket_of(std::numeric_limits<std::uint64_t>::max()), bucket_count - 1);
}

TEST(Histogram, ANegativeDurationCountsAsNone) {
    Histogram histogram;
    histogram.observe(std::chrono::seconds(-1));
    EXPECT_EQ(histogram.buckets[0].value(), 1U);
    EXPECT_EQ(histogram.sum.value(), 0U);
}

TEST(Histogram, SumAndBucketsAddUp) {
    Histogram histogram;
    histogram.observe(std::chrono::microseconds(30));
    histogram.observe(std::chrono::milliseconds(3));
    histogram.observe(std::chrono::minutes(1));
    EXPECT_EQ(histogram.buckets[0].value(), 1U);
    EXPECT_EQ(histogram.buckets[5].value(), 1U);
    EXPECT_EQ(histogram.buckets[bucket_count - 1].value(), 1U);
    EXPECT_EQ(histogram.sum.value(), 30'000U + 3'000'000U + 60'000'000'000U);
}

}  // namespace
}  // namespace sidecache::telemetry
