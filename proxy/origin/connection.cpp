#include "proxy/origin/connection.hpp"

#include <algorithm>
#include <cstring>

namespace sidecache::origin {

runtime::Task<runtime::Stream::Read> Connection::fetch(std::size_t limit, bool is_due) {
    if (begin_ == end_) begin_ = end_ = 0;
    if (buffer_.empty()) buffer_.resize(buffer_size);
    if (end_ == buffer_.size()) {
        if (begin_ != 0) {
            std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        } else if (buffer_.size() < limit) {
            buffer_.resize(std::min(buffer_.size() * 2, limit));
        } else {
            co_return runtime::Stream::Read{};
        }
    }
    const std::span<char> room(buffer_.data() + end_, buffer_.size() - end_);
    if (stream.is_cut()) co_return runtime::Stream::Read{runtime::Io::failed, 0};
    if (is_due) co_await stream.receive_some(room);
    if (!is_due) co_await stream.receive_next(room);
    const auto read = stream.received();
    end_ += read.bytes;
    co_return read;
}

}  // namespace sidecache::origin
