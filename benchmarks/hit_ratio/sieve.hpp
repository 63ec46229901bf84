// SIEVE (Zhang et al., "SIEVE is Simpler than LRU", NSDI'24): a queue in whose order nothing moves, and a hand that goes from its end to its front
// and takes the first object that was not hit since the hand last came by.
#pragma once

#include "benchmarks/hit_ratio/queue.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <iterator>

namespace hit_ratio {

class Sieve final : public Policy {
public:
    explicit Sieve(Bytes budget) : Policy(budget), hand_(queue_.end()) {}

    bool find(Key key) override {
        const auto found = index_.find(key);
        if (found == index_.end()) return false;
        found->second->was_hit = true;
        return true;
    }

    void put(Key key, Bytes bytes) override {
        if (bytes > budget()) return;
        while (queue_.bytes() + bytes > budget()) evict();
        index_.emplace(key, queue_.push_front({key, bytes, false}));
    }

    Bytes held() const override { return queue_.bytes(); }

private:
    struct Object {
        Key key;
        Bytes bytes;
        bool was_hit;
    };

    void evict() {
        const auto towards_front = [this] { hand_ = hand_ == queue_.begin() ? queue_.end() : std::prev(hand_); };
        if (hand_ == queue_.end()) hand_ = queue_.last();
        while (hand_->was_hit) {
            hand_->was_hit = false;
            towards_front();
            if (hand_ == queue_.end()) hand_ = queue_.last();
        }
        const auto victim = hand_;
        towards_front();
        index_.erase(victim->key);
        queue_.erase(victim);
    }

    Queue<Object> queue_;
    Queue<Object>::Place hand_;  // the end: it starts from the oldest
    boost::unordered_flat_map<Key, Queue<Object>::Place> index_;
};

}  // namespace hit_ratio
