#include "cache/http/method.hpp"

namespace sidecache::http {

Method method_of(std::string_view token) noexcept {
    switch (token.size()) {
        case 3:
            if (token == "GET") return Method::get;
            if (token == "PUT") return Method::put;
            break;
        case 4:
            if (token == "HEAD") return Method::head;
            if (token == "POST") return Method::post;
            break;
        case 5:
            if (token == "PATCH") return Method::patch;
            if (token == "TRACE") return Method::trace;
            if (token == "QUERY") return Method::query;  // RFC 10008 §2
            break;
        case 6:
            if (token == "DELETE") return Method::delete_;
            break;
        case 7:
            if (token == "OPTIONS") return Method::options;
            if (token == "CONNECT") return Method::connect;
            break;
        default:
            break;
    }
    return Method::other;
}

bool is_safe(Method method) noexcept {
    switch (method) {
        case Method::get:
        case Method::head:
        case Method::options:
        case Method::trace:
        case Method::query:
            return true;
        case Method::post:
        case Method::put:
        case Method::patch:
        case Method::delete_:
        case Method::connect:
        case Method::other:
            return false;
    }
    return false;
}

bool is_idempotent(Method method) noexcept { return is_safe(method) || method == Method::put || method == Method::delete_; }

}  // namespace sidecache::http
