// What others have computed: RFC 5869's appendix, C2SP's vectors, and values that Python made with hmac, hashlib and cryptography:
//
//     hkdf(info) = HKDF-SHA256 of the key without salt; encryption, naming, id = hkdf(b"sidecache seal 1: encryption"), ...
//     AESGCM(CMAC(encryption, b"\0\1X\0" + nonce[:12]) + CMAC(encryption, b"\0\2X\0" + nonce[:12])).encrypt(nonce[12:], text, b"scs\1" + id + place)
//     base64.urlsafe_b64encode(hmac.digest(naming, text, "sha256")[:20])
#include "cache/seal/extended_gcm.hpp"
#include "cache/seal/hkdf.hpp"
#include "cache/seal/seal.hpp"
#include "tests/unit/cache/seal/sealing.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <memory>

namespace sidecache::seal {
namespace {

std::string derived(std::string_view key_hex, std::string_view salt_hex, std::string_view info_hex, std::size_t size) {
    const std::string key = from_hex(key_hex);
    std::vector<unsigned char> out(size);
    const auto done = derive(std::span(reinterpret_cast<const unsigned char*>(key.data()), key.size()), from_hex(salt_hex), from_hex(info_hex), out);
    return done ? to_hex(text_of(out)) : describe(done.error());
}

ExtendedGcm cipher_of(std::string_view key) {
    SecretOctets<ExtendedGcm::key_size> octets;
    std::copy_n(key.begin(), ExtendedGcm::key_size, octets.fill().begin());
    return *ExtendedGcm::make(std::move(octets));
}

ExtendedGcm::Nonce nonce_of(std::string_view text) { return ExtendedGcm::Nonce(reinterpret_cast<const unsigned char*>(text.data()), ExtendedGcm::nonce_size); }

std::string encrypted(const ExtendedGcm& cipher, std::string_view nonce, std::string_view associated, std::string_view plaintext) {
    std::string out(plaintext.size() + ExtendedGcm::tag_size, '\0');
    const auto done = cipher.encrypt(nonce_of(nonce), {associated}, plaintext, out);
    return done ? out : describe(done.error());
}

TEST(Hkdf, GivesTheAnswersOfRfc5869) {
    EXPECT_EQ(derived("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9", 42),
              "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    EXPECT_EQ(derived("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40414243444546"
                      "4748494a4b4c4d4e4f",
                      "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6"
                      "a7a8a9aaabacadaeaf",
                      "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6"
                      "f7f8f9fafbfcfdfeff",
                      82),
              "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87"
              "c14c01d5c1f3434f1d87");
    EXPECT_EQ(derived("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "", 42),
              "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hkdf, TakesNoSaltForAnEmptyOne) {
    const std::string key(22, '\x0b');
    std::vector<unsigned char> out(42);
    ASSERT_TRUE(derive(std::span(reinterpret_cast<const unsigned char*>(key.data()), key.size()), {}, {}, out));
    EXPECT_EQ(to_hex(text_of(out)).substr(0, 16), "8da4e775a563c18f");
}

TEST(ExtendedGcm, GivesTheAnswersOfC2sp) {
    constexpr std::string_view nonce = "ABCDEFGHIJKLMNOPQRSTUVWX";
    EXPECT_EQ(to_hex(encrypted(cipher_of(std::string(32, '\x01')), nonce, "", "XAES-256-GCM")), "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271");
    EXPECT_EQ(to_hex(encrypted(cipher_of(std::string(32, '\x03')), nonce, "c2sp.org/XAES-256-GCM", "XAES-256-GCM")),
              "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d");
}

TEST(ExtendedGcm, GivesTheAnswersOfC2spToTenThousandRandomQuestions) {
    using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
    constexpr int rounds = 10000;
    std::string random(std::size_t{rounds} * (32 + 24 + 2 * 256), '\0');
    const Digest questions(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    ASSERT_EQ(EVP_DigestInit_ex(questions.get(), EVP_shake128(), nullptr), 1);
    ASSERT_EQ(EVP_DigestFinalXOF(questions.get(), reinterpret_cast<unsigned char*>(random.data()), random.size()), 1);
    const Digest answers(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    ASSERT_EQ(EVP_DigestInit_ex(answers.get(), EVP_shake128(), nullptr), 1);

    std::string_view rest = random;
    const auto take = [&rest](std::size_t size) {
        const std::string_view taken = rest.substr(0, size);
        rest.remove_prefix(size);
        return taken;
    };
    const auto take_text = [&take] { return take(static_cast<unsigned char>(take(1)[0])); };
    for (int round = 0; round < rounds; ++round) {
        const ExtendedGcm cipher = cipher_of(take(32));
        const std::string_view nonce = take(24);
        const std::string_view plaintext = take_text();
        const std::string_view associated = take_text();
        const std::string sealed = encrypted(cipher, nonce, associated, plaintext);
        ASSERT_EQ(EVP_DigestUpdate(answers.get(), sealed.data(), sealed.size()), 1);
        std::string opened(plaintext.size(), '\0');
        ASSERT_TRUE(cipher.decrypt(nonce_of(nonce), {associated}, sealed, opened));
        ASSERT_EQ(opened, plaintext);
    }
    std::string sum(32, '\0');
    ASSERT_EQ(EVP_DigestFinalXOF(answers.get(), reinterpret_cast<unsigned char*>(sum.data()), sum.size()), 1);
    EXPECT_EQ(to_hex(sum), "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939");
}

TEST(ExtendedGcm, TakesAssociatedDataInPartsAsOneText) {
    const ExtendedGcm cipher = cipher_of(from_hex(first_key));
    const std::string nonce(24, 'n');
    std::string in_parts(4 + ExtendedGcm::tag_size, '\0');
    ASSERT_TRUE(cipher.encrypt(nonce_of(nonce), {"a", "", "bc"}, "text", in_parts));
    EXPECT_EQ(in_parts, encrypted(cipher, nonce, "abc", "text"));
}

TEST(SealKey, DerivesItsIdAndItsSubkeysAsPythonDoes) {
    const SealKeys keys = keys_of({first_key});
    EXPECT_EQ(hex_of(keys.first().id()), "2b6d0db446fccd4e");
    EXPECT_EQ(to_hex(text_of(keys.first().naming().reveal())), "eeffd8e5ca8d5035044f5bcce697f52f70132442e3add8ba6aeb5508d9f060e4");
}

TEST(Open, ReadsWhatPythonHasSealed) {
    const auto opened = open(keys_of({first_key}),
                             from_hex("736373012b6d0db446fccd4e000102030405060708090a0b0c0d0e0f10111213141516175136fd3600f1e38896b9d67057e9a75629e73e6eee7ed51b2a3ea960970"
                                      "6b1730d972ceab801936a3a7bedd916e60dcb"),
                             "records:r:name");
    ASSERT_TRUE(opened) << describe(opened.error());
    EXPECT_EQ(*opened, "{\"id\": 1, \"name\": \"Anna Muster\"}");
}

}  // namespace
}  // namespace sidecache::seal
