// FIFO: evicts what was put first, and LRU: what was asked for last longest ago.
#pragma once

#include "benchmarks/hit_ratio/queue.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

namespace hit_ratio {

class Fifo : public Policy {
public:
    using Policy::Policy;

    bool find(Key key) override { return index_.contains(key); }

    void put(Key key, Bytes bytes) override {
        if (bytes > budget()) return;
        while (queue_.bytes() + bytes > budget()) {
            index_.erase(queue_.last()->key);
            queue_.erase(queue_.last());
        }
        index_.emplace(key, queue_.push_front({key, bytes}));
    }

    Bytes held() const override { return queue_.bytes(); }

protected:
    struct Object {
        Key key;
        Bytes bytes;
    };
    Queue<Object> queue_;
    boost::unordered_flat_map<Key, Queue<Object>::Place> index_;
};

class Lru final : public Fifo {
public:
    using Fifo::Fifo;

    bool find(Key key) override {
        const auto found = index_.find(key);
        if (found == index_.end()) return false;
        queue_.move_to_front(queue_, found->second);
        return true;
    }
};

}  // namespace hit_ratio
