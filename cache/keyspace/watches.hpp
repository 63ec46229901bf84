// Keys that somebody watches, until one of them is changed (WATCH): who changes a key says so. It costs nothing while nobody watches.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace sidecache::keyspace {

class Watches {
    struct Place {
        std::size_t database;
        std::string key;
        bool operator==(const Place&) const = default;
        friend std::size_t hash_value(const Place& place) noexcept { return std::hash<std::string>{}(place.key) + place.database; }
    };
    struct Mark {
        explicit Mark(Place at) : place(std::move(at)) {}
        const Place place;
        std::size_t watchers = 0;  // under the lock
        std::atomic<bool> is_changed{false};
    };

public:
    class Watch {
    public:
        Watch(Watches& watches, std::size_t database, std::string_view key) : watches_(&watches), mark_(watches.begin({database, std::string(key)})) {}
        ~Watch() {
            if (mark_ != nullptr) watches_->end(mark_);
        }
        Watch(Watch&&) noexcept = default;
        Watch& operator=(Watch&&) = delete;

        std::size_t database() const noexcept { return mark_->place.database; }
        std::string_view key() const noexcept { return mark_->place.key; }
        bool is_changed() const noexcept { return mark_->is_changed.load(std::memory_order_relaxed); }

    private:
        Watches* watches_;
        std::shared_ptr<Mark> mark_;
    };

    void changed(std::size_t database, std::string_view key) {
        if (count_.load(std::memory_order_relaxed) != 0) mark(database, key);
    }
    // All that are watched in one of two databases and of which `is_changed(key)` says so.
    template <typename IsChanged>
    void changed_in(std::size_t one, std::size_t other, IsChanged&& is_changed) {
        const std::scoped_lock guard(lock_);
        boost::unordered::erase_if(marks_, [&](const auto& each) {
            const Place& place = each.first;
            if ((place.database != one && place.database != other) || !is_changed(std::string_view(place.key))) return false;
            each.second->is_changed.store(true, std::memory_order_relaxed);
            return true;
        });
        count_.store(marks_.size(), std::memory_order_relaxed);
    }

private:
    std::shared_ptr<Mark> begin(Place place);
    void end(const std::shared_ptr<Mark>& mark);
    void mark(std::size_t database, std::string_view key);

    std::mutex lock_;
    boost::unordered_flat_map<Place, std::shared_ptr<Mark>> marks_;  // of what is unchanged as yet
    std::atomic<std::size_t> count_{0};
};

}  // namespace sidecache::keyspace
