#include "proxy/http/patch.hpp"

#include "cache/policy/cache_status_key.hpp"
#include "proxy/http1/write.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sidecache::door {
namespace {

void append_number_field(std::string& out, std::string_view name, std::uint64_t value) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(name).append(digits.data(), end).append("\r\n");
}

bool is_from_store(policy::Served served) {
    switch (served) {
        case policy::Served::hit:
        case policy::Served::hit_stale:
        case policy::Served::revalidated:
        case policy::Served::collapsed: return true;
        case policy::Served::miss:
        case policy::Served::pass:
        case policy::Served::error:
        case policy::Served::own: return false;
    }
    return false;
}

// Milliseconds with one decimal, as the Server-Timing specification has durations.
void append_server_timing(std::string& out, std::chrono::nanoseconds time) {
    const auto tenths = static_cast<std::uint64_t>(time / std::chrono::microseconds(100));
    std::array<char, 24> digits;
    auto* end = std::to_chars(digits.data(), digits.data() + 20, tenths / 10).ptr;
    *end++ = '.';
    *end++ = static_cast<char>('0' + tenths % 10);
    out.append("Server-Timing: sidecache-origin;dur=").append(digits.data(), end).append("\r\n");
}

void append_key(std::string& out, std::string_view key) {
    std::array<char, policy::cache_status_key_max> text;
    out.append(text.data(), policy::write_cache_status_key(text.data(), key));
}

}  // namespace

void append_patch(std::string& out, const Patch& patch, const policy::Outcome& outcome, const http1::RequestHead& request, bool keep_alive,
                  const Options& options) {
    if (patch.content_length) append_number_field(out, "Content-Length: ", *patch.content_length);
    if (patch.is_chunked) out.append("Transfer-Encoding: chunked\r\n");
    if (patch.age) append_number_field(out, "Age: ", static_cast<std::uint64_t>(std::max<std::int64_t>(0, patch.age->count())));
    if (options.cache_status) {
        std::array<char, policy::cache_status_max> text;
        out.append("Cache-Status: ").append(text.data(), policy::write_cache_status(text.data(), outcome));
        if (!patch.key.empty()) append_key(out, patch.key);
        out.append("\r\n");
    }
    if (options.x_cache) out.append(is_from_store(outcome.served) ? "X-Cache: HIT\r\n" : "X-Cache: MISS\r\n");
    if (options.server_timing && patch.origin_time.count() > 0) append_server_timing(out, patch.origin_time);
    if (!keep_alive) {
        out.append("Connection: close\r\n");
    } else if (request.minor_version == 0) {
        out.append("Connection: keep-alive\r\n");
    }
    out.append("\r\n");
}

}  // namespace sidecache::door
