// SHA-256 (FIPS 180-4) of texts, for what has to stand for a content although clients or the origin choose it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace sidecache::policy {

class Sha256 {
public:
    Sha256();

    // With its length before it, so that no two sequences of texts are one.
    void add(std::string_view text);

    // As it is, for what comes last, in pieces.
    void add_last(std::string_view piece) { update(piece); }

    // In hexadecimal; empty if anything failed.
    std::string finish();

private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };
    void update(std::string_view bytes);

    std::unique_ptr<evp_md_ctx_st, Free> context_;
    bool is_good_;
};

}  // namespace sidecache::policy
