#include "cache/seal/key_text.hpp"

#include "tests/unit/cache/seal/sealing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <sstream>
#include <type_traits>

namespace sidecache::seal {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string octets_of_first = from_hex(first_key);

std::string read(std::string_view content) {
    const auto key = read_key_text(content);
    return key ? to_hex(text_of(key->reveal())) : "refused: " + key.error();
}

std::string why_refused(std::string_view content) {
    const auto key = read_key_text(content);
    return key ? "" : key.error();
}

TEST(KeyText, Is64HexadecimalDigitsInEitherCase) {
    EXPECT_EQ(read(first_key), first_key);
    EXPECT_EQ(read("CA5E443D53B44E09CB8688FD7543F5FAE3AF2D03DC8C1BBF7EE6228A4DE11AE2"), first_key);
}

TEST(KeyText, IsBase64OrBase64urlWithPaddingOrWithout) {
    EXPECT_EQ(read("yl5EPVO0TgnLhoj9dUP1+uOvLQPcjBu/fuYiik3hGuI="), first_key);
    EXPECT_EQ(read("yl5EPVO0TgnLhoj9dUP1+uOvLQPcjBu/fuYiik3hGuI"), first_key);
    EXPECT_EQ(read("yl5EPVO0TgnLhoj9dUP1-uOvLQPcjBu_fuYiik3hGuI="), first_key);
    EXPECT_EQ(read("yl5EPVO0TgnLhoj9dUP1-uOvLQPcjBu_fuYiik3hGuI"), first_key);
}

TEST(KeyText, Is32OctetsAsTheyAre) { EXPECT_EQ(read(octets_of_first), first_key); }

TEST(KeyText, MayEndWithOneLineEnd) {
    for (const std::string end : {"\n", "\r\n"}) {
        EXPECT_EQ(read(std::string(first_key) + end), first_key);
        EXPECT_EQ(read("yl5EPVO0TgnLhoj9dUP1-uOvLQPcjBu_fuYiik3hGuI" + end), first_key);
        EXPECT_EQ(read("yl5EPVO0TgnLhoj9dUP1-uOvLQPcjBu_fuYiik3hGuI=" + end), first_key);
    }
    EXPECT_THAT(read(std::string(first_key) + "\n\n"), HasSubstr("refused"));
}

TEST(KeyText, OfOctetsAsTheyAreKeepsALineEndThatIsItsLastOctet) {
    const std::string key = octets_of_first.substr(0, 31) + "\n";
    EXPECT_EQ(read(key), to_hex(key));
}

TEST(KeyText, ThatIsEmptyIsRefused) {
    EXPECT_EQ(why_refused(""), "The key is empty (to make one: openssl rand -hex 32).");
    EXPECT_EQ(why_refused("\n"), "The key is empty (to make one: openssl rand -hex 32).");
}

TEST(KeyText, OfAnotherLengthIsRefusedWithItsLength) {
    EXPECT_EQ(why_refused(octets_of_first.substr(0, 31)),
              "The key has 31 octets, expected 64 hexadecimal digits, base64 of 32 octets, or 32 octets as they are (to make one: openssl rand -hex 32).");
    EXPECT_THAT(why_refused(octets_of_first + "\n"), HasSubstr("has 33 octets"));
    EXPECT_THAT(why_refused(first_key.substr(0, 63)), HasSubstr("has 63 octets"));
    EXPECT_THAT(why_refused(std::string(first_key) + "0"), HasSubstr("has 65 octets"));
    EXPECT_THAT(why_refused(" " + std::string(first_key)), HasSubstr("has 65 octets"));
    EXPECT_THAT(why_refused("yl5EPVO0TgnLhoj9dUP1-uOvLQPcjBu_fuYiik3hGu"), HasSubstr("has 42 octets"));
}

TEST(KeyText, OfTheRightLengthAndWrongCharactersIsRefused) {
    EXPECT_THAT(why_refused("xx" + std::string(first_key.substr(2))), HasSubstr("64 characters, of which not all are hexadecimal"));
    EXPECT_THAT(why_refused("yl5EPVO0TgnLhoj9dUP1 uOvLQPcjBu_fuYiik3hGuI"), HasSubstr("43 characters, which are not base64"));
    EXPECT_THAT(why_refused("yl5EPVO0TgnLhoj9dUP1=uOvLQPcjBu_fuYiik3hGuI="), HasSubstr("44 characters, which are not base64"));
    EXPECT_THAT(why_refused("yl5EPVO0TgnLhoj9dUP1-uOvLQPcjBu_fuYiik3hGuIA"), HasSubstr("44 characters, which are not base64"));
}

TEST(KeyText, InBase64WithSpareBitsWasMistyped) { EXPECT_THAT(why_refused("yl5EPVO0TgnLhoj9dUP1-uOvLQPcjBu_fuYiik3hGuJ"), HasSubstr("cut or mistyped")); }

TEST(KeyText, Of32CharactersIsAPasswordOrHalfAKey) {
    EXPECT_EQ(why_refused("correct horse battery staple 123"),
              "The key is 32 characters of text, expected 32 random octets or 64 hexadecimal digits (to make one: openssl rand -hex 32).");
    EXPECT_THAT(why_refused(std::string(first_key.substr(0, 32)) + "\n"), HasSubstr("32 characters of text"));
    EXPECT_THAT(why_refused("correct horse battery staple 12\n"), HasSubstr("32 characters of text"));
}

TEST(KeyText, OfOneOctetOrFewOverAndOverIsNotRandom) {
    EXPECT_THAT(why_refused(std::string(64, '0')), HasSubstr("one octet 32 times"));
    EXPECT_THAT(why_refused(std::string(32, '\xAA')), HasSubstr("one octet 32 times"));
    EXPECT_THAT(why_refused(std::string(43, 'A')), HasSubstr("one octet 32 times"));
    EXPECT_THAT(why_refused("deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef"), HasSubstr("4 different octets over and over"));
}

TEST(KeyText, IsNotToldByWhatRefusesIt) {
    EXPECT_THAT(why_refused("correct horse battery staple 123"), Not(HasSubstr("horse")));
    EXPECT_THAT(why_refused(first_key.substr(0, 63)), Not(HasSubstr("ca5e")));
}

template <typename T>
concept Printable = requires(std::ostringstream out, const T& what) { out << what; };

TEST(SecretOctets, AreNeitherCopiedNorComparedNorPrinted) {
    static_assert(!std::is_copy_constructible_v<KeyOctets> && !std::is_copy_assignable_v<KeyOctets>);
    static_assert(!std::equality_comparable<KeyOctets> && !Printable<KeyOctets> && !Printable<SealKey> && !Printable<SealKeys>);
    static_assert(!std::is_copy_constructible_v<SealKey> && !std::is_copy_constructible_v<SealKeys>);
}

TEST(SecretOctets, AreWipedWhereTheyAreMovedFrom) {
    auto key = read_key_text(first_key);
    ASSERT_TRUE(key);
    KeyOctets moved(*std::move(key));
    EXPECT_EQ(to_hex(text_of(moved.reveal())), first_key);
    EXPECT_EQ(text_of(key->reveal()), std::string(32, '\0'));
    KeyOctets assigned;
    assigned = std::move(moved);
    EXPECT_EQ(to_hex(text_of(assigned.reveal())), first_key);
    EXPECT_EQ(text_of(moved.reveal()), std::string(32, '\0'));
}

TEST(SecretOctets, AreWipedAtTheEndOfTheirLife) {
    alignas(KeyOctets) unsigned char place[sizeof(KeyOctets)];
    auto* const key = new (place) KeyOctets;
    std::fill(key->fill().begin(), key->fill().end(), 0xAB);
    key->~KeyOctets();
    const volatile unsigned char* const left = place;
    for (std::size_t i = 0; i < sizeof place; ++i) EXPECT_EQ(left[i], 0) << i;
}

}  // namespace
}  // namespace sidecache::seal
