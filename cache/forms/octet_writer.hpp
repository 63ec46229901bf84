// Writes the parts of a stored form behind one another: numbers, little-endian or in groups of seven bits, and texts with their length before them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sidecache::forms {

class OctetWriter {
public:
    explicit OctetWriter(std::string& out) noexcept : out_(out) {}

    void octet(std::uint8_t value) { out_ += static_cast<char>(value); }
    void word(std::uint64_t value) { fixed<8>(value); }
    void half_word(std::uint32_t value) { fixed<4>(value); }

    void varint(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) octet(static_cast<std::uint8_t>(value | 0x80));
        octet(static_cast<std::uint8_t>(value));
    }
    // 0, -1, 1, -2, ...: what is near 0 is short.
    void signed_varint(std::int64_t value) { varint(static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63)); }

    void text(std::string_view octets) {
        varint(octets.size());
        out_ += octets;
    }
    void octets(std::string_view octets) { out_ += octets; }

private:
    template <std::size_t Size>
    void fixed(std::uint64_t value) {
        char octets[Size];
        for (std::size_t i = 0; i < Size; ++i) octets[i] = static_cast<char>(value >> (8 * i));
        out_.append(octets, Size);
    }

    std::string& out_;
};

}  // namespace sidecache::forms
