// What stands in a head, before anything of it is believed. A request is read strictly here, on the way of each hit; a response by Boost.Beast.
#pragma once

#include "proxy/http1/head.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace sidecache::http1 {

struct RawSection {
    http::FieldSet names;
    http::FieldSet repeated;  // the names that stand on more than one line
    bool has_underscore = false;  // in any name; of a request
};

// The field lines of a request, from the first one to the empty line that ends the head (RFC 9112 §5). Strict where other parsers are lenient: CR LF alone ends a line,
// no line is folded, a name is a token directly followed by its colon, a value has no controls but HTAB. tests/fuzz compares it with Beast.
std::optional<Rejection> read_request_fields(std::string_view lines, std::size_t max_fields, Fields& fields, RawSection& out);

struct RawStatus {
    int status = 0;
    int minor_version = 1;
};

// False: not a head of RFC 9112, or more than `max_fields` lines.
bool read_response(std::string_view head, std::size_t max_fields, Fields& fields, RawStatus& status, RawSection& out);

}  // namespace sidecache::http1
