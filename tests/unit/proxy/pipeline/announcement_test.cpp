#include "proxy/pipeline/announcement.hpp"

#include "proxy/pipeline/write_fence.hpp"
#include "tests/unit/proxy/pipeline/snapshots.hpp"

#include <gtest/gtest.h>

namespace sidecache::pipeline {
namespace {

using Texts = std::vector<std::string>;

TEST(Announcement, NamesGroupsPathsAndEverything) {
    const Announcement all = read_announcement(R"({"groups": ["staff", "caf\u00e9"], "paths": ["/doctors/5/"], "everything": true})");
    EXPECT_EQ(all.problem, "");
    EXPECT_EQ(all.groups, (Texts{"staff", "caf\xC3\xA9"}));
    EXPECT_EQ(all.paths, Texts{"/doctors/5/"});
    EXPECT_TRUE(all.everything);
    EXPECT_EQ(read_announcement(R"({"paths":["/"],"groups":[]})").paths, Texts{"/"});
    EXPECT_EQ(read_announcement(R"( {"everything":true} )").problem, "");
}

TEST(Announcement, ThatIsUnclearIsRefusedWhole) {
    for (const std::string_view text : {
             R"()", R"({})", R"([])", R"("staff")", R"(null)", R"({"everything": false})", R"({"groups": []})", R"({"groups": ["a"]}x)", R"({"groups": ["a"]}{"groups": ["b"]})",
             R"({"groups": ["a"], "groups": ["b"]})", R"({"everything": true, "everything": false})", R"({"groups": "a"})", R"({"groups": ["a", 1]})", R"({"groups": ["a", ["b"]]})",
             R"({"groups": ["a", {"b": "c"}]})", R"({"groups": ["a", null]})", R"({"groups": [true]})", R"({"groups": [""]})", R"({"everything": "true"})", R"({"everything": 1})",
             R"({"everything": [true]})", R"({"group": ["a"]})", R"({"groups": ["a"], "tags": ["b"]})", R"({"groups": ["a"])", R"({"groups": ["a",]})", R"({groups: ["a"]})",
             R"({"groups": ["a"]} // all)", R"({"paths": {"a": "b"}})", "{\"groups\": [\"\xFF\"]}",
         }) {
        const Announcement announced = read_announcement(text);
        EXPECT_NE(announced.problem, "") << text;
        EXPECT_TRUE(announced.groups.empty() && announced.paths.empty() && !announced.everything) << text;
    }
}

class Announcing : public ::testing::Test {
protected:
    Announced say(std::string_view text) {
        runtime::Loop loop([](std::string_view, std::string_view what) { ADD_FAILURE() << what; });
        Announced told;
        loop.spawn("test", say_on(loop, invalidation_of(snapshot, text), told));
        loop.run();
        return told;
    }
    std::uint64_t tick_of(policy::Group group) const { return shared.epochs.last_tick(group); }

    const Snapshot snapshot = testing::make_snapshot();
    const policy::GroupSpace space = group_space(snapshot);
    Shared shared{{}, {.slots = 1 << 16}, 1, 64};

private:
    runtime::Task<> say_on(runtime::Loop& loop, Invalidation invalidation, Announced& told) {
        told = co_await invalidate(loop, shared, std::move(invalidation));
        loop.stop();
    }
};

TEST_F(Announcing, TicksWhatIsNamedOnce) {
    const Announced told = say(R"({"groups": ["staff", "staff"], "paths": ["/doctors/5/?x=1", "/doctors/5.json"]})");
    EXPECT_EQ(told.status, 200);
    EXPECT_EQ(told.json, "{\"epoch\":1,\"groups\":3}\n");
    EXPECT_EQ(tick_of(policy::named_group(space, "staff")), 1u);
    EXPECT_EQ(tick_of(policy::own_group(space, "/doctors/5")), 1u);
    EXPECT_EQ(tick_of(policy::tree_group(space, "/doctors/5")), 1u);
    EXPECT_EQ(tick_of(policy::own_group(space, "/doctors")), 0u);
    EXPECT_EQ(tick_of(policy::everything_group(space)), 0u);
    EXPECT_EQ(shared.counts.writes_announced.load(), 1u);
}

TEST_F(Announcing, OfEverythingTicksWhatEachResponseBelongsTo) {
    EXPECT_EQ(say(R"({"everything": true})").json, "{\"epoch\":1,\"groups\":1}\n");
    EXPECT_EQ(tick_of(policy::everything_group(space)), 1u);
}

TEST_F(Announcing, OfOnePathThatCannotBeReadInvalidatesNothing) {
    for (const std::string_view path : {"doctors/5/", "http://api.example/doctors/5/", "/a%zz", "?x"}) {
        const Announced told = say(R"({"groups": ["staff"], "paths": ["/fine/", ")" + std::string(path) + R"("]})");
        EXPECT_EQ(told.status, 400) << path;
        EXPECT_NE(told.json.find("paths[1]: expected"), std::string::npos) << told.json;
    }
    EXPECT_EQ(shared.epochs.clock(), 0u);
    EXPECT_EQ(shared.counts.writes_announced.load(), 0u);
}

}  // namespace
}  // namespace sidecache::pipeline
