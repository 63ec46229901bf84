#include "cache/policy/head_update.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include <gtest/gtest.h>

namespace sidecache::policy {
namespace {

using testing::Fields;
using testing::make_response;

const Time received = std::chrono::sys_days{std::chrono::year{2026} / 11 / 29} + std::chrono::hours{12};
constexpr std::string_view then = "Sat, 28 Nov 2026 12:00:00 GMT";
constexpr std::string_view later = "Sun, 29 Nov 2026 11:00:00 GMT";

HeadUpdate assess(const Fields& head, const Fields& stored, int status = 200) {
    const auto response = make_response(200, stored);
    return assess_head(make_response(status, head), response, assess_response(response, {}, received, received), 10);
}

// RFC 9111 §4.3.5
TEST(HeadUpdate, ComparesWhatTheHeadHas) {
    const Fields tagged{{"ETag", "\"1\""}, {"Last-Modified", then}};
    struct Case {
        Fields head;
        HeadUpdate meaning;
    };
    for (const Case& c : {
             Case{Fields{{"ETag", "\"1\""}}, HeadUpdate::confirm},
             Case{Fields{{"ETag", "\"1\""}, {"Last-Modified", then}, {"Content-Length", "10"}}, HeadUpdate::confirm},
             Case{Fields{{"Last-Modified", then}}, HeadUpdate::fields},
             Case{Fields{{"ETag", "\"2\""}}, HeadUpdate::outdated},
             Case{Fields{{"ETag", "W/\"1\""}}, HeadUpdate::outdated},
             Case{Fields{{"ETag", "\"1\""}, {"ETag", "\"1\""}}, HeadUpdate::outdated},
             Case{Fields{{"ETag", "\"1\""}, {"Last-Modified", later}}, HeadUpdate::outdated},
             Case{Fields{{"ETag", "\"1\""}, {"Content-Length", "11"}}, HeadUpdate::outdated},
             Case{Fields{{"ETag", "\"1\""}, {"Content-Length", "10, 10"}}, HeadUpdate::outdated},
             Case{Fields{{"Content-Length", "11"}}, HeadUpdate::outdated},
             Case{Fields{{"Content-Length", "10"}}, HeadUpdate::none},  // an old row may be as long as the new one (S7)
             Case{Fields{}, HeadUpdate::none},
         }) {
        EXPECT_EQ(assess(c.head, tagged), c.meaning) << ::testing::PrintToString(c.head.view().size());
    }
}

TEST(HeadUpdate, ByAWeakTagConfirmsNoContent) {
    EXPECT_EQ(assess(Fields{{"ETag", "W/\"1\""}}, Fields{{"ETag", "W/\"1\""}}), HeadUpdate::fields);
}

TEST(HeadUpdate, ByAValidatorThatIsNotStoredIsOfAnotherRepresentation) {
    EXPECT_EQ(assess(Fields{{"ETag", "\"1\""}}, Fields{}), HeadUpdate::outdated);
    EXPECT_EQ(assess(Fields{{"Last-Modified", then}}, Fields{{"ETag", "\"1\""}}), HeadUpdate::outdated);
}

TEST(HeadUpdate, IsOfA200Alone) {
    for (const int status : {204, 206, 304, 404, 410, 500}) EXPECT_EQ(assess(Fields{{"ETag", "\"2\""}}, Fields{{"ETag", "\"1\""}}, status), HeadUpdate::none) << status;
}

}  // namespace
}  // namespace sidecache::policy
