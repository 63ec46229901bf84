// Keys and octets for the tests of this room.
#pragma once

#include "cache/seal/seal_keys.hpp"

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::seal {

// SHA-256 of "sidecache test key 1" and so on.
constexpr std::string_view first_key = "ca5e443d53b44e09cb8688fd7543f5fae3af2d03dc8c1bbf7ee6228a4de11ae2";
constexpr std::string_view second_key = "8f27863e7110d5e194cdad1d1e7e9ec1f1ca9e450a285cee560f54e1492d8d6f";
constexpr std::string_view third_key = "79aef8f49c64651905cbf3e99ec9b5982e8291d83b7f73589d6ad65c2075818e";

inline SealKeys keys_of(std::initializer_list<std::string_view> contents) {
    const std::vector<std::string_view> all(contents);
    auto keys = SealKeys::parse(all);
    if (!keys) throw std::invalid_argument(keys.error().says);
    return *std::move(keys);
}

inline std::string from_hex(std::string_view hex) {
    std::string text;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) text += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    return text;
}

inline std::string to_hex(std::string_view octets) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const unsigned char octet : octets) {
        hex += digits[octet >> 4];
        hex += digits[octet & 15];
    }
    return hex;
}

template <typename Octets>
std::string text_of(const Octets& octets) {
    return {octets.begin(), octets.end()};
}

}  // namespace sidecache::seal
