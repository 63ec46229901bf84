// Counts what it hears.
#pragma once

#include "cache/fill/listener.hpp"

#include <atomic>

namespace sidecache::testing {

class CountingListener final : public fill::Listener {
public:
    void on_change() noexcept override { ++heard_; }
    int heard() const noexcept { return heard_; }

private:
    std::atomic<int> heard_{0};
};

}  // namespace sidecache::testing
