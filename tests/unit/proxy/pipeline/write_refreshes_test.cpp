// What is fetched again after a write: what was asked for, no sooner than it can be stored, no more than the budget allows.
#include "proxy/pipeline/write_refreshes.hpp"

#include "proxy/pipeline/repeat.hpp"
#include "tests/unit/cache/fill/responses.hpp"
#include "tests/unit/proxy/pipeline/snapshots.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

namespace sidecache::pipeline {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::StoredAs;
using Moment = WriteRefreshes::Moment;

const std::chrono::system_clock::time_point noon{std::chrono::seconds(1'000'000)};

class Refreshes : public ::testing::Test {
protected:
    static Moment at(std::chrono::milliseconds later) { return {noon + later, epochs::BootTime(1h) + later}; }

    fill::StoredResponsePtr store(std::string key, policy::Group group, int hits, std::chrono::seconds lifetime = 60s) {
        StoredAs as;
        as.key = std::move(key);
        as.stamp = epochs.stamp();
        as.groups = {group};
        as.lifetime = lifetime;
        as.response_time = noon;
        const auto response = testing::make_stored(fill::Content::make_complete("x"), {}, as);
        store_.put(memory::EntryPtr(const_cast<fill::StoredResponse*>(response.get())));
        for (int hit = 0; hit < hits; ++hit) response->note_hit();
        refreshes.note(options, *response, repeat);
        return response;
    }
    void write(policy::Group group, std::chrono::nanoseconds hold = {}, std::chrono::milliseconds later = 0ms) { epochs.tick({&group, 1}, hold, at(later).boot); }

    std::optional<WriteRefreshes::Due> next(std::chrono::milliseconds later = 0ms) { return refreshes.next(options, store_, epochs, at(later)); }
    // All that are to be fetched at once; with as many permits held.
    std::vector<std::string> all(std::chrono::milliseconds later = 0ms) {
        std::vector<std::string> keys;
        while (auto due = next(later)) {
            keys.push_back(due->key);
            held.push_back(std::move(due->permit));
        }
        return keys;
    }

