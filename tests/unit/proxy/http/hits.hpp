// Hits and requests of the HTTP door from literals.
#pragma once

#include "proxy/http/hit_batch.hpp"
#include "tests/unit/cache/fill/responses.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace sidecache::testing {

// A parsed request; the text is a literal.
class ParsedRequest {
public:
    explicit ParsedRequest(std::string_view text) { rejection = http1::parse_request_head(text, {}, fields_, head); }
    http1::RequestHead head;
    std::optional<http1::Rejection> rejection;

private:
    http1::Fields fields_;
};

inline pipeline::Hit make_hit(const fill::StoredResponsePtr& response, std::chrono::seconds age = std::chrono::seconds(3)) {
    pipeline::Hit hit;
    hit.response = response.get();
    hit.outcome.served = policy::Served::hit;
    hit.outcome.ttl = std::chrono::seconds(57);
    hit.age = age;
    return hit;
}

inline std::string text_of(std::span<const iovec> pieces) {
    std::string text;
    for (const iovec& piece : pieces) text.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    return text;
}

}  // namespace sidecache::testing
