#include "cache/jwt/key_set.hpp"

#include "cache/json/strict.hpp"
#include "cache/jwt/jwk.hpp"
#include "cache/jwt/pem.hpp"
#include "cache/jwt/public_lookalike.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace sidecache::jwt {
namespace {

namespace json = boost::json;

constexpr std::string_view no_key = "The file has no key to verify with.";
constexpr std::string_view json_space = " \t\r\n";  // RFC 8259 §2

std::string too_large(std::string_view file) {
    return "The file has " + std::to_string(file.size()) + " octets; at most " + std::to_string(max_key_file_size) +
           " are expected.";
}

bool is_json(std::string_view file) {
    const std::size_t first = file.find_first_not_of(json_space);
    return first != std::string_view::npos && file[first] == '{';
}

bool is_pem(std::string_view file) { return file.find("-----BEGIN") != std::string_view::npos; }

std::string subject_of(std::size_t number, const json::value& jwk) {
    const json::string* id = jwk.is_object() ? strict_json::string_member(jwk.get_object(), "kid") : nullptr;
    return "Key " + std::to_string(number) + (id ? " (kid " + json::serialize(*id) + ")" : "");
}

// RFC 7517 §4.5: keys of a set have different ids.
std::optional<std::string> repeated_id(const std::vector<Key>& keys) {
    for (auto key = keys.begin(); key != keys.end(); ++key) {
        if (key->id && std::find_if(keys.begin(), key, [&](const Key& other) { return other.id == key->id; }) != key)
            return key->id;
    }
    return std::nullopt;
}

// What is wrong with the text of a secret, "The secret ..."; empty if nothing.
std::string_view fault_of_secret(std::string_view secret) {
    if (secret.find_first_of("\r\n") != std::string_view::npos) return "has several lines; one is expected";
    if (!std::ranges::all_of(secret, [](char c) { return c >= ' ' && c <= '~'; }))
        return R"(has characters that are not printable ASCII; a secret of any octets is written as a JWK with "kty": "oct")";
    if (secret.starts_with(' ') || secret.ends_with(' ')) return "begins or ends with a space";
    if (looks_like_public_key(secret)) return "is a public key, which everybody may know";
    return {};
}

}  // namespace

KeySet::Parsed<KeySet> KeySet::parse(std::string_view file) {
    if (file.size() > max_key_file_size) return too_large(file);
    if (is_json(file)) return parse_json(file);
    if (!is_pem(file))
        return std::string(
                   "The file is neither a JWK Set (it would begin with '{') nor public keys in PEM (\"-----BEGIN PUBLIC "
                   "KEY-----\"); ") +
               "a shared secret must be named as such.";
    auto keys = read_pem(file, max_keys);
    if (!keys) return keys.error().says;
    if (keys->empty()) return std::string(no_key);
    KeySet set;
    set.keys_ = *std::move(keys);
    return set;
}

KeySet::Parsed<KeySet> KeySet::parse_json(std::string_view file) {
    const auto parsed = strict_json::parse_object(file);
    if (!parsed) return "The file " + std::string(strict_json::sentence_of(parsed.error())) + "; a JWK Set is expected: {\"keys\": [...]}.";
    // RFC 7517 §5, or a single key.
    const json::value* members = parsed->if_contains("keys");
    if (members && !members->is_array()) return std::string("The file's \"keys\" are no array (RFC 7517 §5.1).");
    const json::array jwks = members ? members->get_array() : json::array{*parsed};
    if (jwks.size() > max_keys)
        return "The file has " + std::to_string(jwks.size()) + " keys; at most " + std::to_string(max_keys) + " are expected.";

    KeySet set;
    for (std::size_t i = 0; i < jwks.size(); ++i) {
        const std::string subject = subject_of(i + 1, jwks[i]);
        if (!jwks[i].is_object()) return subject + " is no JSON object.";
        auto key = read_jwk(jwks[i].get_object());
        if (key) {
            set.keys_.push_back(*std::move(key));
        } else if (key.error().is_dangerous) {
            return subject + " " + key.error().says + ".";
        } else {
            set.notes_.push_back(subject + " " + key.error().says + "; it is left out.");
        }
    }
    if (set.keys_.empty()) return std::string(no_key) + (set.notes_.empty() ? "" : " " + set.notes_.front());
    if (const auto id = repeated_id(set.keys_))
        return "Two keys have the kid " + json::serialize(json::string(*id)) + "; each must have its own.";
    return set;
}

KeySet::Parsed<KeySet> KeySet::from_secret(std::string_view file) {
    if (file.size() > max_key_file_size) return too_large(file);
    if (is_pem(file) || is_json(file))
        return std::string("The file holds keys as PEM or JSON, no plain secret: it must be named as a file of keys.");
    std::string_view secret = file;
    if (secret.ends_with('\n')) secret.remove_suffix(1);
    if (secret.ends_with('\r')) secret.remove_suffix(1);
    if (const auto fault = fault_of_secret(secret); !fault.empty()) return "The secret " + std::string(fault) + ".";
    auto key = key_of_secret(std::string(secret));
    if (!key) return "The key " + key.error().says + ".";
    KeySet set;
    set.keys_.push_back(*std::move(key));
    return set;
}

}  // namespace sidecache::jwt
