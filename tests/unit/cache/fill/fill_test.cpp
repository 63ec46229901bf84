#include "cache/fill/fill.hpp"

#include "tests/unit/cache/fill/counting_listener.hpp"
#include "tests/unit/cache/fill/responses.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace sidecache::fill {
namespace {

using testing::CountingListener;

FillPtr make_fill() {
    Fill::Start start;
    start.key = "primary\nvary\nsecondary";
    start.begun = epochs::BootTime(std::chrono::seconds(100));
    return new Fill(std::move(start));
}

TEST(OneFill, WaitsUntilItIsAnsweredOrFails) {
    const FillPtr fill = make_fill();
    EXPECT_EQ(fill->phase(), Fill::Phase::waiting);
    fill->answer({testing::make_stored(Content::make_complete("x"), {}, {}), policy::Storage::store, false, 200, policy::VarySpec{}});
    EXPECT_EQ(fill->phase(), Fill::Phase::answered);
    EXPECT_EQ(fill->view().answer.origin_status, 200);

    const FillPtr other = make_fill();
    other->fail(http::ProxyError::connection_refused);
    EXPECT_EQ(other->phase(), Fill::Phase::failed);
    EXPECT_EQ(other->view().error, http::ProxyError::connection_refused);
}

TEST(OneFill, ShowsTheCompletedResponseToWhoLooksLater) {
    const FillPtr fill = make_fill();
    const StoredResponsePtr arriving = testing::make_stored(Content::make_complete("x"), {}, {});
    fill->answer({arriving, policy::Storage::store, false, 203, policy::VarySpec{}});
    const Fill::View before = fill->view();
    const StoredResponsePtr complete = testing::make_stored(arriving->content(), testing::Fields{{"ETag", "\"1\""}}, {});
    fill->complete(complete);
    EXPECT_EQ(before.answer.response, arriving);
    EXPECT_EQ(fill->view().answer.response, complete);
    EXPECT_EQ(fill->view().answer.origin_status, 203);
    EXPECT_EQ(fill->phase(), Fill::Phase::answered);
}

TEST(OneFill, TellsAllWhoFollowAndOnlyThem) {
    const FillPtr fill = make_fill();
    CountingListener one;
    CountingListener two;
    CountingListener gone;
    const Following follows_one(fill, one);
    const Following follows_two(fill, two);
    { const Following follows_for_a_while(fill, gone); }
    EXPECT_EQ(fill->listeners(), 2u);
    fill->add_interim("HTTP/1.1 103 Early Hints\r\n\r\n");
    fill->fail(http::ProxyError::connection_refused);
    EXPECT_EQ(one.heard(), 2);
    EXPECT_EQ(two.heard(), 2);
    EXPECT_EQ(gone.heard(), 0);
}

TEST(OneFill, KeepsItsInterimResponsesForWhoComesLater) {
    const FillPtr fill = make_fill();
    fill->add_interim("one");
    fill->add_interim("two");
    EXPECT_EQ(fill->interim(0), (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(fill->interim(1), (std::vector<std::string>{"two"}));
    EXPECT_TRUE(fill->interim(2).empty());
    EXPECT_TRUE(fill->interim(9).empty());
}

TEST(OneFill, KeepsEightInterimResponsesAtMost) {
    const FillPtr fill = make_fill();
    CountingListener listener;
    const Following following(fill, listener);
    for (int i = 0; i < 20; ++i) fill->add_interim(std::to_string(i));
    EXPECT_EQ(fill->interim(0).size(), 8u);
    EXPECT_EQ(listener.heard(), 8);
}

TEST(OneFill, BeganAfterARequestOnlyIfStrictlyLater) {
    const FillPtr fill = make_fill();
    EXPECT_TRUE(fill->began_after(epochs::BootTime(std::chrono::milliseconds(99'999))));
    EXPECT_FALSE(fill->began_after(epochs::BootTime(std::chrono::seconds(100))));
    EXPECT_FALSE(fill->began_after(epochs::BootTime(std::chrono::seconds(101))));
}

}  // namespace
}  // namespace sidecache::fill
