// What Boost.Beast reads out of a head, before anything of it is believed.
#pragma once

#include "proxy/http1/head.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace sidecache::http1 {

struct RawSection {
    http::FieldSet names;
    http::FieldSet repeated;  // the names that stand on more than one line
};

struct RequestLine {
    std::string_view method;
    std::string_view target;
    std::string_view version;
    std::size_t size = 0;  // with its CRLF
};

// Reads the fields of a request whose first line was split before. `line` with a minor version above 1 is read as HTTP/1.1.
std::optional<Rejection> read_request(std::string_view head, const RequestLine& line, std::size_t max_fields, Fields& fields,
                                      RawSection& out);

struct RawStatus {
    int status = 0;
    int minor_version = 1;
};

// False: not a head of RFC 9112, or more than `max_fields` lines.
bool read_response(std::string_view head, std::size_t max_fields, Fields& fields, RawStatus& status, RawSection& out);

}  // namespace sidecache::http1
