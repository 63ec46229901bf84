// S3-FIFO as published (Yang et al., "FIFO Queues are All You Need for Cache Eviction", SOSP'23), counted in bytes: newcomers pass a small queue of a tenth of
// the budget, and reach the main one if they were hit there more than once, or if they come back while they are remembered as a ghost.
#pragma once

#include "benchmarks/hit_ratio/queue.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>

namespace hit_ratio {

class S3Fifo final : public Policy {
public:
    using Policy::Policy;

    bool find(Key key) override {
        const auto found = index_.find(key);
        if (found == index_.end()) return false;
        found->second->hits = std::min(found->second->hits + 1, 3);
        return true;
    }

    void put(Key key, Bytes bytes) override {
        if (bytes > budget()) return;
        while (held() + bytes > budget()) evict();
        Queue<Object>& queue = recall(key) ? main_ : small_;
        index_.emplace(key, queue.push_front({key, bytes, 0}));
    }

    Bytes held() const override { return small_.bytes() + main_.bytes(); }

private:
    struct Object {
        Key key;
        Bytes bytes;
        int hits;
    };
    using Place = Queue<Object>::Place;

    // One turn: it evicts, moves an object from small to main, or takes a hit off one of main.
    void evict() {
        const bool from_small = !small_.empty() && (main_.empty() || small_.bytes() * 10 >= budget());
        const Place oldest = from_small ? small_.last() : main_.last();
        if (from_small && oldest->hits > 1) {
            oldest->hits = 0;
            main_.move_to_front(small_, oldest);
        } else if (!from_small && oldest->hits > 0) {
            --oldest->hits;
            main_.move_to_front(main_, oldest);
        } else {
            if (from_small) remember(*oldest);
            index_.erase(oldest->key);
            (from_small ? small_ : main_).erase(oldest);
        }
    }

    // Ghosts are of as many bytes as the main queue may be.
    void remember(const Object& object) {
        if (object.bytes * 10 > budget() * 9) return;
        while ((ghosts_.bytes() + object.bytes) * 10 > budget() * 9) {
            ghost_index_.erase(ghosts_.last()->key);
            ghosts_.erase(ghosts_.last());
        }
        ghost_index_.emplace(object.key, ghosts_.push_front(object));
    }

    bool recall(Key key) {
        const auto found = ghost_index_.find(key);
        if (found == ghost_index_.end()) return false;
        ghosts_.erase(found->second);
        ghost_index_.erase(found);
        return true;
    }

    Queue<Object> small_;
    Queue<Object> main_;
    Queue<Object> ghosts_;
    boost::unordered_flat_map<Key, Place> index_;
    boost::unordered_flat_map<Key, Place> ghost_index_;
};

}  // namespace hit_ratio