    RefreshOptions options{.concurrency = 10, .rate = 10, .hits = 2, .candidates = 100};
    memory::Store store_{memory::Options{.size = 1 << 20}};
    epochs::Epochs epochs{{.slots = 1 << 16}, 1};
    WriteRefreshes refreshes;
    const std::shared_ptr<const Repeat> repeat = std::make_shared<const Repeat>(Repeat{testing::make_message(), testing::stranger.address, "id", 1});
    std::vector<WriteRefreshes::Permit> held;
};

TEST_F(Refreshes, AreOfWhatAWriteEndedAndNothingElse) {
    store("one", 1, 2);
    store("two", 2, 2);
    EXPECT_THAT(all(), IsEmpty());
    write(1);
    auto due = next();
    ASSERT_TRUE(due);
    EXPECT_EQ(due->key, "one");
    EXPECT_EQ(due->hash, policy::hash_key("one"));
    EXPECT_EQ(due->repeat, repeat);
    EXPECT_THAT(all(), IsEmpty());
    EXPECT_EQ(refreshes.candidates(), 1u);
}

TEST_F(Refreshes, AreOfWhatIsAskedForOftenAndOfTheHottestFirst) {
    store("cold", 1, 1);
    store("warm", 1, 2);
    store("hottest", 1, 100);
    store("hot", 1, 10);
    write(1);
    EXPECT_THAT(all(), ElementsAre("hottest", "hot", "warm"));
    EXPECT_EQ(refreshes.counts.cold.load(), 1u);
}

TEST_F(Refreshes, AreCountedAsLateWhereSomebodyElseFetchedItFirst) {
    options.concurrency = 1;
    store("one", 1, 2);
    store("two", 1, 3);
    write(1);
    EXPECT_THAT(all(), ElementsAre("two"));
    store("one", 1, 0);  // a request came
    held.clear();
    EXPECT_THAT(all(200ms), IsEmpty());
    EXPECT_EQ(refreshes.counts.late.load(), 1u);
    EXPECT_EQ(refreshes.candidates(), 1u);  // the new one
}

TEST_F(Refreshes, AreNotOfWhatIsStaleByItsTime) {
    store("one", 1, 9, 5s);
    write(1);
    EXPECT_THAT(all(5s), IsEmpty());
    store("two", 1, 9, 5s);
    write(1);
    EXPECT_THAT(all(4s), ElementsAre("two"));
}

TEST_F(Refreshes, AreNotOfWhatAReloadEnded) {
    store("one", 1, 9);
    epochs.adopt_rules(2);
    EXPECT_THAT(all(), IsEmpty());
    EXPECT_EQ(refreshes.candidates(), 0u);
}

TEST_F(Refreshes, AreNoneOnceThisProcessTrustsNothing) {
    store("one", 1, 9);
    write(1);
    epochs.end_trust();
    EXPECT_THAT(all(), IsEmpty());
}

TEST_F(Refreshes, WaitForWritesUnderWay) {
    store("one", 1, 9);
    const policy::Groups groups{1};
    epochs.begin_write(groups);
    write(1);
    EXPECT_THAT(all(), IsEmpty());
    write(1);  // again, before its last byte
    epochs.end_write(groups);
    EXPECT_THAT(all(100ms), ElementsAre("one"));
}

TEST_F(Refreshes, WaitForHolds) {
    store("one", 1, 9);
    write(1, 5s);
    EXPECT_THAT(all(4900ms), IsEmpty());
    EXPECT_THAT(all(5s), ElementsAre("one"));
}

TEST_F(Refreshes, PassByWhatHasToWait) {
    store("held", 1, 9);
    store("free", 2, 3);
    write(1, 5s);
    write(2);
    EXPECT_THAT(all(), ElementsAre("free"));
}

TEST_F(Refreshes, AreOnlySoManyAtATime) {
    options.concurrency = 2;
    options.rate = 1000;
    for (const char* key : {"one", "two", "three"}) store(key, 1, 5);
    write(1);
    EXPECT_EQ(all().size(), 2u);
    EXPECT_THAT(all(1s), IsEmpty());
    held.pop_back();
    EXPECT_EQ(all(1s).size(), 1u);
}

TEST_F(Refreshes, AreOnlySoManyInASecond) {
    options.rate = 10;
    options.concurrency = 4;
    for (int i = 0; i < 40; ++i) store("key " + std::to_string(i), 1, 5);
    write(1);
    std::vector<std::size_t> begun;
    for (const auto later : {0ms, 50ms, 100ms, 200ms, 1000ms}) {
        begun.push_back(all(later).size());
        held.clear();
    }
    EXPECT_THAT(begun, ElementsAre(4u, 0u, 1u, 1u, 4u));
}

TEST_F(Refreshes, RememberOnlySoMany) {
    options.candidates = 3;
    for (const char* key : {"one", "two", "three", "four", "five"}) store(key, 1, 5);
    EXPECT_EQ(refreshes.candidates(), 3u);
    write(1);
    EXPECT_THAT(all(), ::testing::UnorderedElementsAre("three", "four", "five"));
}

TEST_F(Refreshes, RememberFewerAfterAReload) {
    for (const char* key : {"one", "two", "three", "four", "five"}) store(key, 1, 5);
    options.candidates = 2;
    store("six", 1, 5);
    EXPECT_EQ(refreshes.candidates(), 2u);
    options.candidates = 0;
    store("seven", 1, 5);
    EXPECT_LE(refreshes.candidates(), 2u);
}

TEST_F(Refreshes, RememberAKeyOnce) {
    for (int i = 0; i < 3; ++i) store("one", 1, 5);
    EXPECT_EQ(refreshes.candidates(), 1u);
    write(1);
    EXPECT_THAT(all(), ElementsAre("one"));
}

TEST_F(Refreshes, KeepNoRequestOfWhatIsStoredNoMore) {
    const auto response = store("one", 1, 5);
    EXPECT_THAT(all(), IsEmpty());
    store_.erase(*response);
    EXPECT_THAT(all(9s), IsEmpty());
    EXPECT_EQ(refreshes.candidates(), 1u);
    EXPECT_THAT(all(10s), IsEmpty());  // though nothing was written
    EXPECT_EQ(refreshes.candidates(), 0u);
    EXPECT_EQ(repeat.use_count(), 1);
}

TEST_F(Refreshes, KeepNoRequestAfterForget) {
    store("one", 1, 5);
    store("two", 1, 5);
    write(1);
    options.concurrency = 1;
    EXPECT_EQ(all().size(), 1u);
    refreshes.forget();
    held.clear();
    EXPECT_THAT(all(1s), IsEmpty());
    EXPECT_EQ(repeat.use_count(), 1);
}

TEST_F(Refreshes, AreEachOfOneWorkerAlone) {
    options.rate = 100'000;
    options.concurrency = 1000;
    options.candidates = 1000;
    for (int i = 0; i < 500; ++i) store("key " + std::to_string(i), 1, 5);
    write(1);
    std::atomic<int> left = 500;
    std::array<std::vector<std::string>, 3> found;
    {
        std::vector<std::jthread> workers;
        for (auto& mine : found) {
            workers.emplace_back([this, &mine, &left] {
                for (int i = 0; left > 0; ++i) {
                    auto due = next(std::chrono::milliseconds(i % 30'000));
                    if (!due) continue;
                    mine.push_back(due->key);
                    --left;
                }
            });
        }
    }
    std::vector<std::string> sum;
    for (const auto& mine : found) sum.insert(sum.end(), mine.begin(), mine.end());
    EXPECT_EQ(sum.size(), 500u);
    std::ranges::sort(sum);
    EXPECT_EQ(std::ranges::adjacent_find(sum), sum.end());
}

}  // namespace
}  // namespace sidecache::pipeline
