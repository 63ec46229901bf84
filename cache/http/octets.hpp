// Eight or sixteen octets at a time, where a table would be asked for each of them: names and values are most of what a request has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sidecache::http {

using Word = std::uint64_t;
inline constexpr std::size_t octets_of_word = sizeof(Word);
inline constexpr Word each_octet = 0x0101010101010101;

inline Word load_word(const char* at) noexcept {
    Word word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

// All octets of a text of less than a word, some of them twice: of two of one size both words are equal where the texts are.
inline Word load_part(const char* at, std::size_t size) noexcept {
    if (size == 0) return 0;
    if (size < sizeof(std::uint32_t)) return Word{static_cast<unsigned char>(at[0])} | Word{static_cast<unsigned char>(at[size / 2])} << 8 | Word{static_cast<unsigned char>(at[size - 1])} << 16;
    std::uint32_t begin;
    std::uint32_t end;
    std::memcpy(&begin, at, sizeof begin);
    std::memcpy(&end, at + size - sizeof end, sizeof end);
    return begin | Word{end} << 32;
}

// In each octet from 'A' to 'Z' the bit 0x20 is set. Sums stay within their octets, whose highest bits are left out.
constexpr Word to_lower_octets(Word word) noexcept {
    const Word low_bits = word & (0x7f * each_octet);
    const Word is_from_a = low_bits + (0x80 - 'A') * each_octet;
    const Word is_beyond_z = low_bits + (0x7f - 'Z') * each_octet;
    return word | ((is_from_a & ~is_beyond_z & ~word & (0x80 * each_octet)) >> 2);
}

inline constexpr std::size_t octets_of_block = 16;

// Is any of sixteen octets below 0x20, or DEL? One register of any CPU that this is built for.
inline bool has_control(const char* at) noexcept {
    using Block = unsigned char __attribute__((vector_size(octets_of_block)));
    Block block;
    std::memcpy(&block, at, sizeof block);
    const auto controls = (block < 0x20) | (block == 0x7f);
    Word halves[2];
    std::memcpy(halves, &controls, sizeof halves);
    return (halves[0] | halves[1]) != 0;
}

}  // namespace sidecache::http
