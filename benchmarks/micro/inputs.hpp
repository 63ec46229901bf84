// Requests and responses as clients and the example records API send them.
#pragma once

#include "proxy/http1/head.hpp"

#include <string>
#include <string_view>

namespace sidecache::micro {

// Of curl, without options.
inline constexpr std::string_view curl_head =
    "GET /api/doctors/?page=2 HTTP/1.1\r\nHost: records.example\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n";

// The browser's of tests/counts and benchmarks/load, so that figures here are parts of those there.
inline constexpr std::string_view browser_head =
    "GET /api/doctors/?page=2 HTTP/1.1\r\nHost: records.example\r\nConnection: keep-alive\r\n"
    "sec-ch-ua: \"Chromium\";v=\"124\", \"Not-A.Brand\";v=\"99\"\r\nsec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: \"Linux\"\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36\r\n"
    "Accept: application/json, text/plain, */*\r\nX-Requested-With: XMLHttpRequest\r\nSec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\nReferer: https://records.example/doctors?page=2\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9,de;q=0.8\r\n"
    "Cookie: csrftoken=Jx0cW3yZr8o2QmT5vN7bKd1LfGhS9uEa; theme=dark\r\n\r\n";

// Of an origin under gunicorn, with the fields that the records API sends.
inline constexpr std::string_view response_head =
    "HTTP/1.1 200 OK\r\nServer: gunicorn\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nConnection: keep-alive\r\nContent-Type: application/json\r\n"
    "Cache-Control: public, max-age=60\r\nVary: Accept, Accept-Encoding\r\nAllow: GET, POST, HEAD, OPTIONS\r\nETag: \"5d41402abc4b2a76b9719d911017c592\"\r\n"
    "Cache-Groups: \"doctors\", \"departments\"\r\nX-Query-Count: 2\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: same-origin\r\nContent-Length: 1024\r\n\r\n";

// A head as the parser leaves it. `text` must outlive it.
struct ParsedRequest {
    explicit ParsedRequest(std::string_view text) : is_good(!http1::parse_request_head(text, {}, fields, head)) {}
    http1::Fields fields;
    http1::RequestHead head;
    bool is_good;
};

// The browser's with another target, or with one more line behind its own.
inline std::string with_target(std::string_view target) {
    std::string text(browser_head);
    return text.replace(4, text.find(" HTTP/1.1") - 4, target);
}
inline std::string with_line(std::string_view line) { return std::string(browser_head.substr(0, browser_head.size() - 2)).append(line).append("\r\n\r\n"); }

}  // namespace sidecache::micro
