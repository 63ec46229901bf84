#include "cache/seal/seal_keys.hpp"

#include "cache/seal/hkdf.hpp"

#include <algorithm>

namespace sidecache::seal {
namespace {

// With the form's version in them: another form would have other keys.
constexpr std::string_view encryption_label = "sidecache seal 1: encryption";
constexpr std::string_view naming_label = "sidecache seal 1: naming";
constexpr std::string_view id_label = "sidecache seal 1: key id";

std::string_view view_of(const KeyId& id) noexcept { return {id.data(), id.size()}; }

}  // namespace

Result<SealKey> SealKey::make(const KeyOctets& octets) {
    KeyOctets encryption;
    KeyOctets naming;
    std::array<unsigned char, std::tuple_size_v<KeyId>> id_octets{};
    if (const auto done = derive(octets.reveal(), {}, encryption_label, encryption.fill()); !done) return done.error();
    if (const auto done = derive(octets.reveal(), {}, naming_label, naming.fill()); !done) return done.error();
    if (const auto done = derive(octets.reveal(), {}, id_label, id_octets); !done) return done.error();
    auto cipher = ExtendedGcm::make(std::move(encryption));
    if (!cipher) return cipher.error();
    KeyId id{};
    std::copy(id_octets.begin(), id_octets.end(), id.begin());
    return SealKey(id, *std::move(cipher), std::move(naming));
}

boost::system::result<SealKeys, SealKeyProblem> SealKeys::parse(std::span<const std::string_view> contents) {
    if (contents.empty()) return SealKeyProblem{0, "There is no key to seal with."};
    if (contents.size() > max_keys)
        return SealKeyProblem{max_keys, "There are " + std::to_string(contents.size()) + " keys; at most " + std::to_string(max_keys) + " are expected."};
    SealKeys keys;
    keys.keys_.reserve(max_keys);  // so that none is moved
    for (std::size_t number = 0; number < contents.size(); ++number) {
        const auto octets = read_key_text(contents[number]);
        if (!octets) return SealKeyProblem{number, octets.error()};
        auto key = SealKey::make(*octets);
        if (!key) return SealKeyProblem{number, "OpenSSL cannot use the key: " + describe(key.error()) + "."};
        const auto same = std::find_if(keys.keys_.begin(), keys.keys_.end(), [&](const SealKey& other) { return other.id() == key->id(); });
        if (same != keys.keys_.end())
            return SealKeyProblem{number, "The key is the same as key " + std::to_string(same - keys.keys_.begin() + 1) + "; each is given once."};
        keys.keys_.push_back(*std::move(key));
    }
    return keys;
}

const SealKey* SealKeys::find(std::string_view id) const noexcept {
    const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const SealKey& key) { return view_of(key.id()) == id; });
    return found == keys_.end() ? nullptr : &*found;
}

std::string hex_of(const KeyId& id) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const unsigned char octet : id) {
        text += digits[octet >> 4];
        text += digits[octet & 15];
    }
    return text;
}

}  // namespace sidecache::seal
