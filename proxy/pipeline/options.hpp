// What one exchange needs to know beside its route.
#pragma once

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace sidecache::pipeline {

struct Networks {
    std::vector<boost::asio::ip::network_v4> v4;
    std::vector<boost::asio::ip::network_v6> v6;
    bool empty() const noexcept { return v4.empty() && v6.empty(); }
};

// Of what is fetched again because a write ended it (`writes.refresh`, `routes.N.refresh_on_write`).
struct RefreshOptions {
    std::size_t concurrency = 2;     // at a time, of all workers
    std::size_t rate = 10;           // in a second; as many as `concurrency` at once
    static constexpr std::size_t most_hits = 255;
    std::size_t hits = 2;            // that a response must have been since it was stored; it is counted no further than `most_hits`
    std::size_t candidates = 1'000;  // responses whose requests are kept for that
};

struct Options {
    std::chrono::milliseconds settle{60'000};   // `writes.settle`: hold after a write whose outcome is unknown (CONSISTENCY unknown_hold)
    std::chrono::milliseconds answer_wait{100};        // `writes.answer_wait`: longest that a write's answer is kept back for its content to be read
    std::size_t answer_size = std::size_t{64} << 10;   // `writes.answer_size`: bytes of it
    std::size_t json = std::size_t{256} << 10;         // `limits.json`: bytes of a request's or a stored content that are read for groups
    RefreshOptions refresh;
    bool keep_absent = false;                   // `writes: {absent: keep}`: a stored error dies only by a write that names its path or tree
    std::size_t max_object = std::size_t{4} << 20;  // bytes of content that may be stored
    std::uint64_t max_content = std::uint64_t{1} << 30;  // bytes of request content: over it 413
    std::size_t query_content = std::size_t{64} << 10;  // bytes of content of a QUERY that goes through the cache: over it, it goes past it
    std::size_t followers = 1000;               // requests that may wait on one fill; the next goes alone
    std::chrono::milliseconds follow{30'000};   // longest wait of a follower for the head: then it goes alone
    std::size_t groups = 64;                    // of one response or write; over it not stored, or `*`
    std::size_t credentials = 65'536;           // refused, ended or bound to a role, that are remembered; over it all begin anew
    std::size_t variants = 32;                  // of one key kept at most; over it the oldest is dropped
    std::size_t uncacheable = 65'536;           // keys remembered as uncacheable (hit-for-miss)
    std::chrono::milliseconds uncacheable_for{10'000};  // and for how long
    std::size_t window = std::size_t{256} << 10;  // bytes that the origin may be ahead of the slowest reader of what is not stored

    Networks trusted;                           // `forwarded.trust`: peers whose Forwarded and X-Forwarded-* are kept and extended; everybody else's are overwritten
    Networks purgers;                           // `purge.allow`: peers whose PURGE is obeyed; none: PURGE is a method as any other
    bool tells_groups = true;                   // `headers.groups`: clients get the fields that name groups
    bool cache_status_key = false;              // `headers.cache_status_key`: what was looked up tells its key
    std::string request_id = "X-Request-ID";    // `headers.request_id`; empty: none
    std::string via = "sidecache";              // pseudonym in Via (RFC 9110 §7.6.3)
};

}  // namespace sidecache::pipeline
