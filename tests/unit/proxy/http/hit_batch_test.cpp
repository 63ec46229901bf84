#include "proxy/http/hit_batch.hpp"

#include "tests/unit/proxy/http/hits.hpp"

#include <gtest/gtest.h>

namespace sidecache::door {
namespace {

using testing::make_hit;
using testing::make_stored;
using testing::ParsedRequest;
using testing::text_of;

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

class ABatch : public ::testing::Test {
protected:
    void add(const fill::StoredResponsePtr& response, std::string_view text = get, bool is_not_modified = false, bool keep_alive = true) {
        requests.push_back(std::make_unique<ParsedRequest>(text));
        responses.push_back(response);
        pipeline::Hit hit = make_hit(response);
        hit.is_not_modified = is_not_modified;
        requests.back()->head.keep_alive = keep_alive;
        batch.add(requests.back()->head, hit, options);
    }
    static fill::StoredResponsePtr response_of(std::string_view content) {
        return make_stored(fill::Content::make_complete(content), testing::Fields{{"ETag", "\"1\""}, {"Content-Type", "text/plain"}}, {});
    }
    std::vector<std::unique_ptr<ParsedRequest>> requests;
    std::vector<fill::StoredResponsePtr> responses;
    Options options;
    HitBatch batch;
};

TEST_F(ABatch, IsHeadPatchAndContentOfEachInOrder) {
    add(response_of("one"));
    add(response_of("two"));
    const std::string head = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Type: text/plain\r\n";
    const std::string patch = "Content-Length: 3\r\nAge: 3\r\nCache-Status: sidecache; hit; ttl=57\r\n\r\n";
    EXPECT_EQ(text_of(batch.pieces()), head + patch + "one" + head + patch + "two");
}

TEST_F(ABatch, CopiesNeitherStoredHeadNorContent) {
    const auto response = response_of("content");
    add(response);
    const auto pieces = batch.pieces();
    ASSERT_EQ(pieces.size(), 3u);
    EXPECT_EQ(pieces[0].iov_base, response->head().data());
    EXPECT_EQ(pieces[2].iov_base, response->content()->chunks()[0]->data());
}

TEST_F(ABatch, HasEveryChunkOfALongContent) {
    const fill::ContentPtr content(new fill::Content({}, std::nullopt, true));
    std::string whole;
    for (char letter = 'a'; letter <= 'z'; ++letter) {
        content->append(std::string(5'000, letter));
        whole.append(5'000, letter);
    }
    content->complete({});
    ASSERT_GT(content->chunks().size(), 2u);
    add(make_stored(content, {}, {}));
    EXPECT_TRUE(text_of(batch.pieces()).ends_with("\r\n\r\n" + whole));
    EXPECT_EQ(batch.records()[0].bytes_out, whole.size());
}

TEST_F(ABatch, SendsNoContentToHeadButItsLength) {
    add(response_of("content"), "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string text = text_of(batch.pieces());
    EXPECT_TRUE(text.ends_with("\r\n\r\n"));
    EXPECT_NE(text.find("Content-Length: 7\r\n"), std::string::npos);
    EXPECT_EQ(batch.records()[0].bytes_out, 0u);
}

TEST_F(ABatch, AnswersNotModifiedWithoutContentTypeLengthAndContent) {
    add(response_of("content"), get, true);
    EXPECT_EQ(text_of(batch.pieces()), "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\nAge: 3\r\nCache-Status: sidecache; hit; ttl=57\r\n\r\n");
    EXPECT_EQ(batch.records()[0].status, 304);
}

TEST_F(ABatch, OwnsWhatItSendsOnceItIsToKeepIt) {
    add(response_of("one"));
    add(response_of("two"));
    EXPECT_EQ(responses[0]->use_count(), 1u) << "who looks keeps it meanwhile";
    batch.keep();
    EXPECT_EQ(responses[0]->use_count(), 2u);
    EXPECT_EQ(responses[1]->use_count(), 2u);
    batch.clear();
    EXPECT_EQ(responses[0]->use_count(), 1u);
}

TEST_F(ABatch, ShowsTheKeysOfHitsThatHaveOne) {
    for (const bool is_not_modified : {false, true}) {
        const fill::StoredResponsePtr response = response_of("x");
        pipeline::Hit hit = make_hit(response);
        std::string key = "GET api a /";
        hit.key = key;
        hit.is_not_modified = is_not_modified;
        requests.push_back(std::make_unique<ParsedRequest>(get));
        batch.add(requests.back()->head, hit, options);
        key.assign(key.size(), '#');  // written already
        EXPECT_NE(text_of(batch.pieces()).find("Cache-Status: sidecache; hit; ttl=57; key=\"GET api a /\"\r\n"), std::string::npos);
        batch.clear();
    }
}

TEST_F(ABatch, SendsWhatClientsAreToldOfKeepingIt) {
    testing::StoredAs as;
    as.clients.withheld.insert(http::FieldName::cache_control);
    as.clients.cache_control = "private, no-cache";
    as.clients.etag = "\"sc-1\"";
    const auto response = make_stored(fill::Content::make_complete("content"), testing::Fields{{"Cache-Control", "max-age=60"}, {"Content-Type", "text/plain"}}, as);
    const std::string told = "Cache-Control: private, no-cache\r\nETag: \"sc-1\"\r\n";
    const std::string patch = "Age: 3\r\nCache-Status: sidecache; hit; ttl=57\r\n\r\n";
    add(response);
    EXPECT_EQ(text_of(batch.pieces()), "HTTP/1.1 200 OK\r\n" + told + "Content-Type: text/plain\r\nContent-Length: 7\r\n" + patch + "content");
    batch.clear();
    add(response, get, true);
    EXPECT_EQ(text_of(batch.pieces()), "HTTP/1.1 304 Not Modified\r\n" + told + patch);
}

TEST_F(ABatch, HasANotModifiedBetweenTwoContents) {
    add(response_of("one"));
    add(response_of("x"), get, true);
    add(response_of("two"));
    const std::string text = text_of(batch.pieces());
    EXPECT_NE(text.find("oneHTTP/1.1 304"), std::string::npos);
    EXPECT_TRUE(text.ends_with("two"));
}

TEST_F(ABatch, SendsAnEmptyContentWithItsLength) {
    add(response_of(""));
    EXPECT_NE(text_of(batch.pieces()).find("Content-Length: 0\r\n"), std::string::npos);
}

TEST_F(ABatch, TellsTheLastOneThatTheConnectionCloses) {
    add(response_of("one"));
    add(response_of("two"), get, false, false);
    const std::string text = text_of(batch.pieces());
    EXPECT_EQ(text.find("Connection: close"), text.rfind("Connection: close"));
    EXPECT_GT(text.find("Connection: close"), text.find("one"));
}

TEST_F(ABatch, IsFullAtItsLimitOfHits) {
    const auto response = response_of("x");
    std::size_t count = 0;
    for (; !batch.is_full(); ++count) add(response);
    EXPECT_EQ(count, 64u);
    EXPECT_EQ(batch.records().size(), 64u);
}

TEST_F(ABatch, IsFullAtItsLimitOfBytes) {
    add(response_of(std::string(600'000, 'x')));
    EXPECT_FALSE(batch.is_full());
    add(response_of(std::string(600'000, 'x')));
    EXPECT_TRUE(batch.is_full());
}

TEST_F(ABatch, IsEmptyOnceItIsCleared) {
    add(response_of("content"));
    EXPECT_FALSE(batch.empty());
    batch.clear();
    EXPECT_TRUE(batch.empty());
    EXPECT_TRUE(batch.pieces().empty());
}

TEST_F(ABatch, MayBeUsedAgain) {
    add(response_of("one"));
    const std::string first = text_of(batch.pieces());
    batch.clear();
    add(response_of("one"));
    EXPECT_EQ(text_of(batch.pieces()), first);
}

TEST_F(ABatch, TellsEachRecordWhatBecameOfItsHit) {
    add(response_of("content"));
    const telemetry::ExchangeRecord& record = batch.records()[0];
    EXPECT_EQ(record.outcome.served, policy::Served::hit);
    EXPECT_EQ(record.status, 200);
    EXPECT_EQ(record.bytes_out, 7u);
}

}  // namespace
}  // namespace sidecache::door
