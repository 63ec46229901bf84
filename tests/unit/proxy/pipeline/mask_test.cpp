#include "proxy/pipeline/mask.hpp"

#include <gtest/gtest.h>

namespace sidecache::pipeline {
namespace {

TEST(Mask, LeavesWhatNamesNobody) {
    for (const std::string_view target : {"/", "/doctors/5/", "/doctors/?page=2&search=x", "/jobs/0b9f3a52-8a5e-4f6b-9c1d-2e3f4a5b6c7d/log/", "/a?b&c=&=d", "/a?", "//a%2Fb/?x=%20"}) {
        EXPECT_EQ(masked_target(target), target);
    }
}

TEST(Mask, HidesParametersThatAreNamedLikeCredentials) {
    EXPECT_EQ(masked_target("/a?page=2&access_token=abc&b=1"), "/a?page=2&access_token=(masked)&b=1");
    for (const std::string_view name : {"api_key", "API-KEY", "password", "Signature", "session", "csrftoken", "pass%77ord", "authorization"}) {
        const std::string target = "/a?" + std::string(name) + "=hunter2";
        EXPECT_EQ(masked_target(target).find("hunter2"), std::string::npos) << name;
    }
}

TEST(Mask, HidesWhatLooksLikeATokenWhereverItStands) {
    const std::string jwt = "eyJhbGciOiJIUzI1NiJ9.e30.abc";
    const std::string hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b";
    for (const std::string& token : {jwt, hex}) {
        for (const std::string& target : {"/reset/" + token + "/", "/a?x=" + token, "/a?" + token, "/a?" + token + "=1"}) {
            EXPECT_EQ(masked_target(target).find(token), std::string::npos) << target;
        }
    }
    EXPECT_EQ(masked_path("/reset/" + jwt + "/"), "/reset/(masked)/");
}

TEST(Mask, MakesOneLineOfAKeyWithItsTargetMasked) {
    EXPECT_EQ(masked_key("GET\napi\napi.example\n/a/?b=1&token=hunter2"), "GET api api.example /a/?b=1&token=(masked)");
    EXPECT_EQ(masked_key("QUERY\napi\nx-forwarded-proto https\nx-forwarded-host a.example\napi.example\n/a/"),
              "QUERY api x-forwarded-proto https x-forwarded-host a.example api.example /a/");
}

TEST(Mask, ShowsTheValuesOfAFixedListOfFieldsOnly) {
    for (const std::string_view name : {"accept", "Accept-Encoding", "ACCEPT-LANGUAGE", "Cache-Control"}) EXPECT_TRUE(may_show_value_of(name)) << name;
    for (const std::string_view name : {"Authorization", "Cookie", "Set-Cookie", "Proxy-Authorization", "X-Api-Key", "X-Tenant", "If-None-Match", "Referer", ""}) {
        EXPECT_FALSE(may_show_value_of(name)) << name;
    }
}

}  // namespace
}  // namespace sidecache::pipeline
