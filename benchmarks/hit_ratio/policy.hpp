// What decides which objects a cache keeps: all candidates are asked in the same two steps, as the proxy asks its store.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hit_ratio {

using Key = std::uint64_t;
using Bytes = std::size_t;

class Policy {
public:
    explicit Policy(Bytes budget) : budget_(budget) {}
    virtual ~Policy() = default;
    Policy(const Policy&) = delete;
    Policy& operator=(const Policy&) = delete;

    // One request: true if it is a hit. The policy takes note of it either way.
    virtual bool find(Key key) = 0;

    // What the miss before has fetched. Evicts until there is room, or does not keep it.
    virtual void put(Key key, Bytes bytes) = 0;

    // At most the budget whenever nothing is being put.
    virtual Bytes held() const = 0;

    Bytes budget() const noexcept { return budget_; }

private:
    const Bytes budget_;
};

}  // namespace hit_ratio
