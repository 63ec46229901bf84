// How long a message's content is (RFC 9112 §6): judged here and nowhere else.
#pragma once

#include "proxy/http1/head.hpp"
#include "proxy/http1/read_head.hpp"

#include <cstdint>
#include <optional>

namespace sidecache::http1 {

struct Extent {
    Framing framing = Framing::none;
    std::uint64_t content_length = 0;
};

std::optional<Rejection> judge_request_framing(http::HeaderView fields, const RawSection& section, int minor_version,
                                               Extent& out);

// Content-Length lines and members that say the same are merged into one line of `fields`. False: the framing cannot be trusted.
bool judge_response_framing(Fields& fields, const RawSection& section, int minor_version, int status, http::Method request_method,
                            Extent& out);

}  // namespace sidecache::http1
