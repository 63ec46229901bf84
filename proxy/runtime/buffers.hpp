// The read buffers of one worker: lent to a connection while bytes of it wait in one, so that a connection that idles holds none.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace sidecache::runtime {

class Buffers {
public:
    static constexpr std::size_t size = 16 * 1024;  // bytes of each: pipelined requests come in one read
    static constexpr std::size_t spare = 64;        // so many are kept for the next to ask

    Buffers() { spares_.reserve(spare); }

    std::unique_ptr<char[]> take() noexcept {  // null: there is no memory
        if (spares_.empty()) return std::unique_ptr<char[]>(new (std::nothrow) char[size]);
        auto taken = std::move(spares_.back());
        spares_.pop_back();
        return taken;
    }
    void give_back(std::unique_ptr<char[]> buffer) noexcept {
        if (spares_.size() < spare) spares_.push_back(std::move(buffer));
    }
    std::size_t spares() const noexcept { return spares_.size(); }

private:
    std::vector<std::unique_ptr<char[]>> spares_;  // the last given back is the first lent: it is still in the processor's cache
};

}  // namespace sidecache::runtime
