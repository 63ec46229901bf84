// What a write invalidates and holds, by what became of it (CONSISTENCY 1.1 write).
#include "proxy/pipeline/write_fence.hpp"

#include "tests/unit/cache/http/fields.hpp"
#include "tests/unit/proxy/pipeline/snapshots.hpp"

#include <gtest/gtest.h>

#include <array>
#include <ostream>

namespace sidecache::pipeline {
namespace {

using testing::Fields;

const std::string_view patient = "/api/patients/5/";

class Fenced {
public:
    explicit Fenced(policy::Rules rules = {}, std::string_view method = "PATCH", std::string_view path = patient)
        : snapshot_(std::make_shared<const Snapshot>(testing::make_snapshot(rules))), request_(testing::make_request(method, path, none_)) {}

    WriteFence make() { return WriteFence(shared, snapshot_, 0, request_); }
    void answer(WriteFence& fence, int status, bool is_whole = true, const Fields& fields = {}) {
        fence.on_answer(request_, testing::make_response(status, fields), is_whole);
    }
    void answer_late(WriteFence& fence, int status, const Fields& fields) { fence.on_late_answer(request_, testing::make_response(status, fields)); }

    // Would a response of this path that was fetched before all this be reused still? One that is fetched now, be stored?
    bool is_dead(std::string_view path) {
        std::atomic<std::uint64_t> memo{0};
        const auto groups = groups_of(path);
        return !shared.epochs.is_reusable(before_, std::span(groups.data(), groups.size()), memo);
    }
    bool is_held(std::string_view path) {
        const auto groups = groups_of(path);
        return shared.epochs.is_held(std::span(groups.data(), groups.size()), epochs::BootClock::now());
    }
    epochs::BootTime held_until(std::string_view path) { return shared.epochs.held_until(groups_of(path).front()); }
    std::uint64_t ticks() const { return shared.epochs.clock(); }

