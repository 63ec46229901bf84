// The id of a request: the client's own, or one that is made here.
#pragma once

#include "cache/http/message.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace sidecache::door {

class RequestId {
public:
    // `header` empty: none. Otherwise the client's value of it, up to 128 characters, or 32 hexadecimal digits made of `count`, which starts at random and
    // is never used twice.
    RequestId(const http::RequestView& request, std::string_view header, std::uint64_t count);
    RequestId(const RequestId&) = delete;
    RequestId& operator=(const RequestId&) = delete;

    std::string_view text() const noexcept { return text_; }

private:
    std::array<char, 32> made_{};
    std::string_view text_;
};

// The request's traceparent, if there is one and it is valid (W3C Trace Context §3.2.2); else nothing.
std::string_view traceparent_of(const http::RequestView& request) noexcept;

}  // namespace sidecache::door
