// Which fields of the origin's answer go on to the client, and what keys are made of.
#include "proxy/pipeline/claims.hpp"
#include "proxy/pipeline/finder.hpp"
#include "proxy/pipeline/forwarding.hpp"
#include "tests/unit/cache/http/fields.hpp"
#include "tests/unit/proxy/pipeline/snapshots.hpp"

#include <gtest/gtest.h>

namespace sidecache::pipeline {
namespace {

using testing::Fields;

std::string selected(const Fields& fields, bool drop_age = false, int minor_version = 1) {
    http1::ResponseHead head;
    head.view = testing::make_response(200, fields);
    head.minor_version = minor_version;
    EndToEnd out;
    select_end_to_end(out, testing::make_snapshot(), head, std::chrono::sys_days(std::chrono::year(1994) / 11 / 6), drop_age);
    std::string text;
    for (const http::Field& field : out.fields) text.append(field.name).append(": ").append(field.value).append("\n");
    return text;
}

TEST(AnAnswersFields, LoseThoseOfTheConnection) {
    EXPECT_EQ(selected({{"Date", "d"}, {"Connection", "X-Hop"}, {"X-Hop", "1"}, {"Keep-Alive", "x"}, {"Transfer-Encoding", "chunked"}, {"ETag", "\"1\""}}),
              "Date: d\nETag: \"1\"\nVia: 1.1 sidecache\n");
}

TEST(AnAnswersFields, LoseTheLengthWhichIsWrittenAnew) {
    EXPECT_EQ(selected({{"Date", "d"}, {"Content-Length", "5"}}), "Date: d\nVia: 1.1 sidecache\n");
}

TEST(AnAnswersFields, GetADateWhereTheyHaveNone) {
    EXPECT_EQ(selected({{"ETag", "\"1\""}}), "ETag: \"1\"\nDate: Sun, 06 Nov 1994 00:00:00 GMT\nVia: 1.1 sidecache\n");
}

TEST(AnAnswersFields, LoseTheirAgeOnlyWhereItIsToldAnew) {
    EXPECT_EQ(selected({{"Date", "d"}, {"Age", "5"}}, true), "Date: d\nVia: 1.1 sidecache\n");
    EXPECT_EQ(selected({{"Date", "d"}, {"Age", "5"}}, false), "Date: d\nAge: 5\nVia: 1.1 sidecache\n");
}

TEST(AnAnswersFields, NameTheVersionOfTheOriginInVia) { EXPECT_EQ(selected({{"Date", "d"}}, false, 0), "Date: d\nVia: 1.0 sidecache\n"); }

TEST(AnAnswersFields, TellHowManyQueriesTheyTook) {
    EXPECT_EQ(queries_of(testing::make_response(200, Fields{{"X-Query-Count", "7"}})), 7);
    EXPECT_EQ(queries_of(testing::make_response(200, Fields{{"X-Query-Count", "many"}})), -1);
    EXPECT_EQ(queries_of(testing::make_response(200, Fields{})), -1);
}

std::string key_space(std::string_view fields, const Peer& peer) {
    std::string space;
    const OwnedRequest message = testing::make_message(fields);
    append_key_space(space, testing::make_snapshot(), message.view(), peer);
    return space;
}

TEST(TheKeySpace, IsTheOriginsNameWhateverAStrangerClaims) {
    EXPECT_EQ(key_space("", testing::stranger), "origin");
    EXPECT_EQ(key_space("X-Forwarded-Host: evil\r\nX-Forwarded-Proto: https\r\n", testing::stranger), "origin");
}

TEST(TheKeySpace, KeepsApartWhatATrustedPeerSaysOfSchemeAndHost) {
    const auto& peer = testing::proxy_before_us;
    EXPECT_EQ(key_space("", peer), "origin");
    EXPECT_NE(key_space("X-Forwarded-Proto: https\r\n", peer), key_space("X-Forwarded-Proto: http\r\n", peer));
    EXPECT_NE(key_space("X-Forwarded-Host: a\r\n", peer), key_space("X-Forwarded-Host: b\r\n", peer));
    EXPECT_NE(key_space("X-Forwarded-Host: https\r\n", peer), key_space("X-Forwarded-Proto: https\r\n", peer));
}

TEST(TheKeySpace, LeavesOutAddressesAndNothingElseOfForwarded) {
    const auto& peer = testing::proxy_before_us;
    EXPECT_EQ(key_space("X-Forwarded-For: 10.0.0.1\r\nX-Real-IP: 10.0.0.1\r\nForwarded: for=10.0.0.1;by=\"[::1]:80\", For=unknown\r\n", peer), "origin");
    EXPECT_EQ(key_space("Forwarded: for=10.0.0.1;host=a , proto=https\r\n", peer), "origin\nforwarded host=a\nforwarded proto=https");
    EXPECT_NE(key_space("Forwarded: for=\"a;host=b\"\r\n", peer), "origin") << "whoever reads quotes otherwise finds no host that is not here";
}

TEST(TheKeySpace, HoldsNoUserAndNoToken) {
    const auto& peer = testing::proxy_before_us;
    const std::string ann = key_space("X-Forwarded-User: ann\r\n", peer);
    EXPECT_TRUE(ann.starts_with("origin\nclaim x-forwarded-user "));
    EXPECT_EQ(ann.find("ann"), std::string::npos);
    EXPECT_NE(ann, key_space("X-Forwarded-User: bob\r\n", peer));
    EXPECT_EQ(ann, key_space("x-forwarded-user: ann\r\n", peer));
}

const policy::VarySpec by_accept{{"accept"}, {http::FieldName::accept}};

TEST(AVariantKey, IsThePrimaryKeyWhereNothingVaries) { EXPECT_EQ(variant_key("primary", {}, Fields{{"Accept", "a"}}), "primary"); }

TEST(AVariantKey, KeepsApartRequestsThatDifferInAVaryingField) {
    const std::string json = variant_key("primary", by_accept, Fields{{"Accept", "json"}});
    EXPECT_TRUE(json.starts_with("primary"));
    EXPECT_NE(json, variant_key("primary", by_accept, Fields{{"Accept", "html"}}));
    EXPECT_NE(json, variant_key("primary", by_accept, Fields{}));
    EXPECT_NE(variant_key("primary", by_accept, Fields{{"Accept", ""}}), variant_key("primary", by_accept, Fields{}));
    EXPECT_EQ(json, variant_key("primary", by_accept, Fields{{"Accept", "json"}, {"X-Other", "1"}}));
}

TEST(AVariantKey, IsNeverThePrimaryKeyOfAnother) { EXPECT_NE(variant_key("a", by_accept, Fields{}), variant_key("b", by_accept, Fields{})); }

}  // namespace
}  // namespace sidecache::pipeline
