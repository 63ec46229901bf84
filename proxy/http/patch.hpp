// The fields that are made for each response at the moment it is sent: Age, Cache-Status, framing, Connection.
#pragma once

#include "cache/policy/outcome.hpp"
#include "proxy/http/options.hpp"
#include "proxy/http1/head.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sidecache::door {

struct Patch {
    std::optional<std::chrono::seconds> age;       // RFC 9111 §5.1
    std::optional<std::uint64_t> content_length;
    bool is_chunked = false;
    std::chrono::nanoseconds origin_time{};        // for Server-Timing; 0: none
    std::string_view key{};                        // for Cache-Status; empty: none
};

// Appends them with the empty line that ends the head. No allocation if `out` has room for 400 more characters, 210 beside them with a key.
void append_patch(std::string& out, const Patch& patch, const policy::Outcome& outcome, const http1::RequestHead& request, bool keep_alive,
                  const Options& options);

}  // namespace sidecache::door
