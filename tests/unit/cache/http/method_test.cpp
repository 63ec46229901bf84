#include "cache/http/method.hpp"

#include <gtest/gtest.h>

namespace sidecache::http {
namespace {

struct MethodCase {
    std::string_view token;
    Method method;
    bool is_safe, is_idempotent;
};

// RFC 9110 §9.2.1, §9.2.2, §18.2; RFC 5789 §2 for PATCH; RFC 10008 §2 for QUERY
TEST(Method, HasTheRegisteredProperties) {
    constexpr MethodCase cases[] = {
        {"GET", Method::get, true, true},           {"HEAD", Method::head, true, true},
        {"POST", Method::post, false, false},       {"PUT", Method::put, false, true},
        {"PATCH", Method::patch, false, false},     {"DELETE", Method::delete_, false, true},
        {"OPTIONS", Method::options, true, true},   {"TRACE", Method::trace, true, true},
        {"CONNECT", Method::connect, false, false}, {"QUERY", Method::query, true, true},
    };
    for (const MethodCase& c : cases) {
        EXPECT_EQ(method_of(c.token), c.method) << c.token;
        EXPECT_EQ(is_safe(c.method), c.is_safe) << c.token;
        EXPECT_EQ(is_idempotent(c.method), c.is_idempotent) << c.token;
    }
}

// RFC 9110 §9.1: case-sensitive
TEST(Method, IsUnsafeWhereItIsUnknown) {
    for (const std::string_view token : {"", "get", "Get", "GETS", "PROPFIND", "query", "QUERYS", "PURGE", "DELETE "}) {
        EXPECT_EQ(method_of(token), Method::other) << token;
    }
    EXPECT_FALSE(is_safe(Method::other));
    EXPECT_FALSE(is_idempotent(Method::other));
}

}  // namespace
}  // namespace sidecache::http
