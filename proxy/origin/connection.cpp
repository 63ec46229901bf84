#include "proxy/origin/connection.hpp"

#include <algorithm>
#include <cstring>

namespace sidecache::origin {

bool Connection::make_room(std::size_t limit) {
    if (begin_ == end_) begin_ = end_ = 0;
    if (buffer_.empty()) buffer_.resize(buffer_size);
    if (end_ < buffer_.size()) return true;
    if (begin_ != 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
        return true;
    }
    if (buffer_.size() >= limit) return false;
    buffer_.resize(std::min(buffer_.size() * 2, limit));
    return true;
}

}  // namespace sidecache::origin
