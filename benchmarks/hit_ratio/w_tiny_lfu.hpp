// W-TinyLFU (Einziger, Friedman and Manes, ACM TOS 2017) with aggregated victims (Einziger et al., "Lightweight Robust Size Aware Cache Management", ACM TOS
// 2022): what leaves an LRU window of 1 % is admitted to a segmented LRU if it was asked for more often than all together that would make room for it.
#pragma once

#include "benchmarks/hit_ratio/frequency_sketch.hpp"
#include "benchmarks/hit_ratio/queue.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <vector>

namespace hit_ratio {

class WTinyLfu final : public Policy {
public:
    // Of about so many `objects` when it is full.
    WTinyLfu(Bytes budget, std::size_t objects) : Policy(budget), window_limit_(budget / 100), main_limit_(budget - window_limit_), sketch_(objects) {}

    bool find(Key key) override {
        sketch_.count(key);
        const auto found = index_.find(key);
        if (found == index_.end()) return false;
        const Place place = found->second;
        if (place->stands_in == Segment::window) {
            window_.move_to_front(window_, place);
        } else {
            protected_.move_to_front(place->stands_in == Segment::probation ? probation_ : protected_, place);
            place->stands_in = Segment::protected_;
            while (protected_.bytes() * 5 > main_limit_ * 4) {
                protected_.last()->stands_in = Segment::probation;
                probation_.move_to_front(protected_, protected_.last());
            }
        }
        return true;
    }

    void put(Key key, Bytes bytes) override {
        if (bytes > main_limit_) return;
        // What is larger than the window leaves it at once, and pushes nobody out.
        const Object object{key, bytes, Segment::window};
        index_.emplace(key, bytes > window_limit_ ? window_.push_back(object) : window_.push_front(object));
        while (window_.bytes() > window_limit_) admit_or_drop(window_.last());
    }

    Bytes held() const override { return window_.bytes() + main_bytes(); }

private:
    enum class Segment { window, probation, protected_ };
    struct Object {
        Key key;
        Bytes bytes;
        Segment stands_in;
    };
    using Place = Queue<Object>::Place;

    Bytes main_bytes() const { return probation_.bytes() + protected_.bytes(); }

    void admit_or_drop(Place candidate) {
        if (!make_room(candidate)) return drop(candidate);
        candidate->stands_in = Segment::probation;
        probation_.move_to_front(window_, candidate);
    }

    // Evicts those from the end of the main segments whose room the candidate needs, if it is worth more than their sum.
    bool make_room(Place candidate) {
        std::vector<Place> victims;
        Bytes freed = 0;
        unsigned worth = 0;
        for (Queue<Object>* segment : {&probation_, &protected_}) {
            for (Place next = segment->end(); next != segment->begin() && main_bytes() - freed + candidate->bytes > main_limit_;) {
                --next;
                victims.push_back(next);
                freed += next->bytes;
                worth += sketch_.frequency(next->key);
                if (worth >= sketch_.frequency(candidate->key)) return false;
            }
        }
        for (const Place victim : victims) drop(victim);
        return true;
    }

    void drop(Place place) {
        index_.erase(place->key);
        switch (place->stands_in) {
            case Segment::window: return window_.erase(place);
            case Segment::probation: return probation_.erase(place);
            case Segment::protected_: return protected_.erase(place);
        }
    }

    const Bytes window_limit_;
    const Bytes main_limit_;
    Queue<Object> window_;
    Queue<Object> probation_;
    Queue<Object> protected_;
    boost::unordered_flat_map<Key, Place> index_;
    FrequencySketch sketch_;
};

}  // namespace hit_ratio
