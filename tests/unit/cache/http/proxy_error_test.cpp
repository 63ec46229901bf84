#include "cache/http/proxy_error.hpp"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

namespace sidecache::http {
namespace {

struct ErrorCase {
    ProxyError error;
    std::string_view name;
    int status;
};

// RFC 9209 §2.3
constexpr ErrorCase cases[] = {
    {ProxyError::dns_timeout, "dns_timeout", 504},
    {ProxyError::dns_error, "dns_error", 502},
    {ProxyError::destination_unavailable, "destination_unavailable", 503},
    {ProxyError::connection_refused, "connection_refused", 502},
    {ProxyError::connection_terminated, "connection_terminated", 502},
    {ProxyError::connection_timeout, "connection_timeout", 504},
    {ProxyError::connection_read_timeout, "connection_read_timeout", 504},
    {ProxyError::connection_write_timeout, "connection_write_timeout", 504},
    {ProxyError::connection_limit_reached, "connection_limit_reached", 503},
    {ProxyError::http_request_error, "http_request_error", 400},
    {ProxyError::http_request_denied, "http_request_denied", 403},
    {ProxyError::http_response_incomplete, "http_response_incomplete", 502},
    {ProxyError::http_response_header_section_size, "http_response_header_section_size", 502},
    {ProxyError::http_response_timeout, "http_response_timeout", 504},
    {ProxyError::http_protocol_error, "http_protocol_error", 502},
    {ProxyError::http_upgrade_failed, "http_upgrade_failed", 502},
    {ProxyError::proxy_loop_detected, "proxy_loop_detected", 502},
    {ProxyError::proxy_internal_error, "proxy_internal_error", 500},
    {ProxyError::proxy_configuration_error, "proxy_configuration_error", 500},
};

TEST(ProxyError, HasTheNameAndTheStatusOfTheStandardAndASentence) {
    std::set<std::string_view> sentences;
    for (const ErrorCase& c : cases) {
        EXPECT_EQ(name_of(c.error), c.name);
        EXPECT_EQ(status_of(c.error), c.status) << c.name;
        EXPECT_TRUE(sentence_of(c.error).ends_with('.')) << c.name;
        sentences.insert(sentence_of(c.error));
    }
    EXPECT_EQ(sentences.size(), std::size(cases));
}

TEST(ProxyError, IsThrownWithItsSentenceWhereAValueIsTakenThatIsNotThere) {
    const Result<int> result = ProxyError::connection_refused;
    try {
        (void)result.value();
        FAIL() << "a result without a value gave one";
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "The origin refused the connection.");
    }
}

}  // namespace
}  // namespace sidecache::http
