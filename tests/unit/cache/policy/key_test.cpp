#include "cache/policy/key.hpp"

#include "tests/unit/cache/http/fields.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sidecache::policy {
namespace {

using testing::make_request;

std::string key_of(std::string_view target, const KeyRules& rules = {}, std::string_view authority = "api.example") {
    static const testing::Fields no_fields{};
    auto request = make_request("GET", target, no_fields);
    request.authority = authority;
    std::string key = "before|";
    KeyScratch scratch;
    if (!append_key(key, "records", request, rules, scratch)) {
        EXPECT_EQ(key, "before|");
        return "none";
    }
    return key.substr(7);
}

// The path and query of the key.
std::string target_of(std::string_view target, const KeyRules& rules = {}) {
    const std::string key = key_of(target, rules);
    return key == "none" ? key : key.substr(key.rfind('\n') + 1);
}

TEST(Key, IsMethodSpaceAuthorityAndTarget) { EXPECT_EQ(key_of("/a/?b=1"), "GET\nrecords\napi.example\n/a/?b=1"); }

// RFC 10008 §2.7: its response answers no GET, and none of a GET answers it.
TEST(Key, OfAQueryIsNeverThatOfAGet) {
    static const testing::Fields no_fields{};
    KeyScratch scratch;
    std::string key;
    ASSERT_TRUE(append_key(key, "records", make_request("QUERY", "/a/?b=1", no_fields), {}, scratch));
    EXPECT_EQ(key, "QUERY\nrecords\napi.example\n/a/?b=1");
    key.clear();
    ASSERT_TRUE(append_key(key, "records", make_request("HEAD", "/a/?b=1", no_fields), {}, scratch));
    EXPECT_EQ(key, key_of("/a/?b=1"));
}

// RFC 3986 §3.2.2, §6.2.3
TEST(Key, HasTheAuthorityInLowerCaseWithoutItsDefaultPort) {
    const std::string key = key_of("/a");
    for (const std::string_view same : {"API.Example", "api.example:80", "api.example:"})
        EXPECT_EQ(key_of("/a", {}, same), key) << same;
    for (const std::string_view other : {"api.example:8080", "api.example:443", "api.example.", "example", "[::1]:80"}) {
        EXPECT_NE(key_of("/a", {}, other), key) << other;
    }
    EXPECT_EQ(key_of("/a", {}, "[::1]:80"), key_of("/a", {}, "[::1]"));
}

TEST(Key, HasTheNormalPathAndNoneForAPathWithoutOne) {
    EXPECT_EQ(target_of("/%64octors/./5/"), "/doctors/5/");
    EXPECT_EQ(target_of("/%zz"), "none");
    EXPECT_EQ(target_of("/../a"), "none");
    EXPECT_EQ(target_of("*"), "none");
}

// RFC 3986 §6.2.3
TEST(Key, TellsAnEmptyQueryFromNone) {
    EXPECT_EQ(target_of("/a"), "/a");
    EXPECT_EQ(target_of("/a?"), "/a?");
}

TEST(Key, SortsParametersByNameAndKeepsTheOrderWithinOneName) {
    EXPECT_EQ(target_of("/a?c=1&a=2&b=3"), "/a?a=2&b=3&c=1");
    EXPECT_EQ(target_of("/a?b=2&a=9&b=1"), "/a?a=9&b=2&b=1");
    EXPECT_EQ(target_of("/a?b&a="), "/a?a=&b");
    EXPECT_NE(target_of("/a?a"), target_of("/a?a="));
    EXPECT_NE(target_of("/a?a=1&a=2"), target_of("/a?a=2&a=1"));
    EXPECT_EQ(target_of("/a?ab=1&a=2"), "/a?a=2&ab=1");
}

TEST(Key, KeepsTheOrderOfNamesThatTheApplicationReadsAlike) {
    EXPECT_EQ(target_of("/a?page=1&p%61ge=2"), "/a?page=1&p%61ge=2");
    EXPECT_EQ(target_of("/a?p%61ge=2&page=1"), "/a?p%61ge=2&page=1");
    EXPECT_EQ(target_of("/a?z=1&a+b=2&a%20b=3"), "/a?a+b=2&a%20b=3&z=1");
    EXPECT_EQ(target_of("/a?b=1&%zz=2"), "/a?%zz=2&b=1");
}

TEST(Key, DropsListedParameters) {
    const KeyRules rules{.drop = {"utm_*", "fbclid"}, .defaults = {}, .clamp = {}};
    EXPECT_EQ(target_of("/a?utm_source=x&b=1&fbclid=2&fbclid2=3", rules), "/a?b=1&fbclid2=3");
    EXPECT_EQ(target_of("/a?utm_source=x", rules), "/a");
    EXPECT_EQ(target_of("/a?", rules), "/a?");
}

TEST(Key, DropsDefaultsOfParametersThatStandAlone) {
    const KeyRules rules{.drop = {}, .defaults = {{"page", "1"}, {"ordering", "name"}}, .clamp = {}};
    EXPECT_EQ(target_of("/a?page=1&q=x&ordering=name", rules), "/a?q=x");
    EXPECT_EQ(target_of("/a?page=1", rules), "/a");
    EXPECT_EQ(target_of("/a?page=2", rules), "/a?page=2");
    EXPECT_EQ(target_of("/a?page=01", rules), "/a?page=01");
    // The application reads one of the two, and we do not know which.
    EXPECT_EQ(target_of("/a?page=2&page=1", rules), "/a?page=2&page=1");
    EXPECT_EQ(target_of("/a?page=1&p%61ge=2", rules), "/a?page=1&p%61ge=2");
}

TEST(Key, ClampsNumbersAboveTheLimit) {
    const KeyRules rules{.drop = {}, .defaults = {}, .clamp = {{"page_size", 100}}};
    EXPECT_EQ(target_of("/a?page_size=1000", rules), "/a?page_size=100");
    EXPECT_EQ(target_of("/a?page_size=99999999999999999999999", rules), "/a?page_size=100");
    EXPECT_EQ(target_of("/a?page_size=100", rules), "/a?page_size=100");
    EXPECT_EQ(target_of("/a?page_size=99", rules), "/a?page_size=99");
    for (const std::string_view target :
         {"/a?page_size=-1000", "/a?page_size=1000x", "/a?page_size=", "/a?page_size", "/a?size=1000"}) {
        EXPECT_EQ(target_of(target, rules), target);
    }
}

TEST(Key, NeedsNoMemoryOnceItsRoomIsWarm) {
    static const testing::Fields no_fields{};
    const auto request = make_request("GET", "/api/doctors/5/?b=2&a=1", no_fields);
    std::string key;
    key.reserve(256);
    KeyScratch scratch;
    scratch.parameters.reserve(8);
    const char* key_room = key.data();
    const auto* parameter_room = scratch.parameters.data();
    ASSERT_TRUE(append_key(key, "records", request, {}, scratch));
    EXPECT_EQ(key.data(), key_room);
    EXPECT_EQ(scratch.parameters.data(), parameter_room);
}

TEST(HashKey, IsStableAndSpreads) {
    EXPECT_EQ(hash_key("a"), hash_key("a"));
    std::set<std::pair<std::uint64_t, std::uint64_t>> hashes;
    for (int i = 0; i < 10'000; ++i) {
        const Hash128 hash = hash_key("GET\nrecords\napi.example\n/api/doctors/" + std::to_string(i) + "/");
        hashes.emplace(hash.low, hash.high);
    }
    EXPECT_EQ(hashes.size(), 10'000u);
}

}  // namespace
}  // namespace sidecache::policy
