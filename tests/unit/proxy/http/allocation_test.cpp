// What hits cost in allocations: this program counts every operator new.
#include "tests/unit/proxy/http/hits.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

namespace {

std::size_t allocations = 0;

}  // namespace

// Not inlined: the compiler would see malloc behind new and free behind delete as a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace sidecache::door {
namespace {

using testing::make_hit;
using testing::ParsedRequest;

// Allocations of a thousand hits in batches, after the first thousand.
std::size_t allocations_of(const fill::StoredResponsePtr& response, std::string_view request_text, bool is_not_modified = false, std::string_view key = {}) {
    const ParsedRequest request(request_text);
    EXPECT_FALSE(request.rejection);
    const Options options;
    HitBatch batch;
    const auto run = [&] {
        for (int i = 0; i < 1'000; ++i) {
            pipeline::Hit hit = make_hit(response);
            hit.is_not_modified = is_not_modified;
            hit.key = key;
            batch.add(request.head, hit, options);
            if (!batch.is_full()) continue;
            batch.pieces();
            batch.clear();
        }
        batch.pieces();
        batch.clear();
    };
    run();
    const std::size_t before = allocations;
    run();
    return allocations - before;
}

fill::StoredResponsePtr make_response(std::string_view content) {
    return testing::make_stored(fill::Content::make_complete(content),
                                testing::Fields{{"Content-Type", "application/json"}, {"ETag", "\"0123456789abcdef\""}, {"Cache-Control", "max-age=60"},
                                                {"Date", "Sun, 06 Nov 1994 08:49:37 GMT"}, {"Via", "1.1 sidecache"}},
                                {});
}

TEST(AHit, CostsNoAllocationInAWarmBatch) {
    EXPECT_EQ(allocations_of(make_response(std::string(500, 'x')), "GET /patients/ HTTP/1.1\r\nHost: a\r\n\r\n"), 0u);
}

TEST(AHit, CostsNoAllocationWhereItIsNotModifiedOrHasNoContent) {
    EXPECT_EQ(allocations_of(make_response("x"), "GET / HTTP/1.1\r\nHost: a\r\n\r\n", true), 0u);
    EXPECT_EQ(allocations_of(make_response("x"), "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"), 0u);
}

TEST(AHit, CostsNoAllocationForTheKeyThatItShows) {
    const std::string key(1'000, 'x');
    EXPECT_EQ(allocations_of(make_response("x"), "GET / HTTP/1.1\r\nHost: a\r\n\r\n", false, key), 0u);
}

TEST(AHit, CostsNoAllocationWhereClientsAreToldOtherwiseOfKeepingIt) {
    testing::StoredAs as;
    as.clients.withheld.insert(http::FieldName::cache_control);
    as.clients.cache_control = "private, no-cache";
    as.clients.etag = "\"sc-0123456789abcdef0123456789abcdef\"";
    const auto response = testing::make_stored(fill::Content::make_complete("x"), testing::Fields{{"Cache-Control", "max-age=60"}, {"Via", "1.1 sidecache"}}, as);
    EXPECT_EQ(allocations_of(response, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0u);
    EXPECT_EQ(allocations_of(response, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", true), 0u);
}

TEST(AHit, OfTheFirstBatchCostsNoAllocationEither) {
    const fill::StoredResponsePtr response = make_response("x");
    const ParsedRequest request("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const Options options;
    HitBatch batch;
    const std::size_t before = allocations;
    while (!batch.is_full()) batch.add(request.head, make_hit(response), options);
    batch.pieces();
    EXPECT_EQ(allocations - before, 0u);
}

TEST(ARequestId, CostsNoAllocation) {
    const ParsedRequest request("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    HitBatch batch;
    const std::size_t before = allocations;
    batch.make_id(request.head.view, "X-Request-ID", 7);
    EXPECT_EQ(allocations - before, 0u);
}

}  // namespace
}  // namespace sidecache::door
