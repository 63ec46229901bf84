// How often keys were asked for lately, roughly: a count-min sketch (Cormode and Muthukrishnan, 2005) whose counters end at 15 and are halved now and then,
// as TinyLFU has it (Einziger, Friedman and Manes, ACM TOS 2017).
#pragma once

#include "benchmarks/hit_ratio/policy.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

namespace hit_ratio {

class FrequencySketch {
public:
    // Made for a cache of about so many objects: it remembers ten times as many requests.
    explicit FrequencySketch(std::size_t objects) : period_(10 * std::max<std::size_t>(objects, 1)), mask_(std::bit_ceil(4 * std::max<std::size_t>(objects, 16)) - 1) {
        for (auto& row : rows_) row.resize(mask_ + 1);
    }

    void count(Key key) {
        for (std::size_t row = 0; row < rows_.size(); ++row) {
            auto& counter = rows_[row][slot(key, row)];
            if (counter < 15) ++counter;
        }
        if (++counted_ >= period_) halve();
    }

    // Never less than what was counted since it was halved, but for the limit of 15; more where keys share all their counters with others.
    unsigned frequency(Key key) const {
        unsigned lowest = 15;
        for (std::size_t row = 0; row < rows_.size(); ++row) lowest = std::min<unsigned>(lowest, rows_[row][slot(key, row)]);
        return lowest;
    }

private:
    std::size_t slot(Key key, std::size_t row) const {
        // The finalizer of SplitMix64, with another start in each row.
        std::uint64_t mixed = key + (row + 1) * 0x9E3779B97F4A7C15ULL;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
        return (mixed ^ (mixed >> 31)) & mask_;
    }

    void halve() {
        for (auto& row : rows_) {
            for (auto& counter : row) counter /= 2;
        }
        counted_ /= 2;
    }

    const std::size_t period_;
    const std::size_t mask_;
    std::size_t counted_ = 0;
    std::array<std::vector<std::uint8_t>, 4> rows_;
};

}  // namespace hit_ratio
