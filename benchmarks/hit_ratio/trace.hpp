// A trace of requests as the literature has them, each a key and a size, read from text that may be compressed by gzip.
#pragma once

#include "benchmarks/hit_ratio/policy.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace hit_ratio {

struct Trace {
    std::string name;
    std::vector<Key> requests;  // keys are numbered from 0 as they first appear
    std::vector<Bytes> sizes;   // by key: that of its first request

    // What a cache counts for it: the store's own overhead in every policy, so that what is compared is the policy alone.
    Bytes charge(Key key) const;
    Bytes footprint() const;  // charges of all objects

    bool has_sizes() const;  // not all of one

    // Where a hundredth of the objects has more than half of the bytes, few decisions make the figures.
    bool is_skewed() const;
};

// One request a line: `key size`, the key any word, the size in bytes. Traces that know no sizes say 1 for every object: each is of `unknown_size` then.
// Throws std::runtime_error that names file and line.
Trace read_trace(const std::filesystem::path& file, Bytes unknown_size);

}  // namespace hit_ratio
