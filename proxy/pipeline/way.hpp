// Which way a request goes before anything is looked up: through the cache, past it, or no further than here.
#pragma once

#include "proxy/http1/head.hpp"
#include "proxy/pipeline/shared.hpp"
#include "proxy/pipeline/who.hpp"

#include <cstdint>
#include <string>

namespace sidecache::pipeline {

enum class Way : std::uint8_t {
    loop,       // this proxy stands before itself: an error
    trace,      // never forwarded
    last_hop,   // OPTIONS with Max-Forwards: 0: answered here
    purge,      // PURGE, where it is ours: answered here
    write,      // an unsafe or unknown method, or one that a field makes another of
    options,    // forwarded; no answer to it is stored
    past,       // a read with content, with a field that can be read in two ways, or one that asks for an upgrade
    route_off,  // the route says `cache: off`
    alone,      // nothing stored serves who asks
    query,      // through the cache, with its content in the key
    read,       // through the cache
};
Way way_of(const http1::RequestHead& head, const Snapshot& snapshot, std::size_t route, const Who& who);

// RFC 9110 §7.6.3: this proxy before itself, by mistake.
bool is_in_loop(const http::RequestView& request, const Snapshot& snapshot);

// May a stored response answer it, as far as its head tells?
inline bool may_be_cached(const http1::RequestHead& head) noexcept {
    const bool is_read = head.view.method == http::Method::get || head.view.method == http::Method::head;
    // Content in a GET has no meaning that a key could hold (RFC 9110 §9.3.1).
    return is_read && !head.wants_upgrade && !head.is_ambiguous && (head.framing == http1::Framing::none || (head.framing == http1::Framing::length && head.content_length == 0));
}

// The index of the route that the request's path matches; `path` is room for the normalised path.
std::size_t route_of(const Snapshot& snapshot, const http::RequestView& request, std::string& path);

}  // namespace sidecache::pipeline
