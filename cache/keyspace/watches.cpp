#include "cache/keyspace/watches.hpp"

namespace sidecache::keyspace {

std::shared_ptr<Watches::Mark> Watches::begin(Place place) {
    const std::scoped_lock guard(lock_);
    std::shared_ptr<Mark>& mark = marks_[place];
    if (mark == nullptr) mark = std::make_shared<Mark>(std::move(place));
    ++mark->watchers;
    count_.store(marks_.size(), std::memory_order_relaxed);
    return mark;
}

void Watches::end(const std::shared_ptr<Mark>& mark) {
    const std::scoped_lock guard(lock_);
    if (--mark->watchers > 0) return;
    const auto found = marks_.find(mark->place);
    if (found == marks_.end() || found->second != mark) return;
    marks_.erase(found);
    count_.store(marks_.size(), std::memory_order_relaxed);
}

void Watches::mark(std::size_t database, std::string_view key) {
    const std::scoped_lock guard(lock_);
    const auto found = marks_.find(Place{database, std::string(key)});
    if (found == marks_.end()) return;
    found->second->is_changed.store(true, std::memory_order_relaxed);
    marks_.erase(found);
    count_.store(marks_.size(), std::memory_order_relaxed);
}

}  // namespace sidecache::keyspace
