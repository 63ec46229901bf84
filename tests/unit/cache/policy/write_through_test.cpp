#include "cache/policy/write_through.hpp"

#include "cache/policy/location.hpp"
#include "tests/unit/cache/http/fields.hpp"

#include <gtest/gtest.h>

namespace sidecache::policy {
namespace {

using testing::Fields;
using testing::make_request;
using testing::make_response;

bool may(std::string_view method, const Fields& fields, int status = 200, const Rules& rules = {}) {
    static const Fields none{};
    return may_answer_get(make_request(method, "/notes/?page=1", none), make_response(status, fields), rules);
}

// RFC 9110 §9.3.3, RFC 5789 §2; §9.3.4: answers to PUT are not cacheable.
TEST(WriteThrough, IsForPostAndPatchAlone) {
    const Fields fields{{"Cache-Control", "max-age=60"}, {"Content-Location", "/notes/?page=1"}};
    EXPECT_TRUE(may("POST", fields));
    EXPECT_TRUE(may("PATCH", fields));
    for (const std::string_view method : {"PUT", "DELETE", "REPLACE"}) EXPECT_FALSE(may(method, fields)) << method;
    for (const int status : {201, 204, 206, 303, 404}) EXPECT_FALSE(may("POST", fields, status)) << status;
}

TEST(WriteThrough, NeedsExplicitFreshness) {
    const auto fresh_by = [](std::string_view name, std::string_view value) { return may("POST", Fields{{name, value}, {"Content-Location", "/notes/?page=1"}}); };
    EXPECT_TRUE(fresh_by("Cache-Control", "s-maxage=60"));
    EXPECT_TRUE(fresh_by("Expires", "Sun, 29 Nov 2026 12:00:00 GMT"));
    EXPECT_TRUE(fresh_by("CDN-Cache-Control", "max-age=60"));
    EXPECT_FALSE(fresh_by("Cache-Control", "public"));
    EXPECT_FALSE(fresh_by("Last-Modified", "Sun, 29 Nov 2026 12:00:00 GMT"));
}

TEST(WriteThrough, NeedsAContentLocationThatIsTheTarget) {
    const auto located = [](const Fields& fields) { return may("POST", fields); };
    const std::pair<std::string_view, std::string_view> fresh{"Cache-Control", "max-age=60"};
    EXPECT_FALSE(located(Fields{fresh}));
    EXPECT_FALSE(located(Fields{fresh, {"Content-Location", "/notes/?page=1"}, {"Content-Location", "/notes/?page=1"}}));
    EXPECT_FALSE(located(Fields{fresh, {"Content-Location", "/notes/7/"}}));
}

TEST(WriteThrough, NeedsNeitherWhereTheRouteGivesItsWord) {
    Rules rules;
    rules.write_through = true;
    const Fields nothing{};
    for (const std::string_view method : {"POST", "PUT", "PATCH"}) EXPECT_TRUE(may(method, nothing, 200, rules)) << method;
    EXPECT_FALSE(may("DELETE", nothing, 200, rules));
    for (const int status : {201, 204, 206, 303, 404}) EXPECT_FALSE(may("PUT", nothing, status, rules)) << status;
    EXPECT_TRUE(may("PUT", Fields{{"Content-Location", "/notes/?page=1"}}, 200, rules));
    EXPECT_FALSE(may("PUT", Fields{{"Content-Location", "/notes/7/"}}, 200, rules));
    EXPECT_FALSE(may("PUT", Fields{{"Content-Location", "/notes/?page=1"}, {"Content-Location", "/notes/?page=1"}}, 200, rules));
}

TEST(ATarget, IsNamedHoweverItIsSpelled) {
    static const Fields none{};
    http::RequestView request = make_request("POST", "/notes/?page=1", none);
    request.authority = "api.example";
    for (const std::string_view same : {"/notes/?page=1", "http://api.example/notes/?page=1", "https://API.example:443/notes/?page=1", "/x/../notes/?page=1", "/%6eotes/?page=1", "?page=1", "/notes/?page=1#top", ""})
        EXPECT_TRUE(names_target(request, same)) << same;
    for (const std::string_view other : {"/notes/", "/notes/?page=2", "/notes?page=1", "/notes/?", "http://other.example/notes/?page=1", "ftp://api.example/notes/?page=1", "/notes/7/?page=1"})
        EXPECT_FALSE(names_target(request, other)) << other;
}

}  // namespace
}  // namespace sidecache::policy
