// One request on its way through the pipeline, and the reply that comes back to the door.
#pragma once

#include "cache/fill/stored_response.hpp"
#include "cache/policy/outcome.hpp"
#include "proxy/http1/head.hpp"
#include "proxy/origin/exchange.hpp"
#include "proxy/pipeline/body.hpp"
#include "proxy/pipeline/interfaces.hpp"
#include "proxy/pipeline/peer.hpp"
#include "proxy/telemetry/exchange_record.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sidecache::pipeline {

using WallTime = std::chrono::system_clock::time_point;

// When the request was received: read after it was read from the socket, since trust is judged by it (CONSISTENCY 1.1).
struct Arrival {
    epochs::BootTime boot;
    std::chrono::system_clock::time_point wall;
    runtime::SteadyTime steady;
    bool is_proven = true;  // of a fleet that verifies: all that was written before has ended here what it ends
    static Arrival now() noexcept;
};

// A request that outlives the buffer that it was read from. Copies share what it holds, which never changes.
class OwnedRequest {
public:
    // `head` was read from these bytes, into which its views point.
    OwnedRequest(std::string_view bytes, const http1::RequestHead& head);

    const http1::RequestHead& head() const noexcept { return *head_; }
    const http::RequestView& view() const noexcept { return head_->view; }

private:
    std::shared_ptr<const http1::RequestHead> head_;  // in one block with its fields and the bytes
};

// A request as it came, apart from the connection that it came on.
struct Incoming {
    const OwnedRequest& message;
    const Peer& peer;
    std::string_view id;       // of `headers.request_id`: the client's, or ours

    const http::RequestView& view() const noexcept { return message.view(); }
};

// What the hit path found out about a request that it could not answer: nothing is stored for it, and for as long as its key's answers say no-store it goes
// past the cache.
struct Missed {
    policy::Outcome outcome;
    policy::Hash128 uncacheable;  // as it is remembered
};

struct Request : Incoming {
    const Arrival& arrival;
    ContentSource& content;    // framing `none`: ended from the start
    InterimSink& interim;
    const Missed* missed = nullptr;  // null: nothing was found out
};

// A hit that needs nothing but memory: the door gathers head, patches and content into one write.
struct Hit {
    const fill::StoredResponse* response = nullptr;  // stays as long as the look by which it was found
    policy::Outcome outcome;
    std::chrono::seconds age{0};
    bool is_not_modified = false;  // answer 304: the client has it
    telemetry::RouteId route = 0;
    std::string_view key;          // that Cache-Status shows; empty: none. Until the pipeline is asked again
};

// What the door sends, and what is told of it afterwards.
struct Reply {
    int status = 0;
    std::string head;          // status line and fields, without framing, Connection, Age, Cache-Status and empty line
    std::optional<std::chrono::seconds> age;
    std::unique_ptr<Body> body;                   // null: no content
    std::optional<std::uint64_t> content_length;  // known length; of a HEAD or 304: what the header says
    policy::Outcome outcome;
    std::string key;           // that Cache-Status shows; empty: none
    telemetry::RouteId route = 0;
    std::chrono::nanoseconds origin_time{};
    std::int32_t origin_queries = -1;
    std::optional<http::ProxyError> error;
    bool content_flows = false;  // the request's content is still being sent to the origin
    bool must_close = false;   // the client's connection cannot go on after this
    std::unique_ptr<origin::Exchange> tunnel;     // after 101: relay until either side ends
};

}  // namespace sidecache::pipeline
