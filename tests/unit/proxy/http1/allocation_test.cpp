// What heads cost in allocations: this program counts every operator new.
#include "proxy/http1/head.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string_view>

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

namespace sidecache::http1 {
namespace {

// Allocations of the hundred calls after the first.
template <typename Parse>
std::size_t allocations_of(Parse parse) {
    parse();
    const std::size_t before = allocations;
    for (int i = 0; i < 100; ++i) parse();
    return allocations - before;
}

TEST(RequestHead, CostsNoAllocationWithWarmStorage) {
    constexpr std::string_view head =
        "POST /api/patients/?page=2 HTTP/1.1\r\nHost: records.example\r\nConnection: keep-alive, x-hop\r\nExpect: "
        "100-continue\r\n"
        "Transfer-Encoding: chunked\r\nAccept: */*\r\napi_key: x\r\n\r\n";
    Fields fields;
    RequestHead out;
    EXPECT_EQ(allocations_of([&] {
                  ASSERT_EQ(find_head_end(head, 0), head.size());
                  ASSERT_FALSE(assess_partial_head(head.substr(0, head.size() - 1), {}));
                  ASSERT_FALSE(parse_request_head(head, {}, fields, out));
              }),
              0u);
}

TEST(RequestHead, CostsNoAllocationWhenItIsRefused) {
    Fields fields;
    RequestHead out;
    EXPECT_EQ(allocations_of([&] { ASSERT_TRUE(parse_request_head("GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", {}, fields, out)); }), 0u);
}

TEST(ResponseHead, CostsNoAllocationWithWarmStorage) {
    constexpr std::string_view head =
        "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 5\r\nContent-Length: 5\r\nConnection: "
        "close\r\n\r\n";
    Fields fields;
    ResponseHead out;
    EXPECT_EQ(allocations_of([&] { ASSERT_TRUE(parse_response_head(head, {}, http::Method::get, fields, out)); }), 0u);
}

}  // namespace
}  // namespace sidecache::http1
