// Which response may take the place of which (CONSISTENCY 1.1 fill, S8), and how variants are found again.
#include "proxy/pipeline/filing.hpp"
#include "proxy/pipeline/finder.hpp"
#include "tests/unit/cache/fill/responses.hpp"
#include "tests/unit/proxy/pipeline/snapshots.hpp"

#include <gtest/gtest.h>

namespace sidecache::pipeline {
namespace {

using namespace std::chrono_literals;
using testing::Fields;
using testing::StoredAs;

constexpr policy::Group group = 5;
const std::chrono::system_clock::time_point now{std::chrono::seconds(1'000'000)};
const std::string primary = "GET\norigin\napi.example\n/patients/?page=2";

class Installing : public ::testing::Test {
protected:
    void tick() { shared.epochs.tick({&group, 1}); }
    fill::StoredResponsePtr make(std::uint64_t number, epochs::Stamp stamp, std::chrono::seconds age = 0s) {
        StoredAs as;
        as.key = primary;
        as.fill_number = number;
        as.stamp = stamp;
        as.groups = {group};
        as.response_time = now - age;
        return fill::packed(testing::make_stored(fill::Content::make_complete("x"), {}, as));
    }
    bool put(const fill::StoredResponsePtr& response) { return install(shared, response, primary, {}, 32, now); }
    memory::EntryPtr standing() { return shared.store.find(policy::hash_key(primary), primary); }

