// What an answer that went past the cache says of its key.
#include "proxy/pipeline/assessment.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace sidecache::pipeline {
namespace {

using namespace std::chrono_literals;

class AKeyThatIsUncacheable : public ::testing::Test {
protected:
    AKeyThatIsUncacheable() { shared.uncacheable.remember(key, std::chrono::steady_clock::now(), std::chrono::steady_clock::now() + 60s, policy::Storage::no_store); }

    bool answered(int status, std::string_view cache_control) {
        const std::vector<http::Field> fields{{http::FieldName::cache_control, "Cache-Control", cache_control}};
        return is_still_uncacheable(shared, key, options, {status, fields, http::names_of(fields)});
    }
    fill::Uncacheable::Known known() const { return *shared.uncacheable.find(key, std::chrono::steady_clock::now()); }

    Shared shared{memory::Options{.size = 1 << 20}, epochs::Options{.slots = 64}, 1, 64, 64};
    const Options options = [] {
        Options made;
        made.uncacheable_for = 10min;
        return made;
    }();
    const policy::Hash128 key{3, 4};
};

TEST_F(AKeyThatIsUncacheable, IsRememberedAnewByEachAnswerThatSaysNoStore) {
    EXPECT_TRUE(answered(200, "max-age=0, no-store"));
    EXPECT_GT(known().left, 9min);
    EXPECT_FALSE(known().is_mixed);
}

TEST_F(AKeyThatIsUncacheable, IsOfMixedAnswersOnceOneMayBeStored) {
    for (const std::string_view control : {"max-age=60", "private", "no-store, must-understand, max-age=60"}) {
        EXPECT_FALSE(answered(200, control)) << control;
        EXPECT_TRUE(known().is_mixed);
        EXPECT_LE(known().left, 60s);
    }
    EXPECT_TRUE(answered(200, "no-store"));
    EXPECT_TRUE(known().is_mixed);
}

TEST_F(AKeyThatIsUncacheable, LearnsNothingOfAFailure) {
    for (const int status : {500, 503, 400, 406}) {
        EXPECT_TRUE(answered(status, "no-store"));
        EXPECT_FALSE(answered(status, "max-age=60"));
        EXPECT_FALSE(known().is_mixed) << status;
        EXPECT_LE(known().left, 60s) << status;
    }
}

}  // namespace
}  // namespace sidecache::pipeline
