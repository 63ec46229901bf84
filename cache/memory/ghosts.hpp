// Hashes (the 32 bits of Place) of those who went or were refused not long ago, with how often they were missed: who comes back goes straight to the main queue (S3-FIFO, SOSP'23).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sidecache::memory {

// A set-associative table of fingerprints, 8 bytes for each ghost and all of them from the start: what is forgotten early, where many fall into one set, and
// what is taken for another (8 of 2^19 at most), costs a place in the wrong queue or misses of somebody else's, and nothing else.
class Ghosts {
public:
    explicit Ghosts(std::size_t places) : limit_(static_cast<std::uint32_t>(places)), turn_(limit_ + 1), sets_((places + ways - 1) / ways) {}

    static constexpr std::uint8_t most_misses = 255;  // more are counted as so many

    // A ghost is one until `count` more are remembered; never more than there are places.
    void limit(std::size_t count) noexcept { limit_ = static_cast<std::uint32_t>(std::min(count, sets_.size() * ways)); }

    void remember(std::uint32_t hash, std::uint8_t misses) {
        Set& set = set_of(hash);
        ++turn_;
        Slot* const known = find(set, hash);
        Slot& slot = known != nullptr ? *known : *std::max_element(set.begin(), set.end(), [this](const Slot& a, const Slot& b) { return age(a) < age(b); });
        slot = {fingerprint(hash), misses, turn_};
    }

    // How often a ghost was missed; 0: it is none.
    std::uint8_t misses(std::uint32_t hash) noexcept {
        const Slot* const known = find(set_of(hash), hash);
        return known == nullptr || age(*known) >= limit_ ? 0 : known->misses;
    }

    // The same, and from then on it is none.
    std::uint8_t recall(std::uint32_t hash) noexcept {
        Slot* const known = find(set_of(hash), hash);
        if (known == nullptr) return 0;
        const std::uint8_t counted = age(*known) >= limit_ ? 0 : known->misses;
        *known = {0, 0, turn_ - limit_};  // its place is free
        return counted;
    }

private:
    static constexpr std::size_t ways = 8;  // a cache line
    struct Slot {
        std::uint32_t fingerprint : 24 = 0;
        std::uint32_t misses : 8 = 0;
        std::uint32_t turn = 0;  // when it was remembered
    };
    static_assert(sizeof(Slot) == 8);
    using Set = std::array<Slot, ways>;

    static std::uint32_t fingerprint(std::uint32_t hash) noexcept { return hash & 0xffffff; }
    Set& set_of(std::uint32_t hash) noexcept { return sets_[(std::uint64_t{hash} * sets_.size()) >> 32]; }
    std::uint32_t age(const Slot& slot) const noexcept { return turn_ - slot.turn; }  // in ghosts remembered since; they wrap
    static Slot* find(Set& set, std::uint32_t hash) noexcept {
        const auto found = std::find_if(set.begin(), set.end(), [hash](const Slot& slot) { return slot.fingerprint == fingerprint(hash); });
        return found == set.end() ? nullptr : &*found;
    }

    std::uint32_t limit_;
    std::uint32_t turn_;
    std::vector<Set> sets_;
};

}  // namespace sidecache::memory
