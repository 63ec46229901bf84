// Hashes of entries evicted not long ago: who comes back goes straight to the main queue (S3-FIFO, SOSP'23).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include <boost/unordered/unordered_flat_set.hpp>

namespace sidecache::memory {

class Ghosts {
public:
    explicit Ghosts(std::size_t limit) : limit_(limit) {}

    void remember(std::uint64_t hash) {
        if (!known_.insert(hash).second) return;
        order_.push_back(hash);
        while (order_.size() > limit_) {
            known_.erase(order_.front());
            order_.pop_front();
        }
    }

    // True once per remembered hash.
    bool recall(std::uint64_t hash) { return known_.erase(hash) != 0; }

private:
    std::size_t limit_;
    boost::unordered_flat_set<std::uint64_t> known_;
    std::deque<std::uint64_t> order_;  // may still name a hash that was recalled; the limit counts it
};

}  // namespace sidecache::memory