    Shared shared{{}, {.slots = std::size_t{1} << 16}, 1, 64};

private:
    policy::Groups groups_of(std::string_view path) {
        policy::Groups groups;
        EXPECT_TRUE(policy::groups_of_request(groups, group_space(*snapshot_), testing::make_request("GET", path, none_)));
        return groups;
    }
    const Fields none_{};
    const std::shared_ptr<const Snapshot> snapshot_;
    const http::RequestView request_;
    const epochs::Stamp before_ = shared.epochs.stamp();
};

struct Effect {
    int status;
    bool keeps_on_failure;
    bool row_dies;
    bool list_dies;
    bool is_held;
    friend void PrintTo(const Effect& effect, std::ostream* out) { *out << effect.status; }
};

class Answer : public ::testing::TestWithParam<Effect> {};

TEST_P(Answer, OfThisStatusEndsAndHoldsTheseGroups) {
    const Effect& effect = GetParam();
    policy::Rules rules;
    rules.keep_on_failed_write = effect.keeps_on_failure;
    Fenced fenced(rules);
    WriteFence fence = fenced.make();
    EXPECT_EQ(fenced.ticks(), 0u);  // nothing before there is an answer
    fenced.answer(fence, effect.status);
    EXPECT_EQ(fenced.is_dead(patient), effect.row_dies);
    EXPECT_EQ(fenced.is_dead("/api/patients/"), effect.list_dies);
    EXPECT_EQ(fenced.is_held(patient), effect.is_held);
    EXPECT_FALSE(fenced.is_dead("/api/doctors/"));
    EXPECT_FALSE(fenced.is_held("/api/doctors/"));
}

INSTANTIATE_TEST_SUITE_P(Status, Answer,
                         ::testing::Values(Effect{200, false, true, true, false}, Effect{201, false, true, true, false},
                                           Effect{202, false, true, true, true}, Effect{204, false, true, true, false},
                                           Effect{302, false, true, true, false}, Effect{400, false, false, false, false},
                                           Effect{401, false, false, false, false}, Effect{403, false, false, false, false},
                                           Effect{404, false, true, false, false}, Effect{409, false, false, false, false},
                                           Effect{410, false, true, false, false}, Effect{412, false, true, false, false},
                                           Effect{429, false, false, false, false}, Effect{500, false, true, true, false},
                                           Effect{502, false, true, true, true}, Effect{503, false, true, true, false},
                                           Effect{504, false, true, true, true}, Effect{500, true, false, false, false},
                                           Effect{503, true, false, false, false}, Effect{502, true, true, true, true},
                                           Effect{504, true, true, true, true}, Effect{200, true, true, true, false}),
                         [](const auto& tested) { return std::to_string(tested.param.status) + (tested.param.keeps_on_failure ? "Kept" : ""); });

TEST(AFence, TicksOnceWhereTheAnswerIsWhole) {
    Fenced fenced;
    WriteFence fence = fenced.make();
    fenced.answer(fence, 200);
    fence.on_end();
    EXPECT_EQ(fenced.ticks(), 1u);
    EXPECT_EQ(fenced.shared.counts.writes_invalidating.load(), 1u);
    EXPECT_EQ(fenced.shared.counts.writes_unknown.load(), 0u);
}

TEST(AFence, TicksAgainBeforeTheLastByteWhereTheAnswerWasNotWhole) {
    Fenced fenced;
    WriteFence fence = fenced.make();
    fenced.answer(fence, 200, false);
    EXPECT_EQ(fenced.ticks(), 1u);
    fence.on_end();
    EXPECT_EQ(fenced.ticks(), 2u);
    fence.on_end();
    EXPECT_EQ(fenced.ticks(), 2u);
}

TEST(AFence, HoldsFromTheEndOfALongAnswerWhereTheWriteMayCommitAfterIt) {
    for (const int status : {202, 502, 504}) {
        Fenced write;
        WriteFence fence = write.make();
        fence.on_sending();
        write.answer(fence, status, false);
        const epochs::BootTime first = write.held_until(patient);
        fence.on_end();
        EXPECT_GT(write.held_until(patient), first) << status;
    }
}

TEST(AFence, TicksNothingAtTheEndOfARefusal) {
    Fenced fenced;
    WriteFence fence = fenced.make();
    fenced.answer(fence, 400, false);
    fence.on_end();
    fence.on_cut_short();
    EXPECT_EQ(fenced.ticks(), 0u);
}

TEST(AFence, HoldsWhatAnAnswerThatIsCutShortNames) {
    Fenced fenced;
    WriteFence fence = fenced.make();
    fenced.answer(fence, 200, false);
    EXPECT_FALSE(fenced.is_held(patient));
    fence.on_cut_short();
    EXPECT_TRUE(fenced.is_held(patient));
    EXPECT_EQ(fenced.ticks(), 2u);
    fence.on_end();
    EXPECT_EQ(fenced.ticks(), 2u);
}

TEST(AFence, HoldsGroupsThatOnlyTheAnswerNamedToo) {
    // A head named another resource; the commit may come with the last byte, which does not come.
    Fenced fenced;
    WriteFence fence = fenced.make();
    fenced.answer(fence, 200, false, Fields{{"Content-Location", "/api/wards/9/"}});
    ASSERT_TRUE(fenced.is_dead("/api/wards/9/"));
    fence.on_cut_short();
    EXPECT_TRUE(fenced.is_held("/api/wards/9/"));
}

TEST(AFence, InvalidatesAndHoldsWhereTheOutcomeIsUnknown) {
    Fenced fenced;
    WriteFence fence = fenced.make();
    fence.on_unknown();
    EXPECT_TRUE(fenced.is_dead(patient));
    EXPECT_TRUE(fenced.is_dead("/api/patients/"));
    EXPECT_TRUE(fenced.is_held(patient));
    EXPECT_EQ(fenced.shared.counts.writes_unknown.load(), 1u);
}

TEST(AFence, EndsWhatWasStoredSinceWhenALateAnswerComes) {
    Fenced fenced;
    WriteFence fence = fenced.make();
    fence.on_unknown();
    const std::uint64_t ticks = fenced.ticks();
    fenced.answer_late(fence, 200, Fields{{"Content-Location", "/api/wards/9/"}});
    EXPECT_GT(fenced.ticks(), ticks);
    EXPECT_TRUE(fenced.is_dead("/api/wards/9/"));  // which only the late answer named
}

TEST(AFence, NamesEverythingWhereThePathCannotBeRead) {
    Fenced fenced({}, "POST", "*");
    WriteFence fence = fenced.make();
    fenced.answer(fence, 200);
    EXPECT_TRUE(fenced.is_dead("/api/doctors/"));
}

TEST(AFence, OfAPostThatIsNot201NamesTheRowsBesideIt) {
    Fenced created({}, "POST", "/api/patients/");
    WriteFence one = created.make();
    created.answer(one, 201);
    EXPECT_TRUE(created.is_dead("/api/patients/"));
    EXPECT_FALSE(created.is_dead(patient));
    Fenced bulk({}, "POST", "/api/patients/");
    WriteFence all = bulk.make();
    bulk.answer(all, 200);
    EXPECT_TRUE(bulk.is_dead(patient));
}

}  // namespace
}  // namespace sidecache::pipeline
