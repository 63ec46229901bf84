#include "cache/seal/seal.hpp"

#include "cache/seal/name.hpp"
#include "tests/unit/cache/seal/sealing.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <set>
#include <thread>

namespace sidecache::seal {
namespace {

constexpr std::string_view patient = "{\"id\": 1, \"name\": \"Anna Muster\", \"diagnosis\": \"J06.9\"}";
constexpr std::string_view place = "records:r:9HIyeKMpEl87t0jnq6MqXUHwkBw";
constexpr std::size_t key_id_at = 4;
constexpr std::size_t nonce_at = 12;

std::string sealed_with(const SealKeys& keys, std::string_view plaintext, std::string_view associated = place) {
    const auto sealed = seal(keys, plaintext, associated);
    return sealed ? *sealed : "fault: " + describe(sealed.error());
}

// What it opens to, or why not.
std::string opened_with(const SealKeys& keys, std::string_view sealed, std::string_view associated = place) {
    const auto opened = open(keys, sealed, associated);
    return opened ? *opened : "fault: " + describe(opened.error());
}

std::string text_of_size(std::size_t size) {
    std::string text(size, '\0');
    std::uint32_t state = 1;
    for (char& c : text) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    return text;
}

TEST(Seal, OpensToWhatWasSealedFromNothingToAMebibyte) {
    const SealKeys keys = keys_of({first_key});
    for (const std::size_t size : {0, 1, 15, 16, 17, 255, 1024, 65535, 65536, 65537, 1024 * 1024}) {
        const std::string text = text_of_size(size);
        const std::string sealed = sealed_with(keys, text);
        EXPECT_EQ(sealed.size(), size + overhead);
        EXPECT_TRUE(opened_with(keys, sealed) == text) << size;
    }
}

TEST(Seal, TakesAnyOctetsAsThePlaceAndNoneToo) {
    const SealKeys keys = keys_of({first_key});
    for (const std::string& associated : {std::string(), std::string(1, '\0'), text_of_size(300)})
        EXPECT_EQ(opened_with(keys, sealed_with(keys, patient, associated), associated), patient);
}

TEST(Seal, CostsFiftyTwoOctetsForEachValue) { EXPECT_EQ(overhead, 52U); }

TEST(Seal, ShowsNothingOfTheText) {
    const std::string sealed = sealed_with(keys_of({first_key}), patient);
    for (std::size_t at = 0; at + 4 <= patient.size(); ++at) EXPECT_EQ(sealed.find(patient.substr(at, 4)), std::string::npos);
}

TEST(Seal, MakesTwoValuesOfOneText) {
    const SealKeys keys = keys_of({first_key});
    std::set<std::string> nonces, ciphertexts;
    for (int i = 0; i < 1000; ++i) {
        const std::string sealed = sealed_with(keys, patient);
        nonces.insert(sealed.substr(nonce_at, ExtendedGcm::nonce_size));
        ciphertexts.insert(sealed.substr(nonce_at + ExtendedGcm::nonce_size));
    }
    EXPECT_EQ(nonces.size(), 1000U);
    EXPECT_EQ(ciphertexts.size(), 1000U);
}

TEST(Seal, RefusesWhatIsLargerThanAValueOfRedis) {
    const SealKeys keys = keys_of({first_key});
    const std::string_view huge(patient.data(), max_sealed_size);  // its octets are not looked at
    EXPECT_EQ(seal(keys, huge, place).error().reason, Reason::too_large);
    EXPECT_EQ(seal(keys, patient, {patient.data(), max_sealed_size + 1}).error().reason, Reason::too_large);
}

TEST(Open, RefusesEveryChangeOfEveryOctet) {
    const SealKeys keys = keys_of({first_key, second_key});
    const std::string sealed = sealed_with(keys, patient);
    for (std::size_t at = 0; at < sealed.size(); ++at) {
        const Reason expected = at < key_id_at ? Reason::not_sealed : at < nonce_at ? Reason::unknown_key : Reason::damaged;
        for (int difference = 1; difference < 256; ++difference) {
            std::string changed = sealed;
            changed[at] = static_cast<char>(changed[at] ^ difference);
            const auto opened = open(keys, changed, place);
            ASSERT_FALSE(opened) << at << " " << difference;
            ASSERT_EQ(opened.error(), (Fault{expected})) << at << " " << difference;
        }
    }
}

TEST(Open, RefusesEveryCut) {
    const SealKeys keys = keys_of({first_key});
    const std::string sealed = sealed_with(keys, patient);
    for (std::size_t size = 0; size < sealed.size(); ++size) {
        const auto opened = open(keys, sealed.substr(0, size), place);
        ASSERT_FALSE(opened) << size;
        EXPECT_EQ(opened.error().reason, size < key_id_at ? Reason::not_sealed : Reason::damaged) << size;
    }
    EXPECT_EQ(opened_with(keys, sealed + '\0'), "fault: damaged");
    EXPECT_EQ(opened_with(keys, sealed + sealed), "fault: damaged");
}

TEST(Open, RefusesAValueUnderAnotherName) {
    const SealKeys keys = keys_of({first_key});
    const std::string sealed = sealed_with(keys, patient);
    for (const std::string& other : {std::string(), std::string(place) + "x", std::string(place.substr(1)), std::string("records:r:") + std::string(27, 'A')})
        EXPECT_EQ(opened_with(keys, sealed, other), "fault: damaged") << other;
    EXPECT_EQ(opened_with(keys, sealed_with(keys, patient, ""), place), "fault: damaged");
}

TEST(Open, DoesNotTakeTheKeyIdOfAnotherKeyForItsOwn) {
    const SealKeys keys = keys_of({first_key, second_key});
    std::string sealed = sealed_with(keys, patient);
    const KeyId& other = keys.all()[1].id();
    sealed.replace(key_id_at, other.size(), other.data(), other.size());
    EXPECT_EQ(opened_with(keys, sealed), "fault: damaged");
}

TEST(Open, CallsWhatWasKeptInClearNotSealed) {
    const SealKeys keys = keys_of({first_key});
    for (const std::string_view clear :
         {std::string_view(""), patient, std::string_view("scs"), std::string_view("scs\x02 of another version, and long enough to be a value")})
        EXPECT_EQ(opened_with(keys, clear), "fault: not_sealed") << clear;
}

TEST(Rotation, OpensWithTheOldKeyAndSealsWithTheNew) {
    const SealKeys before = keys_of({first_key});
    const SealKeys rotated = keys_of({second_key, first_key});
    const SealKeys after = keys_of({second_key});
    const std::string old_value = sealed_with(before, patient);
    EXPECT_EQ(opened_with(rotated, old_value), patient);
    const std::string new_value = sealed_with(rotated, patient);
    EXPECT_EQ(opened_with(after, new_value), patient);
    EXPECT_EQ(opened_with(before, new_value), "fault: unknown_key");
}

TEST(Rotation, WhoIsToldOfTheNewKeyFirstOpensWhatOthersSealWithItAlready) {
    const SealKeys announced = keys_of({first_key, second_key});
    const SealKeys rotated = keys_of({second_key, first_key});
    EXPECT_EQ(opened_with(announced, sealed_with(rotated, patient)), patient);
    EXPECT_EQ(opened_with(rotated, sealed_with(announced, patient)), patient);
}

TEST(Rotation, LeavesWhatAKeyThatWasTakenOutHadSealedUnreadable) {
    const std::string old_value = sealed_with(keys_of({first_key}), patient);
    EXPECT_EQ(opened_with(keys_of({second_key, third_key}), old_value), "fault: unknown_key");
}

TEST(Seal, IsDoneByManyThreadsAtOnce) {
    const SealKeys keys = keys_of({first_key, second_key});
    std::vector<std::thread> threads;
    std::vector<int> opened(4);
    for (int& count : opened)
        threads.emplace_back([&keys, &count] {
            for (int i = 0; i < 200; ++i) count += opened_with(keys, sealed_with(keys, patient)) == patient ? 1 : 0;
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(opened, std::vector<int>(4, 200));
}

TEST(Seal, IsProvedAtTheStartWithEachKey) { EXPECT_TRUE(prove(keys_of({first_key, second_key, third_key}))); }

TEST(Seal, WhereOpenSslCannotDoItIsAFaultWithWhatOpenSslSays) {
    const SealKeys keys = keys_of({first_key});
    const std::string sealed = sealed_with(keys, patient);
    ASSERT_EQ(EVP_set_default_properties(nullptr, "provider=none"), 1);
    std::thread([&] {  // which has nothing of OpenSSL's yet
        const auto again = seal(keys, patient, place);
        ASSERT_FALSE(again);
        EXPECT_EQ(again.error().reason, Reason::openssl);
        const auto opened = open(keys, sealed, place);
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().reason, Reason::openssl);
        const auto name = name_of(keys, place);
        ASSERT_FALSE(name);
        EXPECT_EQ(name.error().reason, Reason::openssl);
        EXPECT_NE(describe(name.error()).find("openssl (error:"), std::string::npos) << describe(name.error());
        const auto names = names_of(keys, place);
        ASSERT_FALSE(names);
        EXPECT_FALSE(prove(keys));
        EXPECT_EQ(ERR_peek_error(), 0U);  // nothing is left for the next reader of the queue
    }).join();
    const std::vector<std::string_view> contents{first_key};
    const auto none = SealKeys::parse(contents);
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().says.find("OpenSSL cannot use the key: openssl"), std::string::npos) << none.error().says;
    ASSERT_EQ(EVP_set_default_properties(nullptr, ""), 1);
    EXPECT_EQ(opened_with(keys, sealed), patient);
}

TEST(Open, LeavesNothingInOpenSslsQueueOfErrors) {
    const SealKeys keys = keys_of({first_key});
    std::string sealed = sealed_with(keys, patient);
    sealed.back() = static_cast<char>(sealed.back() ^ 1);
    ERR_clear_error();
    EXPECT_EQ(opened_with(keys, sealed), "fault: damaged");
    EXPECT_EQ(ERR_peek_error(), 0U);
}

}  // namespace
}  // namespace sidecache::seal
