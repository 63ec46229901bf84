#include "cache/secret/keyed_digest.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace sidecache::secret {
namespace {

using Key = std::array<unsigned char, 16>;

const Key& process_key() {
    static const Key key = [] {
        Key made;
        if (RAND_bytes(made.data(), static_cast<int>(made.size())) != 1) throw std::runtime_error("OpenSSL has no random bytes to make a key of");
        return made;
    }();
    return key;
}

struct Free {
    void operator()(EVP_MAC* mac) const noexcept { EVP_MAC_free(mac); }
    void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
};

// One thread's; begun anew for each digest.
class Mac {
public:
    Mac() : mac_(EVP_MAC_fetch(nullptr, "SIPHASH", nullptr)) {
        if (mac_ != nullptr) context_.reset(EVP_MAC_CTX_new(mac_.get()));
        if (context_ == nullptr) throw std::runtime_error("OpenSSL has no SipHash (is its default provider switched off?)");
    }
    EVP_MAC_CTX* begin() {
        std::size_t size = std::tuple_size_v<Digest>;
        const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size), OSSL_PARAM_construct_end()};
        check(EVP_MAC_init(context_.get(), process_key().data(), process_key().size(), parameters));
        return context_.get();
    }
    static void check(int result) {
        // With valid arguments these do not fail; a digest that is none would let one principal have another's responses.
        if (result != 1) std::abort();
    }

private:
    std::unique_ptr<EVP_MAC, Free> mac_;
    std::unique_ptr<EVP_MAC_CTX, Free> context_;
};

}  // namespace

void append_hex(std::string& out, const Digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char c : digest) {
        const auto octet = static_cast<unsigned char>(c);
        out += digits[octet >> 4];
        out += digits[octet & 15];
    }
}

void prepare() { static_cast<void>(keyed_digest({})); }

Digest keyed_digest(std::initializer_list<std::string_view> parts) noexcept {
    thread_local Mac mac;
    EVP_MAC_CTX* const context = mac.begin();
    for (const std::string_view part : parts) {
        std::array<unsigned char, 8> length;
        for (std::size_t i = 0; i < length.size(); ++i) length[i] = static_cast<unsigned char>(std::uint64_t{part.size()} >> (8 * i));
        Mac::check(EVP_MAC_update(context, length.data(), length.size()));
        Mac::check(EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(part.data()), part.size()));
    }
    Digest digest;
    std::size_t size = 0;
    Mac::check(EVP_MAC_final(context, reinterpret_cast<unsigned char*>(digest.data()), &size, digest.size()));
    if (size != digest.size()) std::abort();
    return digest;
}

}  // namespace sidecache::secret
