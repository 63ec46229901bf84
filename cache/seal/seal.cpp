#include "cache/seal/seal.hpp"

#include "cache/seal/name.hpp"
#include "cache/seal/openssl.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <climits>

namespace sidecache::seal {
namespace {

constexpr std::string_view mark = "scs\x01";  // the last octet is the version of the form
constexpr std::size_t id_size = std::tuple_size_v<KeyId>;
constexpr std::size_t header_size = mark.size() + id_size;
constexpr std::size_t nonce_end = header_size + ExtendedGcm::nonce_size;
static_assert(overhead == nonce_end + ExtendedGcm::tag_size);
static_assert(max_sealed_size <= INT_MAX, "as lengths stand in OpenSSL's calls");

ExtendedGcm::Nonce nonce_of(std::string_view sealed) noexcept { return ExtendedGcm::Nonce(octets(sealed) + header_size, ExtendedGcm::nonce_size); }

Result<std::string> seal_under(const SealKey& key, std::string_view plaintext, std::string_view associated) {
    if (plaintext.size() > max_sealed_size - overhead || associated.size() > max_sealed_size) return Fault{Reason::too_large};
    std::string sealed;
    sealed.reserve(plaintext.size() + overhead);
    sealed.append(mark).append(key.id().data(), id_size).resize(plaintext.size() + overhead);
    {
        const ErrorScope errors;
        if (RAND_bytes(reinterpret_cast<unsigned char*>(sealed.data()) + header_size, ExtendedGcm::nonce_size) != 1) return errors.fault();
    }
    const std::string_view header = std::string_view(sealed).substr(0, header_size);
    const auto done = key.cipher().encrypt(nonce_of(sealed), {header, associated}, plaintext, std::span(sealed).subspan(nonce_end));
    if (!done) return done.error();
    return sealed;
}

}  // namespace

Result<std::string> seal(const SealKeys& keys, std::string_view plaintext, std::string_view associated) {
    return seal_under(keys.first(), plaintext, associated);
}

Result<std::string> open(const SealKeys& keys, std::string_view sealed, std::string_view associated) {
    if (!sealed.starts_with(mark)) return Fault{Reason::not_sealed};
    if (sealed.size() < overhead) return Fault{Reason::damaged};
    if (sealed.size() > max_sealed_size || associated.size() > max_sealed_size) return Fault{Reason::too_large};
    const SealKey* const key = keys.find(sealed.substr(mark.size(), id_size));
    if (key == nullptr) return Fault{Reason::unknown_key};
    std::string plaintext(sealed.size() - overhead, '\0');
    const auto done = key->cipher().decrypt(nonce_of(sealed), {sealed.substr(0, header_size), associated}, sealed.substr(nonce_end), plaintext);
    if (!done) return done.error();
    return plaintext;
}

Result<void> prove(const SealKeys& keys) {
    constexpr std::string_view text = "sealed and opened";
    for (const SealKey& key : keys.all()) {
        const auto sealed = seal_under(key, text, "here");
        if (!sealed) return sealed.error();
        const auto opened = open(keys, *sealed, "here");
        if (!opened) return opened.error();
        if (*opened != text) return Fault{Reason::damaged};
    }
    const auto names = names_of(keys, text);
    if (!names) return names.error();
    return {};
}

}  // namespace sidecache::seal
