#include "cache/jwt/jwk.hpp"

#include "cache/jwt/base64url.hpp"
#include "cache/json/strict.hpp"
#include "cache/jwt/openssl.hpp"

#include <openssl/core_names.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>

namespace sidecache::jwt {
namespace {

namespace json = boost::json;

std::string quoted(const json::string& text) { return json::serialize(text); }

// The octets of a member in base64url.
KeyResult<std::string> octets_of(const json::object& jwk, std::string_view name) {
    const json::string* text = strict_json::string_member(jwk, name);
    auto decoded = text ? decode_base64url({text->data(), text->size()}) : std::nullopt;
    if (decoded && !decoded->empty()) return *std::move(decoded);
    return KeyProblem::dangerous("has no \"" + std::string(name) + "\" in base64url without padding");
}

// RFC 7517 §4.2, §4.3: a key for something else than signatures, or for making them, is left alone.
std::optional<KeyProblem> assess_use(const json::object& jwk) {
    if (jwk.contains("use")) {
        const json::string* use = strict_json::string_member(jwk, "use");
        if (!use) return KeyProblem::dangerous("has a \"use\" that is no string");
        if (*use != "sig") return KeyProblem::not_for_us("is for the use " + quoted(*use) + ", not for \"sig\"");
    }
    if (const json::value* operations = jwk.if_contains("key_ops")) {
        if (!operations->is_array()) return KeyProblem::dangerous("has \"key_ops\" that are no array");
        if (std::ranges::count(operations->get_array(), json::value("verify")) == 0)
            return KeyProblem::not_for_us("is not for the operation \"verify\"");
    }
    return std::nullopt;
}

// RFC 7517 §4.4: what the key says of itself must be what its type is used for here.
std::optional<KeyProblem> assess_algorithm(const json::object& jwk, Algorithm algorithm) {
    if (!jwk.contains("alg")) return std::nullopt;
    const json::string* name = strict_json::string_member(jwk, "alg");
    if (!name) return KeyProblem::dangerous("has an \"alg\" that is no string");
    if (algorithm_of({name->data(), name->size()}) == algorithm) return std::nullopt;
    return KeyProblem::not_for_us("is for the algorithm " + quoted(*name) + ", not for \"" + std::string(name_of(algorithm)) +
                                  "\"");
}

KeyResult<Key> make_public_key(const char* type, OSSL_PARAM_BLD* numbers) {
    const ErrorScope errors;
    const Params params(OSSL_PARAM_BLD_to_param(numbers));
    const PublicKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* made = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
        return KeyProblem::dangerous("is damaged: its numbers are no public key");
    return key_of_public_key({made, Release<&EVP_PKEY_free>()});
}

// RFC 7518 §6.3.1
KeyResult<Key> read_rsa(const json::object& jwk) {
    const auto modulus = octets_of(jwk, "n");
    if (!modulus) return modulus.error();
    const auto exponent = octets_of(jwk, "e");
    if (!exponent) return exponent.error();
    const Bignum n(BN_bin2bn(octets(*modulus), static_cast<int>(modulus->size()), nullptr));
    const Bignum e(BN_bin2bn(octets(*exponent), static_cast<int>(exponent->size()), nullptr));
    const ParamsBuilder numbers(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_BN(numbers.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
    OSSL_PARAM_BLD_push_BN(numbers.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
    return make_public_key("RSA", numbers.get());
}

// RFC 7518 §6.2.1
KeyResult<Key> read_ec(const json::object& jwk) {
    const json::string* curve = strict_json::string_member(jwk, "crv");
    if (!curve) return KeyProblem::dangerous("has no \"crv\"");
    if (*curve != "P-256") return KeyProblem::not_for_us("is on the curve " + quoted(*curve) + ", not on \"P-256\"");
    const auto x = octets_of(jwk, "x");
    if (!x) return x.error();
    const auto y = octets_of(jwk, "y");
    if (!y) return y.error();
    if (x->size() != 32 || y->size() != 32)
        return KeyProblem::dangerous("has an \"x\" or \"y\" that is not of 32 octets (RFC 7518 §6.2.1.2)");
    const std::string point = '\x04' + *x + *y;  // SEC 1 §2.3.3, uncompressed
    const ParamsBuilder numbers(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_utf8_string(numbers.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
    OSSL_PARAM_BLD_push_octet_string(numbers.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
    return make_public_key("EC", numbers.get());
}

// RFC 8037 §2
KeyResult<Key> read_okp(const json::object& jwk) {
    const json::string* curve = strict_json::string_member(jwk, "crv");
    if (!curve) return KeyProblem::dangerous("has no \"crv\"");
    if (*curve != "Ed25519") return KeyProblem::not_for_us("is on the curve " + quoted(*curve) + ", not on \"Ed25519\"");
    const auto x = octets_of(jwk, "x");
    if (!x) return x.error();
    const ErrorScope errors;
    EVP_PKEY* made = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(*x), x->size());
    if (!made) return KeyProblem::dangerous("has an \"x\" that is not of 32 octets");
    return key_of_public_key({made, Release<&EVP_PKEY_free>()});
}

KeyResult<Key> read_secret(const json::object& jwk) {  // RFC 7518 §6.4
    auto secret = octets_of(jwk, "k");
    if (!secret) return secret.error();
    return key_of_secret(*std::move(secret));
}

// RFC 7518 §6.2.2, §6.3.2, RFC 8037 §2
bool is_private(const json::object& jwk) {
    constexpr std::array<json::string_view, 7> names{"d", "p", "q", "dp", "dq", "qi", "oth"};
    return std::ranges::any_of(names, [&](json::string_view name) { return jwk.contains(name); });
}

}  // namespace

KeyResult<Key> read_jwk(const json::object& jwk) {
    const json::string* type = strict_json::string_member(jwk, "kty");
    if (!type) return KeyProblem::dangerous("has no \"kty\" (RFC 7517 §4.1)");
    // Before all else: whatever it is for, it does not belong where tokens are verified only.
    if (*type != "oct" && is_private(jwk))
        return KeyProblem::dangerous(
            "is a private key; verifying takes the public half alone, and whoever reads this file could sign tokens");
    if (auto problem = assess_use(jwk)) return *std::move(problem);

    struct Type {
        json::string_view name;
        Algorithm algorithm;
        KeyResult<Key> (*read)(const json::object&);
    };
    constexpr std::array<Type, 4> types{{{"oct", Algorithm::hs256, read_secret},
                                         {"RSA", Algorithm::rs256, read_rsa},
                                         {"EC", Algorithm::es256, read_ec},
                                         {"OKP", Algorithm::eddsa, read_okp}}};
    const auto known = std::ranges::find(types, json::string_view(*type), &Type::name);
    if (known == types.end()) return KeyProblem::not_for_us("is of the type " + quoted(*type) + ", which is not understood");
    if (auto problem = assess_algorithm(jwk, known->algorithm)) return *std::move(problem);

    auto key = known->read(jwk);
    if (key && jwk.contains("kid")) {
        const json::string* id = strict_json::string_member(jwk, "kid");
        if (!id) return KeyProblem::dangerous("has a \"kid\" that is no string");
        key->id.emplace(id->data(), id->size());
    }
    return key;
}

}  // namespace sidecache::jwt
