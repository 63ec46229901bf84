// The invariant of CONSISTENCY section 0 over every interleaving of the model, and that the model would notice each broken rule.
#include "tests/unit/cache/epochs/protocol_model.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace sidecache::testing {
namespace {

TEST(EveryInterleaving, OfTickReuseFillAndShareShowsNobodyWhatAnAnsweredWriteReplaced) {
    ProtocolModel model({});
    EXPECT_TRUE(model.is_safe());
    EXPECT_GT(model.states(), 100'000u);
    RecordProperty("states", static_cast<int>(model.states()));
}

struct Broken {
    std::string_view rule;
    Switches switches;
    friend void PrintTo(const Broken& broken, std::ostream* out) { *out << broken.rule; }
};

class BrokenRule : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenRule, IsFoundByTheSameEnumeration) {
    ProtocolModel model(GetParam().switches);
    EXPECT_FALSE(model.is_safe());
}

INSTANTIATE_TEST_SUITE_P(Rules, BrokenRule,
                         ::testing::Values(Broken{"ClockBeforeSlots", {.clock_before_slots = true}},
                                           Broken{"MemoOfTheClockAfterTheSlots", {.memo_after_slots = true}},
                                           Broken{"StampAfterTheRequestLeft", {.stamp_after_request = true}},
                                           Broken{"SharedWithoutAsking", {.share_unasked = true}},
                                           Broken{"ReusedWithoutAsking", {.reuse_unasked = true}},
                                           Broken{"AnsweredBeforeTheTick", {.answer_before_tick = true}}),
                         [](const auto& tested) { return std::string(tested.param.rule); });

}  // namespace
}  // namespace sidecache::testing
