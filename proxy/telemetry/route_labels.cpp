#include "proxy/telemetry/route_labels.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace sidecache::telemetry {

RouteLabels::RouteLabels() : labels_(std::make_unique<std::string[]>(capacity)) { add("other"); }

std::optional<RouteId> RouteLabels::find(std::string_view label) const noexcept {
    const std::string* const begin = labels_.get();
    const std::string* const end = begin + size();
    const std::string* const found = std::find(begin, end, label);
    if (found == end) return std::nullopt;
    return static_cast<RouteId>(found - begin);
}

void RouteLabels::add(std::string label) {
    assert(!is_full());
    const std::size_t size = size_.load(std::memory_order_relaxed);
    labels_[size] = std::move(label);
    size_.store(size + 1, std::memory_order_release);
}

std::string_view RouteLabels::label(RouteId route) const noexcept { return labels_[route < size() ? route : other]; }

}  // namespace sidecache::telemetry
