#include "cache/seal/extended_gcm.hpp"

#include "cache/seal/openssl.hpp"

#include <algorithm>
#include <cassert>

namespace sidecache::seal {
namespace {

constexpr std::size_t block_size = 16;
constexpr int encrypting = 1;
constexpr int decrypting = 0;

// One thread's, keyed anew for each value; null where OpenSSL has no such cipher.
class Engine {
public:
    explicit Engine(const char* name) : cipher_(EVP_CIPHER_fetch(nullptr, name, nullptr)), context_(EVP_CIPHER_CTX_new()) {
        if (!cipher_ || !context_ || EVP_CipherInit_ex2(context_.get(), cipher_.get(), nullptr, nullptr, encrypting, nullptr) != 1) context_.reset();
    }
    EVP_CIPHER_CTX* get() const noexcept { return context_.get(); }

private:
    Cipher cipher_;
    CipherContext context_;
};

EVP_CIPHER_CTX* blocks() {
    thread_local const Engine engine("AES-256-ECB");
    return engine.get();
}

EVP_CIPHER_CTX* gcm() {
    thread_local const Engine engine("AES-256-GCM");
    return engine.get();
}

// Whole blocks, each for itself: the bare cipher that CMAC is made of.
bool encrypt_blocks(std::span<const unsigned char, ExtendedGcm::key_size> key, std::span<unsigned char> in_place) {
    EVP_CIPHER_CTX* const context = blocks();
    int size = 0;
    return context != nullptr && EVP_CipherInit_ex2(context, nullptr, key.data(), nullptr, encrypting, nullptr) == 1 &&
           EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
           EVP_CipherUpdate(context, in_place.data(), &size, in_place.data(), static_cast<int>(in_place.size())) == 1 &&
           size == static_cast<int>(in_place.size());
}

bool begin(EVP_CIPHER_CTX* context, const SecretOctets<ExtendedGcm::key_size>& key, ExtendedGcm::Nonce nonce, int direction,
           std::initializer_list<std::string_view> associated) {
    // The second half of the nonce is that of AES-GCM, whose own length is 96 bits unless it is told otherwise.
    if (context == nullptr || EVP_CipherInit_ex2(context, nullptr, key.reveal().data(), nonce.data() + 12, direction, nullptr) != 1) return false;
    int size = 0;
    return std::all_of(associated.begin(), associated.end(), [&](std::string_view part) {
        return part.empty() || EVP_CipherUpdate(context, nullptr, &size, octets(part), static_cast<int>(part.size())) == 1;
    });
}

bool update(EVP_CIPHER_CTX* context, std::string_view in, unsigned char* out) {
    int size = 0;
    if (in.empty()) return true;
    return EVP_CipherUpdate(context, out, &size, octets(in), static_cast<int>(in.size())) == 1 && size == static_cast<int>(in.size());
}

}  // namespace

Result<ExtendedGcm> ExtendedGcm::make(SecretOctets<key_size> key) {
    const ErrorScope errors;
    SecretOctets<block_size> mask;
    const auto bits = mask.fill();
    if (!encrypt_blocks(key.reveal(), bits)) return errors.fault();
    // SP 800-38B §6.1: doubled in the field of 2^128 elements. No branch on a secret bit.
    const auto reduction = static_cast<unsigned char>(0x87 & -(bits[0] >> 7));
    for (std::size_t i = 0; i + 1 < block_size; ++i) bits[i] = static_cast<unsigned char>(bits[i] << 1 | bits[i + 1] >> 7);
    bits[block_size - 1] = static_cast<unsigned char>(bits[block_size - 1] << 1 ^ reduction);
    return ExtendedGcm(std::move(key), std::move(mask));
}

Result<void> ExtendedGcm::derive_key(Nonce nonce, SecretOctets<key_size>& derived) const {
    const auto out = derived.fill();
    for (std::size_t block = 0; block < 2; ++block) {
        // SP 800-108r1 §4.1: a counter of 16 bits, the label "X", a zero octet, the context.
        const auto message = out.subspan(block * block_size, block_size);
        message[0] = 0;
        message[1] = static_cast<unsigned char>(block + 1);
        message[2] = 'X';
        message[3] = 0;
        std::copy_n(nonce.begin(), 12, message.begin() + 4);
        for (std::size_t i = 0; i < block_size; ++i) message[i] ^= mask_.reveal()[i];
    }
    if (!encrypt_blocks(key_.reveal(), out)) return ErrorScope::fault();
    return {};
}

Result<void> ExtendedGcm::encrypt(Nonce nonce, std::initializer_list<std::string_view> associated, std::string_view plaintext, std::span<char> out) const {
    assert(out.size() == plaintext.size() + tag_size);
    const ErrorScope errors;
    SecretOctets<key_size> derived;
    if (const auto done = derive_key(nonce, derived); !done) return done;
    EVP_CIPHER_CTX* const context = gcm();
    auto* const ciphertext = reinterpret_cast<unsigned char*>(out.data());
    int size = 0;
    if (!begin(context, derived, nonce, encrypting, associated) || !update(context, plaintext, ciphertext) ||
        EVP_CipherFinal_ex(context, ciphertext + plaintext.size(), &size) != 1 || size != 0 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag_size, ciphertext + plaintext.size()) != 1)
        return errors.fault();
    return {};
}

Result<void> ExtendedGcm::decrypt(Nonce nonce, std::initializer_list<std::string_view> associated, std::string_view sealed, std::span<char> out) const {
    assert(sealed.size() == out.size() + tag_size);
    const ErrorScope errors;
    SecretOctets<key_size> derived;
    if (const auto done = derive_key(nonce, derived); !done) return done;
    EVP_CIPHER_CTX* const context = gcm();
    auto* const plaintext = reinterpret_cast<unsigned char*>(out.data());
    auto* const tag = const_cast<char*>(sealed.data() + out.size());  // which OpenSSL only reads
    int size = 0;
    if (!begin(context, derived, nonce, decrypting, associated) || !update(context, sealed.substr(0, out.size()), plaintext) ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_size, tag) != 1)
        return errors.fault();
    // The tag is compared here and nowhere else, so that nothing else fails here.
    unsigned char none = 0;
    if (EVP_CipherFinal_ex(context, &none, &size) != 1) return Fault{Reason::damaged};
    return {};
}

}  // namespace sidecache::seal
