// What every stored form begins and ends with, whatever is in it: docs/stored-form.md.
#pragma once

#include "cache/memory/entry.hpp"
#include "cache/forms/refusal.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sidecache::forms {

// Their numbers are on the wire, and never change.
enum class Kind : std::uint8_t { response = 1, vary_mark = 2, search_mark = 3 };

using Flags = std::uint8_t;
inline constexpr Flags is_compressed = 1;
inline constexpr Flags is_begun_unknown = 2;
inline constexpr Flags has_recheck = 4;

inline constexpr std::string_view magic = "\xD5SCF";  // no text in ASCII or UTF-8 begins so
inline constexpr std::uint8_t version = 1;
inline constexpr std::size_t head_size = 19;
inline constexpr std::size_t checksum_size = 8;

// 2^62 ns: 146 years. Ages, and times since 1970, stay within it, so that two of them can be added.
inline constexpr std::int64_t longest = std::int64_t{1} << 62;
bool is_time(memory::Time time) noexcept;

// Appends the head of a form that is written at `written`, an `is_time`. Its parts come behind it; then `end_form` with what this returns.
std::size_t begin_form(std::string& out, Kind kind, Flags flags, memory::Time written);
void add_flag(std::string& out, std::size_t begin, Flags flag) noexcept;
// False, and nothing of the form left, if it is too large for its length.
bool end_form(std::string& out, std::size_t begin);

struct Opened {
    Flags flags = 0;
    memory::Time written;
    std::string_view parts;
};
// What is whole, undamaged, of this version and of the kind that is asked for.
Decoded<Opened> open_form(std::string_view form, Kind kind) noexcept;

// What it says to be, nothing else of it looked at.
Decoded<Kind> kind_of(std::string_view form) noexcept;

}  // namespace sidecache::forms
