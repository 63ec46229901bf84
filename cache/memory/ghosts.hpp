// Hashes of entries evicted not long ago: who comes back goes straight to the main queue (S3-FIFO, SOSP'23).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sidecache::memory {

// A set-associative table of fingerprints, 8 bytes for each ghost and all of them from the start: what is forgotten early, where many fall into one set, and
// what is taken for another (8 of 2^32) costs a place in the wrong queue and nothing else.
class Ghosts {
public:
    explicit Ghosts(std::size_t limit) : limit_(static_cast<std::uint32_t>(limit)), turn_(limit_ + 1), sets_((limit + ways - 1) / ways) {}

    void remember(std::uint64_t hash) {
        Set& set = set_of(hash);
        ++turn_;
        Slot* const known = find(set, hash);
        Slot& slot = known != nullptr ? *known : *std::max_element(set.begin(), set.end(), [this](const Slot& a, const Slot& b) { return age(a) < age(b); });
        slot = {fingerprint(hash), turn_};
    }

    // True once per remembered hash.
    bool recall(std::uint64_t hash) {
        Slot* const known = find(set_of(hash), hash);
        if (known == nullptr || age(*known) >= limit_) return false;
        known->turn = turn_ - limit_;
        return true;
    }

private:
    static constexpr std::size_t ways = 8;  // a cache line
    struct Slot {
        std::uint32_t fingerprint = 0;
        std::uint32_t turn = 0;  // of its eviction
    };
    using Set = std::array<Slot, ways>;

    static std::uint32_t fingerprint(std::uint64_t hash) noexcept { return static_cast<std::uint32_t>(hash); }
    Set& set_of(std::uint64_t hash) noexcept { return sets_[((hash >> 32) * sets_.size()) >> 32]; }
    std::uint32_t age(const Slot& slot) const noexcept { return turn_ - slot.turn; }  // in evictions; they wrap
    static Slot* find(Set& set, std::uint64_t hash) noexcept {
        const auto found = std::find_if(set.begin(), set.end(), [hash](const Slot& slot) { return slot.fingerprint == fingerprint(hash); });
        return found == set.end() ? nullptr : &*found;
    }

    const std::uint32_t limit_;  // a ghost is one for so many evictions
    std::uint32_t turn_;
    std::vector<Set> sets_;
};

}  // namespace sidecache::memory
