// What was read from a client and not used yet.
#pragma once

#include "proxy/runtime/buffers.hpp"
#include "proxy/runtime/receive.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace sidecache::runtime {

class Input final : public Room {
public:
    explicit Input(Buffers& buffers) : buffers_(buffers) {}
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;
    ~Input() { let_go(); }

    std::string_view unread() const noexcept { return {bytes_.get() + begin_, end_ - begin_}; }
    void consume(std::size_t size) noexcept { begin_ += size; }
    void received(std::size_t size) noexcept { end_ += size; }

    // Room for at least `wanted` more bytes, as long as no more than `limit` are unread; moves what is unread. Empty: the limit is reached.
    std::span<char> room(std::size_t wanted, std::size_t limit) {
        if (begin_ == end_) begin_ = end_ = 0;
        if (bytes_ == nullptr && wanted <= Buffers::size && Buffers::size <= limit) return take();
        if (capacity_ - end_ < wanted && begin_ != 0) {
            std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        }
        if (capacity_ - end_ < wanted && capacity_ < limit) move_to(std::min(std::max(capacity_ * 2, end_ + wanted), limit));
        return {bytes_.get() + end_, capacity_ - end_};
    }

    // As the room of the next requests, while nothing is unread: a lent buffer.
    std::span<char> take() noexcept override {
        if (bytes_ == nullptr) {
            bytes_ = buffers_.take();
            capacity_ = bytes_ == nullptr ? 0 : Buffers::size;
        }
        return {bytes_.get(), capacity_};
    }
    void give_back() noexcept override { let_go(); }

    // Before a wait of which nobody knows the length: gives the buffer back if nothing is unread, and takes a small one of its own if little is.
    void make_lean() {
        if (begin_ == end_) return let_go();
        if (is_lent() && end_ - begin_ < small / 2) move_to(small);
    }

    static constexpr std::size_t small = 2048;

private:
    bool is_lent() const noexcept { return capacity_ == Buffers::size; }

    void let_go() noexcept {
        if (is_lent()) buffers_.give_back(std::move(bytes_));
        bytes_ = nullptr;
        begin_ = end_ = capacity_ = 0;
    }

    // What is unread goes to the start of another buffer, of its own.
    void move_to(std::size_t capacity) {
        std::unique_ptr<char[]> other(new char[capacity]);
        const std::size_t size = end_ - begin_;
        if (size != 0) std::memcpy(other.get(), bytes_.get() + begin_, size);
        let_go();
        bytes_ = std::move(other);
        capacity_ = capacity;
        end_ = size;
    }

    Buffers& buffers_;
    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace sidecache::runtime
