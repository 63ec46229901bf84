// Responses whose No-Vary-Search says that part of the query does not matter: filed and found.
#include "proxy/pipeline/search_mark.hpp"

#include "proxy/pipeline/filing.hpp"
#include "proxy/pipeline/finder.hpp"
#include "tests/unit/cache/fill/responses.hpp"
#include "tests/unit/proxy/pipeline/snapshots.hpp"

#include <gtest/gtest.h>

namespace sidecache::pipeline {
namespace {

const http::NoVarySearch without_a{false, {"a"}};
const http::NoVarySearch without_b{false, {"b"}};

class Searches : public ::testing::Test {
protected:
    Found find(std::string_view query, std::string_view content_key = {}) {
        const OwnedRequest message = testing::make_message("", "GET /d/?" + std::string(query) + " HTTP/1.1");
        return finder.find(snapshot, {}, message.view(), {}, testing::stranger, now, who, content_key);
    }
    // As a fill of this query does.
    fill::StoredResponsePtr file(std::string_view query, const std::optional<http::NoVarySearch>& search) {
        find(query);
        const policy::ExactKey exact = finder.exact_key();
        testing::StoredAs as;
        as.key = filing_key(exact, search, false);
        as.fill_number = ++filed;
        const auto response = fill::packed(testing::make_stored(fill::Content::make_complete("x"), testing::Fields{{"ETag", "\"1\""}}, as));
        install(shared, response, as.key, {}, 32, now);
        if (as.key != exact.text) file_search_mark(shared, exact, *search, false, response->kept_until());
        return response;
    }
    const std::chrono::system_clock::time_point now{};
    std::uint64_t filed = 0;
    const Snapshot snapshot = testing::make_snapshot();
    Shared shared{{}, {.slots = std::size_t{1} << 10}, 1, 64};
    Finder finder{shared};
    Who who;
};

TEST_F(Searches, AreFoundByWhatMattersToThem) {
    const auto response = file("q=1&a=1", without_a);
    for (const char* query : {"q=1&a=1", "a=2&q=1", "q=1"}) EXPECT_EQ(find(query).response, response) << query;
    for (const char* query : {"q=2&a=1", "a=1", "q=1&b=1"}) EXPECT_EQ(find(query).response, nullptr) << query;
}

TEST_F(Searches, AreFoundAfterWhatIsStoredForTheQueryItself) {
    const auto shared_one = file("q=1", without_a);
    const auto own = file("q=1&a=1", std::nullopt);
    EXPECT_EQ(find("q=1&a=1").response, own);
    EXPECT_EQ(find("q=1&a=2").response, shared_one);
}

// RFC 9111 §4
TEST_F(Searches, AreFoundBeforeWhatWasStoredEarlierForTheQueryItself) {
    file("q=1&a=1", std::nullopt);
    const auto later = file("q=1&a=2", without_a);
    EXPECT_EQ(find("q=1&a=1").response, later);
    const auto own = file("q=1&a=1", std::nullopt);
    EXPECT_EQ(find("q=1&a=1").response, own);
    EXPECT_EQ(finder.key(), own->key());
    EXPECT_EQ(find("q=1&a=2").response, later);
}

TEST_F(Searches, DropWhatStoodThereBeforeTheySaidSo) {
    file("q=1&a=1", std::nullopt);
    const auto response = file("q=1&a=1", without_a);
    EXPECT_EQ(find("q=1&a=1").response, response);
}

TEST_F(Searches, AreFiledUnderTheirOwnQueryWhereThatIsNoUtf8) {
    const auto response = file("q=%ff&a=1", without_a);
    EXPECT_EQ(find("q=%ff&a=1").response, response);
    EXPECT_EQ(find("q=%ff&a=2").response, nullptr);
    file("q=1", without_a);  // the path has a mark now
    EXPECT_EQ(find("q=%ff&a=1").response, response);
    EXPECT_EQ(find("q=%ff&a=2").response, nullptr);
    EXPECT_EQ(finder.key(), finder.exact_key().text);
}

TEST_F(Searches, ThatAreNotStoredGoByTheNewestSpecAndKnowTheirOwnQuery) {
    file("q=1", without_b);
    file("q=2", without_a);
    EXPECT_EQ(find("q=3&a=1&b=1").response, nullptr);
    const std::string key(finder.key());
    EXPECT_EQ(key, filing_key(finder.exact_key(), without_a, false));
    EXPECT_TRUE(finder.exact_key().text.ends_with("/d/?a=1&b=1&q=3"));
    find("q=3&a=2&b=1");
    EXPECT_EQ(finder.key(), key);
}

TEST_F(Searches, KeepTheLatestFourSpecsOfAPath) {
    const char* names[] = {"p0", "p1", "p2", "p3", "p4"};
    for (const char* name : names) file(std::string("q=") + name, http::NoVarySearch{false, {name}});
    EXPECT_EQ(find("q=p0&p0=1").response, nullptr);
    for (const char* name : {"p1", "p2", "p3", "p4"}) EXPECT_NE(find(std::string("q=") + name + "&" + name + "=1").response, nullptr) << name;
}

TEST_F(Searches, AreLookedForOnlyWhereAPathHasAMark) {
    file("q=1", std::nullopt);
    find("q=2");
    EXPECT_EQ(finder.key(), finder.exact_key().text);
    EXPECT_EQ(shared.store.stats().entries, 1u);
}

TEST_F(Searches, HaveTheTargetOfTheirOwnQueryWhateverTheyGoBy) {
    const OwnedRequest message = testing::make_message("", "GET /d/?q=1&a=1 HTTP/1.1");
    std::string made;
    ASSERT_TRUE(finder.append_target_key(made, snapshot, {}, message.view(), testing::stranger));
    EXPECT_EQ(made, "GET\norigin\napi.example\n/d/?a=1&q=1");
    find("q=1&a=1", "\ncontent\n1");
    EXPECT_EQ(finder.primary_key(), made + "\ncontent\n1");
    EXPECT_EQ(finder.target_key(), made);
    file("q=1", without_a);
    const principals::Principal someone;
    who.kind = Who::Kind::anonymous;
    who.principal = &someone;
    find("q=1&a=1", "\ncontent\n1");
    EXPECT_TRUE(finder.primary_key().ends_with("\ncontent\n1\nwho\n"));
    EXPECT_FALSE(finder.primary_key().starts_with(made));
    EXPECT_EQ(finder.target_key(), made);
}

TEST_F(Searches, HaveTheSameExactKeyWhetherItIsLookedForOrNot) {
    const OwnedRequest message = testing::make_message("", "GET /d/?q=1&a=1 HTTP/1.1");
    for (const char* content : {"", "\ncontent\n1"}) {
        finder.find(snapshot, {}, message.view(), {}, testing::stranger, now, who, content);
        const policy::ExactKey found = finder.exact_key();
        const policy::ExactKey made = finder.make_exact_key(snapshot, {}, message.view(), testing::stranger, who, content);
        EXPECT_EQ(made.text, found.text);
        EXPECT_EQ(made.query(), found.query());
        EXPECT_EQ(made.content(), content);
        file("q=1", without_a);
    }
}

}  // namespace
}  // namespace sidecache::pipeline
