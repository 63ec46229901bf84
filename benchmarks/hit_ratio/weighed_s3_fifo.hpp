// S3-FIFO that weighs a large newcomer against the objects whose room it would take: what such an admission would give the store. It is in the spirit of
// aggregated victims (Einziger et al., ACM TOS 2022), but counts only what misses tell: a hit costs no more than it does in S3-FIFO.
#pragma once

#include "benchmarks/hit_ratio/queue.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>

namespace hit_ratio {

class WeighedS3Fifo final : public Policy {
public:
    using Policy::Policy;

    bool find(Key key) override {
        const auto found = index_.find(key);
        if (found == index_.end()) return false;
        found->second->hits = std::min(found->second->hits + 1, 7);
        return true;
    }

    void put(Key key, Bytes bytes) override {
        if (bytes > budget()) return;
        const unsigned misses = 1 + recall(key);
        if (held() + bytes > budget() && is_too_large(bytes, misses)) return remember({key, bytes, 0, misses});
        while (held() + bytes > budget()) evict();
        Queue<Object>& queue = misses > 1 ? main_ : small_;
        index_.emplace(key, queue.push_front({key, bytes, 0, misses}));
    }

    Bytes held() const override { return small_.bytes() + main_.bytes(); }

private:
    struct Object {
        Key key;
        Bytes bytes;
        int hits;
        unsigned misses;  // since it is remembered
    };
    using Place = Queue<Object>::Place;

    // It takes the room of more than two objects of mean size for each time that it was missed.
    bool is_too_large(Bytes bytes, unsigned misses) const { return !index_.empty() && bytes > held() / index_.size() * 2 * misses; }

    void evict() {
        const bool from_small = !small_.empty() && (main_.empty() || small_.bytes() * 20 >= held() * 3);
        const Place oldest = from_small ? small_.last() : main_.last();
        if (from_small && oldest->hits > 0) {
            oldest->hits = 0;
            main_.move_to_front(small_, oldest);
        } else if (!from_small && oldest->hits > 0) {
            --oldest->hits;
            main_.move_to_front(main_, oldest);
        } else {
            const Object victim = *oldest;
            index_.erase(victim.key);
            (from_small ? small_ : main_).erase(oldest);
            if (from_small) remember(victim);
        }
    }

    // Ghosts are twice as many as objects are held.
    void remember(const Object& object) {
        ghosts_.emplace(object.key, ghost_queue_.push_front({object.key, 1, 0, object.misses}));
        while (ghosts_.size() > 2 * std::max<std::size_t>(index_.size(), 1)) {
            ghosts_.erase(ghost_queue_.last()->key);
            ghost_queue_.erase(ghost_queue_.last());
        }
    }

    // How often a ghost was missed; 0: it is none.
    unsigned recall(Key key) {
        const auto found = ghosts_.find(key);
        if (found == ghosts_.end()) return 0;
        const unsigned misses = found->second->misses;
        ghost_queue_.erase(found->second);
        ghosts_.erase(found);
        return misses;
    }

    Queue<Object> small_;  // 15 % of the bytes
    Queue<Object> main_;
    Queue<Object> ghost_queue_;
    boost::unordered_flat_map<Key, Place> index_;
    boost::unordered_flat_map<Key, Place> ghosts_;
};

}  // namespace hit_ratio
