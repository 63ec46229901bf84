// Requests and responses as policy sees them: views into whatever buffer holds the head.
#pragma once

#include "cache/http/field.hpp"
#include "cache/http/method.hpp"

#include <string_view>

namespace sidecache::http {

struct RequestView {
    Method method = Method::get;
    std::string_view method_text;
    std::string_view authority;  // Host, or the authority of an absolute-form target (RFC 9112 §3.2.2)
    std::string_view path;       // as received, begins with '/'; "*" for OPTIONS *
    std::string_view query;      // without '?'
    bool has_query = false;      // "/a?" differs from "/a" (RFC 3986 §6.2.3)
    HeaderView fields;
    FieldSet names;
};

struct ResponseView {
    int status = 0;
    HeaderView fields;
    FieldSet names;
};

}  // namespace sidecache::http
