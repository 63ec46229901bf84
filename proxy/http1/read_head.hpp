// What stands in a head, before anything of it is believed.
#pragma once

#include "proxy/http1/head.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace sidecache::http1 {

struct RawSection {
    http::FieldSet names;
    http::FieldSet repeated;  // the names that stand on more than one line
    bool has_underscore = false;  // in any name
};

// The field lines of a head, from the first one to the empty line that ends it (RFC 9112 §5). Strict where other parsers are lenient: CR LF alone ends a line,
// no line is folded, a name is a token directly followed by its colon, a value has no controls but HTAB. tests/fuzz compares it with Boost.Beast.
std::optional<Rejection> read_fields(std::string_view lines, std::size_t max_fields, Fields& fields, RawSection& out);

struct RawStatus {
    int status = 0;  // three digits, whichever
    int minor_version = 1;
};

// Takes the first line of a response off the front of its head (RFC 9112 §4): HTTP/1.0 or 1.1, and a space even where no reason follows. nullopt: it is none.
std::optional<RawStatus> read_status_line(std::string_view& head) noexcept;

}  // namespace sidecache::http1
