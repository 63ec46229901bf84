#include "cache/policy/client_fields.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidecache::policy {
namespace {

using testing::Fields;
using testing::make_response;

// As clients get them, one after the other; what comes in place of others first.
std::string sent(const Fields& fields, ClientCopies copies = ClientCopies::revalidate) {
    const ClientFields clients = client_fields(copies, fields);
    std::string text = clients.cache_control.empty() ? "" : "Cache-Control: " + std::string(clients.cache_control) + "\n";
    for (const http::Field& field : fields.view()) {
        if (!clients.withholds(field)) text.append(field.name).append(": ").append(field.value).append("\n");
    }
    return text;
}

std::string sent_control(std::string_view cache_control) { return sent({{"Cache-Control", cache_control}}); }

TEST(ClientFields, AreTheOriginsWhereTheRouteSaysNothingElse) {
    const Fields fields{{"Cache-Control", "max-age=60"}, {"Expires", "0"}, {"Pragma", "x"}, {"CDN-Cache-Control", "max-age=5"}, {"Date", "d"}};
    EXPECT_EQ(sent(fields, ClientCopies::origin), "Cache-Control: max-age=60\nExpires: 0\nPragma: x\nCDN-Cache-Control: max-age=5\nDate: d\n");
    EXPECT_FALSE(wants_made_tag(make_response(200, fields), client_fields(ClientCopies::origin, fields)));
}

// RFC 9111 §5.2.2.4, §5.2.2.7
TEST(ClientFields, SayPrivateAndNoCacheInsteadOfWhateverTheOriginSaidOfTime) {
    constexpr const char* expected = "Cache-Control: private, no-cache\n";
    EXPECT_EQ(sent({}), expected);
    for (const char* control : {"", "max-age=60", "public, max-age=31536000, immutable", "private", "private, max-age=60", "s-maxage=60", "no-cache", "no-cache=\"Set-Cookie\"",
                                "private=\"X-Name\", max-age=60", "must-revalidate", "proxy-revalidate, max-age=5", "max-age=60, stale-while-revalidate=60, stale-if-error=600",
                                "must-understand, max-age=60", "\"no-store\"", "x=\"no-store\", max-age=60"}) {
        EXPECT_EQ(sent_control(control), expected) << control;
    }
}

TEST(ClientFields, AreSaidOnceForSeveralLines) {
    EXPECT_EQ(sent({{"Cache-Control", "public"}, {"Date", "d"}, {"cache-control", "max-age=60"}}), "Cache-Control: private, no-cache\nDate: d\n");
}

// RFC 9111 §5.3, §5.4
TEST(ClientFields, HaveNeitherExpiresNorPragma) {
    EXPECT_EQ(sent({{"Expires", "Sun, 06 Nov 1994 08:49:37 GMT"}, {"Pragma", "no-cache"}, {"ETag", "\"1\""}}), "Cache-Control: private, no-cache\nETag: \"1\"\n");
}

TEST(ClientFields, DoNotNameGroupsWhereThoseAreWithheld) {
    const Fields fields{{"Cache-Groups", "\"a\""}, {"Cache-Group-Invalidation", "\"a\""}, {"surrogate-key", "a"}, {"Cache-Tag", "a"}, {"xkey", "a"}, {"Date", "d"}, {"Surrogate-Control", "x"}};
    const ClientFields clients = client_fields(ClientCopies::origin, fields, group_fields);
    for (const http::Field& field : fields.view()) EXPECT_EQ(clients.withholds(field), field.name != "Date" && field.name != "Surrogate-Control") << field.name;
    EXPECT_TRUE(client_fields(ClientCopies::revalidate, fields, group_fields).withheld.has(http::FieldName::xkey));
    EXPECT_FALSE(client_fields(ClientCopies::revalidate, fields).withheld.has(http::FieldName::xkey));
}

// RFC 9111 §5.2.2.6
TEST(ClientFields, KeepNoTransform) {
    EXPECT_EQ(sent_control("max-age=60, No-Transform"), "Cache-Control: private, no-cache, no-transform\n");
    EXPECT_EQ(sent({{"CDN-Cache-Control", "max-age=60, no-transform"}}), "Cache-Control: private, no-cache, no-transform\n");
}

// RFC 9111 §5.2.2.5
TEST(ClientFields, AreTheOriginsWhereItForbidsToStore) {
    EXPECT_EQ(sent_control("no-store"), "Cache-Control: no-store\n");
    const std::string all = sent({{"Cache-Control", "max-age=60"}, {"Cache-Control", "No-Store, private"}, {"Expires", "0"}, {"Pragma", "no-cache"}});
    EXPECT_EQ(all, "Cache-Control: max-age=60\nCache-Control: No-Store, private\nExpires: 0\nPragma: no-cache\n");
    EXPECT_EQ(sent_control("no-store=1"), "Cache-Control: no-store=1\n");
}

// RFC 9111 §5.2.2.3
TEST(ClientFields, ForbidToStoreWhomMustUnderstandForbidsIt) {
    EXPECT_EQ(sent_control("must-understand, no-store, max-age=60"), "Cache-Control: private, no-cache, must-understand, no-store\n");
    EXPECT_EQ(sent_control("no-store, no-transform, must-understand"), "Cache-Control: private, no-cache, must-understand, no-store, no-transform\n");
}

// RFC 9213 §2.2
TEST(ClientFields, TargetNoProxyThatWouldKeepACopy) {
    EXPECT_EQ(sent({{"CDN-Cache-Control", "max-age=60"}, {"Sidecache-Cache-Control", "max-age=600"}}), "Cache-Control: private, no-cache\n");
    EXPECT_EQ(sent({{"CDN-Cache-Control", "not a ; dictionary"}}), "Cache-Control: private, no-cache\n");
    EXPECT_EQ(sent({{"Cache-Control", "no-store"}, {"CDN-Cache-Control", "max-age=60"}}), "Cache-Control: no-store\n");
}

TEST(ClientFields, KeepATargetedFieldThatForbidsToStore) {
    EXPECT_EQ(sent({{"Cache-Control", "max-age=60"}, {"CDN-Cache-Control", "no-store"}}), "Cache-Control: private, no-cache\nCDN-Cache-Control: no-store\n");
    EXPECT_EQ(sent({{"CDN-Cache-Control", "no-store"}, {"Sidecache-Cache-Control", "max-age=60"}}), "Cache-Control: private, no-cache\nCDN-Cache-Control: no-store\n");
    EXPECT_EQ(sent({{"CDN-Cache-Control", "must-understand, no-store"}}), "Cache-Control: private, no-cache\nCDN-Cache-Control: must-understand, no-store\n");
}

TEST(ClientFields, AreOtherwiseAsTheyCame) {
    const std::string expected = "Cache-Control: private, no-cache\nVary: Accept\nAge: 5\nSet-Cookie: a\nSurrogate-Control: max-age=60\nX-Name: x\n";
    EXPECT_EQ(sent({{"Vary", "Accept"}, {"Age", "5"}, {"Set-Cookie", "a"}, {"Surrogate-Control", "max-age=60"}, {"X-Name", "x"}}), expected);
}

TEST(AMadeTag, IsWantedWhereClientsAskAndTheOriginSentNone) {
    const auto is_wanted = [](int status, const Fields& fields) { return wants_made_tag(make_response(status, fields), client_fields(ClientCopies::revalidate, fields)); };
    EXPECT_TRUE(is_wanted(200, {}));
    EXPECT_TRUE(is_wanted(200, {{"Cache-Control", "max-age=60"}, {"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"}}));
    EXPECT_TRUE(is_wanted(200, {{"Cache-Control", "must-understand, no-store, max-age=60"}}));
    EXPECT_FALSE(is_wanted(200, {{"ETag", "\"1\""}}));
    EXPECT_FALSE(is_wanted(200, {{"ETag", "W/\"1\""}}));
    EXPECT_FALSE(is_wanted(200, {{"ETag", "no tag"}}));
    EXPECT_FALSE(is_wanted(200, {{"Cache-Control", "no-store"}}));  // nobody has a copy to ask about
    for (const int status : {201, 203, 206, 301, 404, 500}) EXPECT_FALSE(is_wanted(status, {})) << status;
}

}  // namespace
}  // namespace sidecache::policy
