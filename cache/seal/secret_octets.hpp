// Octets that are wiped when they are no longer needed. They are not copied, not compared and not printed; whoever needs them asks for them by name.
#pragma once

#include <openssl/crypto.h>

#include <array>
#include <cstddef>
#include <span>

namespace sidecache::seal {

template <std::size_t count>
class SecretOctets {
public:
    SecretOctets() = default;
    ~SecretOctets() { wipe(); }
    SecretOctets(SecretOctets&& other) noexcept : octets_(other.octets_) { other.wipe(); }
    SecretOctets& operator=(SecretOctets&& other) noexcept {
        if (this == &other) return *this;
        octets_ = other.octets_;
        other.wipe();
        return *this;
    }

    std::span<const unsigned char, count> reveal() const noexcept { return octets_; }
    std::span<unsigned char, count> fill() noexcept { return octets_; }
    void wipe() noexcept { OPENSSL_cleanse(octets_.data(), octets_.size()); }  // a plain fill before the end of a life may be left out by the compiler

private:
    std::array<unsigned char, count> octets_{};
};

}  // namespace sidecache::seal
