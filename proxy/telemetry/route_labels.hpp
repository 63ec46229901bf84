// The labels of routes and their ids, which stay as they are from the first reload to the last.
#pragma once

#include "proxy/telemetry/exchange_record.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sidecache::telemetry {

// Written by one thread at a time, read by any.
class RouteLabels {
public:
    static constexpr std::size_t limit = 1'000;         // labels that operators give, over all reloads
    static constexpr std::size_t capacity = limit + 1;  // and "other"
    static constexpr RouteId other = 0;                 // matched no route, or one past the limit

    RouteLabels();

    std::optional<RouteId> find(std::string_view label) const noexcept;
    bool is_full() const noexcept { return size() == capacity; }
    void add(std::string label);  // its id is the size before

    std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }
    std::string_view label(RouteId route) const noexcept;  // that of `other` for an id that nobody was given

private:
    std::unique_ptr<std::string[]> labels_;  // never moved: views of them are handed out
    std::atomic<std::size_t> size_{0};
};

}  // namespace sidecache::telemetry
