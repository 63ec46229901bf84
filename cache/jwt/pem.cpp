#include "cache/jwt/pem.hpp"

#include "cache/jwt/openssl.hpp"

#include <openssl/pem.h>

namespace sidecache::jwt {
namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";

struct OpenSslFree {
    void operator()(void* what) const noexcept { OPENSSL_free(what); }
};
template <typename T>
using OpenSslMemory = std::unique_ptr<T, OpenSslFree>;

struct Block {
    OpenSslMemory<char> label;
    OpenSslMemory<char> headers;  // RFC 1421 §4.6, of encrypted keys
    OpenSslMemory<unsigned char> content;
    long size = 0;
};

std::optional<Block> next_block(BIO* text) {
    char* label = nullptr;
    char* headers = nullptr;
    unsigned char* content = nullptr;
    long size = 0;
    if (PEM_read_bio(text, &label, &headers, &content, &size) != 1) return std::nullopt;
    return Block{OpenSslMemory<char>(label), OpenSslMemory<char>(headers), OpenSslMemory<unsigned char>(content), size};
}

PublicKey decode(const Block& block, bool is_pkcs1) {
    const unsigned char* end = block.content.get();
    PublicKey key(is_pkcs1 ? d2i_PublicKey(EVP_PKEY_RSA, nullptr, &end, block.size) : d2i_PUBKEY(nullptr, &end, block.size));
    if (end != block.content.get() + block.size) return nullptr;
    return key;
}

KeyResult<Key> read_block(const Block& block, const std::string& subject) {
    const std::string_view label = block.label.get();
    if (label.ends_with("PRIVATE KEY"))
        return KeyProblem::dangerous(
            subject +
            " is a private key; verifying takes the public half alone (openssl pkey -in FILE -pubout), and whoever "
            "reads this file could sign tokens.");
    if (label.ends_with("CERTIFICATE"))
        return KeyProblem::dangerous(
            subject + " is a certificate; its public key alone is expected (openssl x509 -in FILE -noout -pubkey).");
    const bool is_pkcs1 = label == "RSA PUBLIC KEY";
    if (!is_pkcs1 && label != "PUBLIC KEY")
        return KeyProblem::dangerous(subject + " is named \"" + std::string(label.substr(0, 64)) +
                                     "\"; \"PUBLIC KEY\" is expected.");
    PublicKey public_key = decode(block, is_pkcs1);
    if (!public_key) return KeyProblem::dangerous(subject + " is damaged: what it holds is no public key.");
    auto key = key_of_public_key(std::move(public_key));
    if (!key) return KeyProblem::dangerous(subject + " " + key.error().says + ".");
    return key;
}

std::size_t count_blocks(std::string_view text) {
    std::size_t blocks = 0;
    for (std::size_t at = text.find(begin_mark); at != std::string_view::npos; at = text.find(begin_mark, at + 1)) ++blocks;
    return blocks;
}

}  // namespace

KeyResult<std::vector<Key>> read_pem(std::string_view text, std::size_t max_keys) {
    const ErrorScope errors;
    const std::size_t blocks = count_blocks(text);
    if (blocks > max_keys)
        return KeyProblem::dangerous("The file has " + std::to_string(blocks) + " keys; at most " + std::to_string(max_keys) +
                                     " are expected.");
    const Bio input(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    std::vector<Key> keys;
    for (std::size_t number = 1; number <= blocks; ++number) {
        const auto block = next_block(input.get());
        if (!block)
            return KeyProblem::dangerous("The file is damaged: it begins " + std::to_string(blocks) + " keys in PEM, of which " +
                                         std::to_string(number - 1) + " can be read.");
        auto key = read_block(*block, "Key " + std::to_string(number));
        if (!key) return key.error();
        keys.push_back(*std::move(key));
    }
    return keys;
}

}  // namespace sidecache::jwt
