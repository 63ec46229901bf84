// What is asked of the store, and how it is told.
#include "benchmarks/hit_ratio/report.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace hit_ratio {
namespace {

Comparison make_comparison(double store, double margin) {
    Comparison made{};
    made.name = "made";
    made.margin = margin;
    made.shares = {0.05};
    made.store = {"sidecache", false, {{store, 0.1}}};
    made.others = {{"LRU", true, {{0.5, 0.4}}}, {"SIEVE", true, {{0.6, 0.2}}}, {"FIFO", false, {{0.9, 0.9}}}};
    return made;
}

std::string verdict(const Comparison& comparison, bool is_near) {
    std::ostringstream told;
    EXPECT_EQ(judge(told, comparison), is_near);
    return told.str();
}

TEST(Verdict, FailsWhereTheStoreIsFurtherBelowTheBestThanIsAsked) {
    EXPECT_EQ(verdict(make_comparison(0.588, 1), false), "not yet made at 5 %: 58.80 % hits, -1.20 points beside SIEVE; asked: -1 or more\n");
    EXPECT_EQ(verdict(make_comparison(0.592, 1), true), "ok      made at 5 %: 59.20 % hits, -0.80 points beside SIEVE; asked: -1 or more\n");
    EXPECT_EQ(verdict(make_comparison(0.61, 1), true), "ok      made at 5 %: 61.00 % hits, +1.00 points beside SIEVE; asked: -1 or more\n");
}

TEST(Verdict, AllowsTheMarginOfTheTrace) {
    verdict(make_comparison(0.575, 3), true);
    verdict(make_comparison(0.565, 3), false);
}

TEST(Best, IsOfTheYardsticksAndForEachOfTheTwoRatios) {
    const Comparison comparison = make_comparison(0.5, 1);
    EXPECT_EQ(comparison.best(0, &Ratios::objects).policy, "SIEVE");
    EXPECT_EQ(comparison.best(0, &Ratios::bytes).policy, "LRU");
}

TEST(Table, TellsOfBytesWhereObjectsHaveSizes) {
    Comparison comparison = make_comparison(0.5, 1);
    for (const bool has_sizes : {false, true}) {
        comparison.has_sizes = has_sizes;
        std::ostringstream told;
        tell(told, comparison);
        EXPECT_EQ(told.str().find("-30.00") != std::string::npos, has_sizes) << told.str();  // beside LRU's bytes
        EXPECT_NE(told.str().find("-10.00"), std::string::npos) << told.str();               // beside SIEVE's requests
    }
}

}  // namespace
}  // namespace hit_ratio
