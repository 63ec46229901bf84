// Signatures: which are believed, of each algorithm.
#include "cache/jwt/signature.hpp"

#include "tests/unit/cache/jwt/judging.hpp"
#include "tests/unit/cache/jwt/signing.hpp"

#include <gtest/gtest.h>

#include <random>
#include <thread>

namespace sidecache::jwt {
namespace {

constexpr std::string_view claims = R"({"sub":"42","exp":1700000001})";

bool is_good(const Signer& signer, std::string_view text, std::string_view signature) {
    const KeySet keys = keys_of(signer.jwk());
    return verifies(keys.keys().front(), text, signature);
}

TEST(Signature, OfEachAlgorithmIsVerified) {
    for (const Signer* signer : all_signers()) {
        EXPECT_EQ(verdict(signer->token(claims), keys_of(signer->jwk())), "good") << signer->algorithm();
        EXPECT_EQ(verdict(signer->token("{}"), keys_of(signer->jwk()), {.require_expiry = false}), "good");
    }
    for (const Signer* signer : {&rsa_signer(), &ec_signer(), &ed25519_signer()})
        EXPECT_EQ(verdict(signer->token(claims), keys_of(signer->public_pem())), "good") << signer->algorithm();
}

TEST(Signature, OfAnotherKeyIsRefused) {
    EXPECT_EQ(verdict(Signer::of_rsa().token(claims), keys_of(rsa_signer().jwk())), "signature");
    EXPECT_EQ(verdict(Signer::of_ec().token(claims), keys_of(ec_signer().jwk())), "signature");
    EXPECT_EQ(verdict(Signer::of_ed25519().token(claims), keys_of(ed25519_signer().jwk())), "signature");
    EXPECT_EQ(verdict(Signer::of_secret(std::string(32, 'x')).token(claims), keys_of(secret_signer().jwk())), "signature");
}

TEST(Signature, OfAnotherTextIsRefused) {
    for (const Signer* signer : all_signers()) {
        const std::string token = signer->token(claims);
        const std::string other = signer->token(R"({"sub":"43","exp":1700000001})");
        const auto signature = [](const std::string& of) { return of.substr(of.rfind('.')); };
        EXPECT_EQ(verdict(token.substr(0, token.rfind('.')) + signature(other), keys_of(signer->jwk())), "signature");
        // The same header with a space more.
        const std::string spaced = base64url("{ \"alg\":\"" + signer->algorithm() + "\"}") + token.substr(token.find('.'));
        EXPECT_EQ(verdict(spaced, keys_of(signer->jwk())), "signature");
    }
}

TEST(Signature, ThatIsCutLengthenedOrEmptyIsRefused) {
    for (const Signer* signer : all_signers()) {
        const std::string signature = signer->signature_of("text");
        EXPECT_TRUE(is_good(*signer, "text", signature));
        EXPECT_FALSE(is_good(*signer, "text", ""));
        EXPECT_FALSE(is_good(*signer, "text", signature + '\0'));
        EXPECT_FALSE(is_good(*signer, "text", '\0' + signature));
        EXPECT_FALSE(is_good(*signer, "text", signature.substr(1)));
        EXPECT_FALSE(is_good(*signer, "text", signature.substr(0, signature.size() - 1)));
        EXPECT_FALSE(is_good(*signer, "text", std::string(signature.size(), '\0')));
        EXPECT_FALSE(is_good(*signer, "text", std::string(signature.size(), '\xff')));
        EXPECT_FALSE(is_good(*signer, "", signature));
    }
}

// RFC 7518 §3.4
TEST(Signature, OfEs256InDerIsRefused) {
    for (int i = 0; i < 50; ++i) EXPECT_FALSE(is_good(ec_signer(), "text", ec_signer().der_signature_of("text")));
}

// RFC 7518 §3.4: the zeros before R and S stay.
TEST(Signature, OfEs256KeepsItsLeadingZeros) {
    int of_r = 0;
    int of_s = 0;
    while (of_r == 0 || of_s == 0) {
        const std::string signature = ec_signer().signature_of("text");
        if (signature[0] == '\0') {
            ++of_r;
            EXPECT_TRUE(is_good(ec_signer(), "text", signature));
            EXPECT_FALSE(is_good(ec_signer(), "text", signature.substr(1)));
        }
        if (signature[32] == '\0') {
            ++of_s;
            EXPECT_TRUE(is_good(ec_signer(), "text", signature));
            EXPECT_FALSE(is_good(ec_signer(), "text", signature.substr(0, 32) + signature.substr(33)));
        }
    }
}

// The same for an integer modulo n: a second spelling of it is none.
TEST(Signature, OfEs256WithZeroOrTheOrderIsRefused) {
    const std::string signature = ec_signer().signature_of("text");
    const std::string order(
        "\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63"
        "\x25\x51",
        32);
    for (const std::string& number : {std::string(32, '\0'), order, std::string(31, '\0') + '\x01'}) {
        EXPECT_FALSE(is_good(ec_signer(), "text", number + signature.substr(32)));
        EXPECT_FALSE(is_good(ec_signer(), "text", signature.substr(0, 32) + number));
        EXPECT_FALSE(is_good(ec_signer(), "text", number + number));
    }
}

// RFC 8017 §8.2.2: the signature is as long as the modulus.
TEST(Signature, OfRs256KeepsItsLeadingZeros) {
    for (int i = 0;; ++i) {
        const std::string text = "text " + std::to_string(i);
        const std::string signature = rsa_signer().signature_of(text);
        if (signature.front() != '\0') continue;
        EXPECT_TRUE(is_good(rsa_signer(), text, signature));
        EXPECT_FALSE(is_good(rsa_signer(), text, signature.substr(1)));
        return;
    }
}

TEST(Signature, IsNotThatOfATokenOfWhichAnythingWasChanged) {
    std::mt19937 random(7);
    for (const Signer* signer : all_signers()) {
        const KeySet keys = keys_of(signer->jwk());
        const std::string token = signer->token(claims);
        ASSERT_EQ(verdict(token, keys), "good");
        for (std::size_t at = 0; at < token.size(); ++at) {  // each octet: another character, none, one more
            for (const char c : {'A', 'b', '7', '-', '.', '=', '\0'}) {
                if (token[at] == c) continue;
                std::string other = token;
                other[at] = c;
                EXPECT_NE(verdict(other, keys), "good") << other;
            }
            EXPECT_NE(verdict(std::string(token).erase(at, 1), keys), "good") << at;
            EXPECT_NE(verdict(std::string(token).insert(at, 1, 'A'), keys), "good") << at;
        }
        for (int i = 0; i < 2000; ++i) {
            std::string other = token;
            for (unsigned changes = 1 + random() % 4; changes > 0; --changes)
                other[random() % other.size()] = static_cast<char>(random());
            EXPECT_EQ(verdict(other, keys) == "good", other == token) << other;
        }
    }
}

TEST(Signature, IsVerifiedByManyThreadsAtOnce) {
    std::string set = "{\"keys\":[";
    for (const Signer* signer : all_signers()) set += (set.ends_with('[') ? "" : ",") + signer->jwk();
    const KeySet keys = keys_of(set + "]}");
    std::vector<std::string> good;
    for (const Signer* signer : all_signers()) good.push_back(signer->token(claims));
    std::vector<int> counts(4);
    std::vector<std::thread> threads;
    for (int& count : counts)
        threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i) {
                const std::string& token = good[static_cast<std::size_t>(i) % good.size()];
                if (verdict(token, keys) == "good" && verdict(token + "A", keys) != "good") ++count;
            }
        });
    for (std::thread& thread : threads) thread.join();
    for (const int count : counts) EXPECT_EQ(count, 200);
}

// OpenSSL's errors are a queue of the thread, which others read.
TEST(Signature, LeavesNoErrorBehind) {
    ERR_clear_error();
    for (const Signer* signer : all_signers()) {
        EXPECT_FALSE(is_good(*signer, "text", "x"));
        EXPECT_FALSE(is_good(*signer, "text", std::string(256, 'x')));
        EXPECT_FALSE(is_good(*signer, "text", std::string(64, 'x')));
    }
    EXPECT_FALSE(KeySet::parse("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"));
    EXPECT_TRUE(KeySet::from_secret("TUNvd0JRWURLMlZ3QXlFQXh4eHh4eHh4"));
    EXPECT_EQ(ERR_peek_error(), 0U);
    ERR_raise(ERR_LIB_USER, 7);
    EXPECT_FALSE(is_good(rsa_signer(), "text", std::string(256, 'x')));
    EXPECT_EQ(ERR_GET_REASON(ERR_peek_last_error()), 7);
    ERR_clear_error();
}

}  // namespace
}  // namespace sidecache::jwt
