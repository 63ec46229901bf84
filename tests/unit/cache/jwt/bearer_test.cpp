#include "cache/jwt/bearer.hpp"

#include <gtest/gtest.h>

namespace sidecache::jwt {
namespace {

// RFC 6750 §2.1
TEST(BearerToken, FollowsTheScheme) {
    EXPECT_EQ(bearer_token("Bearer mF_9.B5f-4.1JqM"), "mF_9.B5f-4.1JqM");
    EXPECT_EQ(bearer_token("Bearer a"), "a");
    EXPECT_EQ(bearer_token("Bearer aZ09-._~+/=="), "aZ09-._~+/==");
}

// RFC 9110 §11.1, §11.4
TEST(BearerToken, FollowsASchemeInAnyCaseAndAnyNumberOfSpaces) {
    EXPECT_EQ(bearer_token("bearer x.y.z"), "x.y.z");
    EXPECT_EQ(bearer_token("BEARER   x.y.z"), "x.y.z");
}

TEST(BearerToken, OfAnotherSchemeIsNone) {
    for (const std::string_view value :
         {"", "Basic dTpw", "Bearerx", "Bearerx y", "Beare x", "Token x", "JWT x.y.z", " Bearer x", "x.y.z", "\"Bearer\" x"})
        EXPECT_EQ(bearer_token(value), std::nullopt) << value;
}

TEST(BearerToken, ThatIsNoB64tokenIsNone) {
    for (const std::string_view value :
         {"Bearer", "Bearer ", "Bearer    ", "Bearer\tx", "Bearer x y", "Bearer x ", "Bearer x,y", "Bearer =x",
          "Bearer =", "Bearer x=y", "Bearer a b=\"c\"", "Bearer \"x\"", "Bearer x\xc3\xa4", "Bearer x;", "Bearer x, Bearer y"})
        EXPECT_EQ(bearer_token(value), std::nullopt) << value;
}

}  // namespace
}  // namespace sidecache::jwt
