// Objects in a row, with their bytes counted; the newest stands at the front.
#pragma once

#include "benchmarks/hit_ratio/policy.hpp"

#include <iterator>
#include <list>

namespace hit_ratio {

// `Object` has `bytes`. Objects move between queues without being copied, so that an index of iterators stays right.
template <typename Object>
class Queue {
public:
    using Place = typename std::list<Object>::iterator;

    Place push_front(Object object) {
        bytes_ += object.bytes;
        objects_.push_front(object);
        return objects_.begin();
    }
    Place push_back(Object object) {
        bytes_ += object.bytes;
        objects_.push_back(object);
        return std::prev(objects_.end());
    }
    // From another queue, or from another place of this one.
    void move_to_front(Queue& from, Place place) {
        from.bytes_ -= place->bytes;
        bytes_ += place->bytes;
        objects_.splice(objects_.begin(), from.objects_, place);
    }
    void erase(Place place) {
        bytes_ -= place->bytes;
        objects_.erase(place);
    }

    bool empty() const { return objects_.empty(); }
    Place begin() { return objects_.begin(); }
    Place end() { return objects_.end(); }
    Place last() { return std::prev(objects_.end()); }
    Bytes bytes() const { return bytes_; }

private:
    std::list<Object> objects_;
    Bytes bytes_ = 0;
};

}  // namespace hit_ratio
