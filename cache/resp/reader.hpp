// Reads replies in Redis' protocol (RESP2) out of octets as they arrive; hiredis parses.
#pragma once

#include "cache/resp/value.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace sidecache::resp {

class Reader {
public:
    struct Limits {
        std::size_t size = std::size_t{64} << 20;   // octets of one reply
        std::size_t items = std::size_t{1} << 20;   // of one array
    };

    explicit Reader(const Limits& limits);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    void feed(std::string_view octets);
    // The next whole reply; nullopt: not here yet, or, where `is_broken`, never.
    std::optional<Value> next();
    // What came is no reply, or is over a limit: nothing that follows can be read.
    bool is_broken() const noexcept { return is_broken_; }

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
    bool is_broken_ = false;
};

}  // namespace sidecache::resp