    Shared shared{{}, {.slots = 1024}, 1, 64};
};

TEST_F(Installing, TakesAFreePlace) {
    const auto response = make(1, shared.epochs.stamp());
    EXPECT_TRUE(put(response));
    EXPECT_EQ(standing().get(), response.get());
}

TEST_F(Installing, ReplacesWhatBeganEarlier) {
    put(make(1, shared.epochs.stamp()));
    const auto later = make(2, shared.epochs.stamp());
    EXPECT_TRUE(put(later));
    EXPECT_EQ(standing().get(), later.get());
}

TEST_F(Installing, NeverReplacesAFreshOneThatBeganLater) {
    const auto slow = make(1, shared.epochs.stamp());
    const auto fast = make(2, shared.epochs.stamp());
    EXPECT_TRUE(put(fast));
    EXPECT_FALSE(put(slow));
    EXPECT_EQ(standing().get(), fast.get());
    EXPECT_EQ(shared.counts.fills_refused.load(), 1u);
}

TEST_F(Installing, NeverReplacesAFreshOneOfALaterEpoch) {
    const epochs::Stamp before = shared.epochs.stamp();
    tick();
    const auto after_the_write = make(1, shared.epochs.stamp());
    put(after_the_write);
    EXPECT_FALSE(put(make(9, before)));  // a later start number does not help
    EXPECT_EQ(standing().get(), after_the_write.get());
}

TEST_F(Installing, ReplacesALaterOneThatIsStaleByNow) {
    const auto fast = make(2, shared.epochs.stamp(), 61s);
    put(fast);
    EXPECT_TRUE(put(make(1, shared.epochs.stamp())));
}

TEST_F(Installing, ReplacesALaterOneThatAWriteHasEnded) {
    put(make(2, shared.epochs.stamp()));
    tick();
    EXPECT_TRUE(put(make(1, shared.epochs.stamp())));
}

TEST_F(Installing, NeverReplacesWhatIsTrustedByAFillOfEarlierRules) {
    for (int i = 0; i < 5; ++i) tick();
    const auto of_old_rules = make(1, shared.epochs.stamp());  // epoch 5
    shared.epochs.adopt_rules(2);
    const auto of_new_rules = make(2, shared.epochs.stamp());  // epoch 0
    ASSERT_TRUE(put(of_new_rules));
    EXPECT_FALSE(put(of_old_rules));
    EXPECT_EQ(standing().get(), of_new_rules.get());
}

class Variants : public Installing {
protected:
    static policy::VarySpec by(std::string_view name) { return {{std::string(name)}, {http::field_name(name)}}; }
    bool put_variant(const policy::VarySpec& spec, std::string_view request_fields, std::size_t limit = 32) {
        const OwnedRequest message = testing::make_message(request_fields);
        finder.find(snapshot, {}, message.view(), {}, testing::stranger, now);
        const std::string key(finder.primary_key());
        StoredAs as;
        as.key = variant_key(key, spec, message.view().fields);
        as.stamp = shared.epochs.stamp();
        as.groups = {group};
        as.response_time = now;
        return install(shared, testing::make_stored(fill::Content::make_complete("x"), Fields{{"ETag", "\"1\""}}, as), key, spec, limit, now);
    }
    Found find(std::string_view request_fields) {
        const OwnedRequest message = testing::make_message(request_fields);
        return finder.find(snapshot, {}, message.view(), {}, testing::stranger, now);
    }
    const Snapshot snapshot = testing::make_snapshot();
    Finder finder{shared};
};

TEST_F(Variants, AreFoundByTheFieldsThatChoseThem) {
    put_variant(by("accept"), "Accept: json\r\n");
    EXPECT_NE(find("Accept: json\r\n").response, nullptr);
    const Found other = find("Accept: html\r\n");
    EXPECT_EQ(other.response, nullptr);
    EXPECT_TRUE(other.is_vary_miss);
}

TEST_F(Variants, AreFoundThoughTheOriginVariesByMoreLater) {
    put_variant(by("accept"), "Accept: json\r\n");
    put_variant(by("accept-language"), "Accept-Language: de\r\n");
    EXPECT_NE(find("Accept: json\r\n").response, nullptr);
    EXPECT_NE(find("Accept-Language: de\r\n").response, nullptr);
}

TEST_F(Variants, OfAQueryAreFoundByItsContentFirst) {
    const OwnedRequest message = testing::make_message("Accept: json\r\n", "QUERY /search/ HTTP/1.1");
    const auto find_by = [&](std::string_view content) { return finder.find(snapshot, {}, message.view(), {}, testing::stranger, now, {}, content); };
    find_by("\ncontent\n1");
    const std::string key(finder.primary_key());
    EXPECT_TRUE(key.ends_with("\n/search/\ncontent\n1"));
    StoredAs as;
    as.key = variant_key(key, by("accept"), message.view().fields);
    as.stamp = shared.epochs.stamp();
    as.groups = {group};
    as.response_time = now;
    install(shared, testing::make_stored(fill::Content::make_complete("x"), Fields{{"ETag", "\"1\""}}, as), key, by("accept"), 32, now);
    EXPECT_NE(find_by("\ncontent\n1").response, nullptr);
    for (const char* other : {"\ncontent\n2", ""}) {
        const Found found = find_by(other);
        EXPECT_EQ(found.response, nullptr);
        EXPECT_FALSE(found.is_vary_miss);
    }
}

// Each mark costs some allocations and the lock of its shard.
TEST_F(Variants, ThatAreRenewedNeedNoNewMarkEachTime) {
    const std::string key = "GET\nrecords\napi\n/marked";
    const auto renew = [&](WallTime kept_until) {
        note_variant(shared, {1, 2}, kept_until, key, by("accept"), 32);
        const auto mark = vary_mark(shared, key);
        EXPECT_GE(mark->kept_until(), kept_until);
        return mark;
    };
    const auto first = renew(now + 60s);
    EXPECT_EQ(renew(now + 61s), first);
    EXPECT_EQ(renew(now + 65s), first);
    EXPECT_NE(renew(now + 66s), first);
}

TEST_F(Variants, OverTheLimitDropTheOldest) {
    for (const char* accept : {"Accept: a\r\n", "Accept: b\r\n", "Accept: c\r\n"}) put_variant(by("accept"), accept, 2);
    EXPECT_EQ(find("Accept: a\r\n").response, nullptr);
    EXPECT_NE(find("Accept: b\r\n").response, nullptr);
    EXPECT_NE(find("Accept: c\r\n").response, nullptr);
    EXPECT_EQ(shared.counts.variants_dropped.load(), 1u);
}

TEST_F(Variants, GiveWayToAnAnswerThatVariesNoMore) {
    put_variant(by("accept"), "Accept: json\r\n");
    put_variant({}, "Accept: json\r\n");
    EXPECT_NE(find("Accept: anything\r\n").response, nullptr);
}

TEST_F(Variants, TakeThePlaceOfAnAnswerThatDidNotVary) {
    put_variant({}, "");
    put_variant(by("accept"), "Accept: json\r\n");
    EXPECT_EQ(find("Accept: html\r\n").response, nullptr);
    EXPECT_NE(find("Accept: json\r\n").response, nullptr);
}

}  // namespace
}  // namespace sidecache::pipeline
