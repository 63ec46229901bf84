#include "cache/http/field.hpp"

#include "cache/http/ascii.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidecache::http {
namespace {

struct Known {
    std::string_view name;
    FieldName id;
};

constexpr Known known[] = {
    {"Accept", FieldName::accept},
    {"Accept-Encoding", FieldName::accept_encoding},
    {"Accept-Language", FieldName::accept_language},
    {"Accept-Ranges", FieldName::accept_ranges},
    {"Age", FieldName::age},
    {"Allow", FieldName::allow},
    {"Authorization", FieldName::authorization},
    {"Cache-Control", FieldName::cache_control},
    {"Cache-Group-Invalidation", FieldName::cache_group_invalidation},
    {"Cache-Groups", FieldName::cache_groups},
    {"Cache-Status", FieldName::cache_status},
    {"Cache-Tag", FieldName::cache_tag},
    {"CDN-Cache-Control", FieldName::cdn_cache_control},
    {"Connection", FieldName::connection},
    {"Content-Encoding", FieldName::content_encoding},
    {"Content-Length", FieldName::content_length},
    {"Content-Location", FieldName::content_location},
    {"Content-Range", FieldName::content_range},
    {"Content-Type", FieldName::content_type},
    {"Cookie", FieldName::cookie},
    {"Date", FieldName::date},
    {"ETag", FieldName::etag},
    {"Expect", FieldName::expect},
    {"Expires", FieldName::expires},
    {"Forwarded", FieldName::forwarded},
    {"Host", FieldName::host},
    {"If-Match", FieldName::if_match},
    {"If-Modified-Since", FieldName::if_modified_since},
    {"If-None-Match", FieldName::if_none_match},
    {"If-Range", FieldName::if_range},
    {"If-Unmodified-Since", FieldName::if_unmodified_since},
    {"Keep-Alive", FieldName::keep_alive},
    {"Last-Modified", FieldName::last_modified},
    {"Location", FieldName::location},
    {"Max-Forwards", FieldName::max_forwards},
    {"Origin", FieldName::origin},
    {"Pragma", FieldName::pragma},
    {"Proxy-Authenticate", FieldName::proxy_authenticate},
    {"Proxy-Authorization", FieldName::proxy_authorization},
    {"Proxy-Connection", FieldName::proxy_connection},
    {"Proxy-Status", FieldName::proxy_status},
    {"Range", FieldName::range},
    {"Server-Timing", FieldName::server_timing},
    {"Set-Cookie", FieldName::set_cookie},
    {"Sidecache-Cache-Control", FieldName::sidecache_cache_control},
    {"Surrogate-Key", FieldName::surrogate_key},
    {"TE", FieldName::te},
    {"traceparent", FieldName::traceparent},
    {"Trailer", FieldName::trailer},
    {"Transfer-Encoding", FieldName::transfer_encoding},
    {"Upgrade", FieldName::upgrade},
    {"Vary", FieldName::vary},
    {"Via", FieldName::via},
    {"Warning", FieldName::warning},
    {"X-Forwarded-For", FieldName::x_forwarded_for},
    {"X-Forwarded-Host", FieldName::x_forwarded_host},
    {"X-Forwarded-Proto", FieldName::x_forwarded_proto},
    {"X-HTTP-Method", FieldName::x_http_method},
    {"X-HTTP-Method-Override", FieldName::x_http_method_override},
    {"X-Method-Override", FieldName::x_method_override},
    {"X-Query-Count", FieldName::x_query_count},
    {"xkey", FieldName::xkey},
};
static_assert(std::size(known) + 1 == static_cast<std::size_t>(FieldName::count_));

TEST(FieldName, IsFoundForEveryKnownName) {
    for (const auto& [name, id] : known) EXPECT_EQ(field_name(name), id) << name;
}

// RFC 9110 §5.1
TEST(FieldName, IsComparedWithoutCase) {
    for (const auto& [name, id] : known) {
        std::string upper;
        std::string lower;
        for (const char c : name) {
            upper += static_cast<char>(std::toupper(c));
            lower += static_cast<char>(std::tolower(c));
        }
        EXPECT_EQ(field_name(upper), id) << upper;
        EXPECT_EQ(field_name(lower), id) << lower;
    }
}

TEST(FieldName, IsOtherForANameThatNoRuleAsksFor) {
    for (const std::string_view name :
         {"", "X", "Accept-Charset", "Cache-Controls", "Cache-Contro", "ETag ", " Host", "Hosu", "Set-Cookie2",
          "a-name-that-is-longer-than-any-known-name", "Content-Encodin\xe7", "Dat\x05"}) {
        EXPECT_EQ(field_name(name), FieldName::other) << name;
    }
}

TEST(FieldName, IsNeverFoundForANameThatDiffersInOneOctet) {
    for (const auto& [name, id] : known) {
        for (std::size_t at = 0; at < name.size(); ++at) {
            std::string changed(name);
            changed[at] = static_cast<char>(changed[at] ^ 0x40);
            EXPECT_EQ(field_name(changed), FieldName::other) << changed;
        }
    }
}

TEST(FieldSet, HasTheNamesOfAHeaderSection) {
    const testing::Fields fields{{"Date", "x"}, {"xkey", "y"}, {"X-Unknown", "z"}};
    const FieldSet names = names_of(fields);
    EXPECT_TRUE(names.has(FieldName::date));
    EXPECT_TRUE(names.has(FieldName::xkey));
    EXPECT_TRUE(names.has(FieldName::other));
    EXPECT_FALSE(names.has(FieldName::etag));
    EXPECT_TRUE(names.has_any(FieldSet::of(FieldName::etag, FieldName::date)));
    EXPECT_FALSE(names.has_any(FieldSet::of(FieldName::etag, FieldName::vary)));
}

TEST(HeaderView, GivesTheFirstLineOfANameAndCountsThem) {
    const testing::Fields fields{{"Age", "1"}, {"age", "2"}};
    EXPECT_EQ(value_of(fields, FieldName::age), "1");
    EXPECT_EQ(count(fields, FieldName::age), 2u);
    EXPECT_EQ(value_of(fields, FieldName::etag), std::nullopt);
    EXPECT_EQ(count(fields, FieldName::etag), 0u);
}

TEST(Iequals, KnowsOnlyAsciiLetters) {
    EXPECT_TRUE(iequals("Max-AGE", "max-age"));
    EXPECT_FALSE(iequals("max-age", "max-ag"));
    EXPECT_FALSE(iequals("@", "`"));
    EXPECT_FALSE(iequals("\xc4", "\xe4"));
}

TEST(Iequals, ComparesEachOctetWhereverItStands) {
    for (std::size_t size = 1; size <= 17; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            std::string one(size, 'a');
            std::string other(size, 'A');
            for (int a = 0; a < 256; ++a) {
                for (const int b : {a, a ^ 0x20, a ^ 0x80, (a + 1) & 255, 0x20, 0x40, 0x5a, 0x5b, 0x60, 0x7a, 0x7b}) {
                    one[at] = static_cast<char>(a);
                    other[at] = static_cast<char>(b);
                    ASSERT_EQ(iequals(one, other), to_lower(one[at]) == to_lower(other[at])) << size << ' ' << at << ' ' << a << ' ' << b;
                }
            }
        }
    }
}

}  // namespace
}  // namespace sidecache::http
