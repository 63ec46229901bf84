// Greedy-Dual-Size-Frequency (Cherkasova, HP Labs HPL-98-69R1, 1998) with a cost of 1 for every object, which aims at object hits: evicts what has the lowest
// age + frequency / size, where age is that of the last victim.
#pragma once

#include "benchmarks/hit_ratio/policy.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <set>
#include <utility>

namespace hit_ratio {

class Gdsf final : public Policy {
public:
    using Policy::Policy;

    bool find(Key key) override {
        const auto found = index_.find(key);
        if (found == index_.end()) return false;
        Object& object = found->second;
        by_priority_.erase({object.priority, key});
        ++object.frequency;
        rank(key, object);
        return true;
    }

    void put(Key key, Bytes bytes) override {
        if (bytes > budget()) return;
        while (held_ + bytes > budget()) evict();
        held_ += bytes;
        rank(key, index_[key] = {bytes, 1, {}});
    }

    Bytes held() const override { return held_; }

private:
    using Priority = std::pair<double, std::uint64_t>;  // of two that are equal, who was asked for last stays
    struct Object {
        Bytes bytes;
        std::uint64_t frequency;
        Priority priority;
    };

    void rank(Key key, Object& object) {
        object.priority = {age_ + static_cast<double>(object.frequency) / static_cast<double>(object.bytes), ++turn_};
        by_priority_.emplace(object.priority, key);
    }

    void evict() {
        const auto [priority, key] = *by_priority_.begin();
        age_ = priority.first;
        held_ -= index_[key].bytes;
        index_.erase(key);
        by_priority_.erase(by_priority_.begin());
    }

    std::set<std::pair<Priority, Key>> by_priority_;
    boost::unordered_flat_map<Key, Object> index_;
    Bytes held_ = 0;
    double age_ = 0;
    std::uint64_t turn_ = 0;
};

}  // namespace hit_ratio
