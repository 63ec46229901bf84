// What was read from a client and not used yet: small while the connection idles, larger while it works.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace sidecache::door {

class Input {
public:
    std::string_view unread() const noexcept { return {bytes_.get() + begin_, end_ - begin_}; }
    void consume(std::size_t size) noexcept { begin_ += size; }

    // Room for at least `wanted` more bytes, as long as no more than `limit` are unread; moves what is unread. Empty: the limit is reached.
    std::span<char> room(std::size_t wanted, std::size_t limit) {
        if (begin_ == end_) begin_ = end_ = 0;
        if (capacity_ - end_ < wanted && begin_ != 0) {
            std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        }
        if (capacity_ - end_ < wanted && capacity_ < limit) grow(std::min(std::max(capacity_ * 2, end_ + wanted), limit));
        return {bytes_.get() + end_, capacity_ - end_};
    }

    // Room for the next requests of a connection that has none: as much as it has lately filled in one read.
    std::span<char> room_when_idle() { return room(last_read_filled_ ? busy_size : idle_size, busy_size); }
    void received(std::size_t size) noexcept {
        end_ += size;
        last_read_filled_ = last_read_filled_ || (size != 0 && end_ == capacity_);
    }
    bool is_wide() const noexcept { return capacity_ > idle_size; }

    // Nothing is unread and nobody is served: gives large buffers back.
    void shrink() {
        if (begin_ != end_ || !is_wide()) return;
        bytes_ = nullptr;
        begin_ = end_ = capacity_ = 0;
        last_read_filled_ = false;
    }

    static constexpr std::size_t idle_size = 2048;
    static constexpr std::size_t busy_size = 16 * 1024;  // pipelined requests come in one read then

private:
    void grow(std::size_t capacity) {
        std::unique_ptr<char[]> larger(new char[capacity]);
        if (end_ != 0) std::memcpy(larger.get(), bytes_.get(), end_);
        bytes_ = std::move(larger);
        capacity_ = capacity;
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool last_read_filled_ = false;
};

}  // namespace sidecache::door
