#include "cache/jwt/base64url.hpp"

#include "tests/unit/cache/jwt/signing.hpp"

#include <gtest/gtest.h>

namespace sidecache::jwt {
namespace {

// RFC 4648 §10, without padding; RFC 7515 appendix C
TEST(Base64url, IsDecoded) {
    EXPECT_EQ(decode_base64url(""), "");
    EXPECT_EQ(decode_base64url("Zg"), "f");
    EXPECT_EQ(decode_base64url("Zm8"), "fo");
    EXPECT_EQ(decode_base64url("Zm9v"), "foo");
    EXPECT_EQ(decode_base64url("Zm9vYg"), "foob");
    EXPECT_EQ(decode_base64url("Zm9vYmE"), "fooba");
    EXPECT_EQ(decode_base64url("Zm9vYmFy"), "foobar");
    EXPECT_EQ(decode_base64url("A-z_4ME"), "\x03\xec\xff\xe0\xc1");
}

TEST(Base64url, OfAnyOctetsIsDecoded) {
    std::string octets;
    for (int i = 0; i < 600; ++i) {
        EXPECT_EQ(decode_base64url(base64url(octets)), octets);
        octets += static_cast<char>(i * 37 + i / 7);
    }
}

// RFC 7515 §2: no padding, no line breaks, no white space.
TEST(Base64url, OfAnotherSpellingIsRefused) {
    for (const std::string_view text :
         {"Zg==", "Zm8=", "=", " Zg", "Zg ", "Zm9v\n", "Zm+v", "Zm/v", "Zm.v", "Z", "A", "Zm9vA", "Zm9vY", "Zm9\xc3", "Zm8,"})
        EXPECT_EQ(decode_base64url(text), std::nullopt) << text;
    EXPECT_EQ(decode_base64url(std::string_view("Zm8\0", 4)), std::nullopt);
}

// RFC 4648 §3.5
TEST(Base64url, WithSpareBitsThatAreSetIsRefused) {
    EXPECT_EQ(decode_base64url("Zh"), std::nullopt);
    EXPECT_EQ(decode_base64url("Zn"), std::nullopt);
    EXPECT_EQ(decode_base64url("Zm9"), std::nullopt);
    EXPECT_EQ(decode_base64url("Zm-"), std::nullopt);
}

}  // namespace
}  // namespace sidecache::jwt
