// The key that requests share whose queries differ only in what a response's No-Vary-Search says does not matter (draft-ietf-httpbis-no-vary-search §6, §7).
#pragma once

#include "cache/http/no_vary_search.hpp"
#include "cache/policy/key.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace sidecache::policy {

// The primary key of a request, with its own query, and where its parts end.
struct ExactKey {
    std::string text;
    std::size_t path_end = 0;    // what stands before the query
    std::size_t target_end = 0;  // after it what its content adds (content_key.hpp)
    std::size_t shared_end = 0;  // and after that the partition of who asks, if any

    std::string_view shared() const noexcept { return std::string_view(text).substr(0, shared_end); }
    std::string_view path() const noexcept { return std::string_view(text).substr(0, path_end); }
    std::string_view query() const noexcept { return std::string_view(text).substr(path_end, target_end - path_end); }  // with its '?'
    std::string_view content() const noexcept { return shared().substr(target_end); }
    std::string_view partition() const noexcept { return std::string_view(text).substr(shared_end); }
};

// Finds the rest of the parts.
ExactKey split_key(std::string text, std::size_t target_end, std::size_t shared_end);

// Where the mark of a path's specs is filed: a text that is no key of a request.
void append_search_mark_key(std::string& out, const ExactKey& key);

// Appends the key under `spec`, without a partition: the path, the spec itself, since what one spec leaves out matters to another, and the parameters that matter, decoded and
// sorted by name, and the content. False, and `out` of no use, where the query is not UTF-8: such a one shares nothing.
bool append_search_key(std::string& out, const ExactKey& key, const http::NoVarySearch& spec, KeyScratch& scratch);

}  // namespace sidecache::policy
