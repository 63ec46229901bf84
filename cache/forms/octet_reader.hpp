// Reads what OctetWriter wrote, or anybody else. Past the end, and from the first refusal on, all it gives is 0 and empty: who reads asks once, before it acts on it.
#pragma once

#include "cache/forms/refusal.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sidecache::forms {

class OctetReader {
public:
    explicit OctetReader(std::string_view octets) noexcept : rest_(octets) {}

    std::uint8_t octet() noexcept { return static_cast<std::uint8_t>(fixed<1>()); }
    std::uint32_t half_word() noexcept { return static_cast<std::uint32_t>(fixed<4>()); }
    std::uint64_t word() noexcept { return fixed<8>(); }

    // In one spelling only: a number has no zeros before it, and 64 bits.
    std::uint64_t varint() noexcept {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint8_t group = octet();
            if (shift == 63 && group > 1) break;
            value |= std::uint64_t{group & 0x7Fu} << shift;
            if (group < 0x80) {
                if (group == 0 && shift != 0) break;
                return value;
            }
        }
        refuse(Refusal::lengths);
        return 0;
    }
    std::int64_t signed_varint() noexcept {
        const std::uint64_t value = varint();
        return static_cast<std::int64_t>(value >> 1 ^ (0 - (value & 1)));
    }

    std::string_view text() noexcept { return take(varint()); }
    std::string_view rest() noexcept { return take(rest_.size()); }

    // How many parts follow, of which each has `least` octets or more: who makes room for them makes none for what cannot be there.
    std::size_t count(std::size_t least) noexcept {
        const std::uint64_t parts = varint();
        if (parts <= rest_.size() / least) return static_cast<std::size_t>(parts);
        refuse(Refusal::lengths);
        return 0;
    }

    bool at_end() const noexcept { return rest_.empty(); }
    std::size_t left() const noexcept { return rest_.size(); }

    // The first one counts.
    void refuse(Refusal refusal) noexcept {
        if (!refusal_) refusal_ = refusal;
        rest_ = {};
    }
    void require(bool holds, Refusal otherwise) noexcept {
        if (!holds) refuse(otherwise);
    }
    const std::optional<Refusal>& refusal() const noexcept { return refusal_; }

private:
    std::string_view take(std::uint64_t size) noexcept {
        if (size > rest_.size()) {
            refuse(Refusal::lengths);
            return {};
        }
        const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(size));
        rest_.remove_prefix(taken.size());
        return taken;
    }

    template <std::size_t Size>
    std::uint64_t fixed() noexcept {
        const std::string_view octets = take(Size);
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < octets.size(); ++i) value |= std::uint64_t{static_cast<unsigned char>(octets[i])} << (8 * i);
        return value;
    }

    std::string_view rest_;
    std::optional<Refusal> refusal_;
};

}  // namespace sidecache::forms
