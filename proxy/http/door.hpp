// The HTTP door of one worker: accepts connections and serves each with one coroutine.
#pragma once

#include "proxy/http/hit_batch.hpp"
#include "proxy/http/options.hpp"
#include "proxy/pipeline/pipeline.hpp"
#include "proxy/runtime/acceptor.hpp"
#include "proxy/runtime/buffers.hpp"
#include "proxy/runtime/loop.hpp"
#include "proxy/telemetry/telemetry.hpp"

#include <boost/container/static_vector.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace sidecache::door {

// Of all workers together.
struct Counts {
    std::atomic<std::int64_t> connections{0};         // open now
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> refused{0};            // over `limits.connections`
    std::atomic<std::uint64_t> bad_requests{0};       // refused before they reached the pipeline
};

class HttpDoor {
public:
    HttpDoor(runtime::Loop& loop, pipeline::Pipeline& pipeline, telemetry::Recorder& recorder, Counts& counts, const Options& options);

    // Takes a listening socket over and accepts on it until `close`.
    void listen(int socket, int family);
    // No new connections; those that idle end now, the others after the exchange that they are in.
    void close();
    void end() { acceptors_.clear(); }  // after the loop has ended

    void adopt(const Options& options) { options_ = std::make_shared<const Options>(options); }

private:
    friend class Connection;
    runtime::Task<> accept_all(runtime::Acceptor& acceptor);

    std::unique_ptr<HitBatch> take_batch();
    void give_back(std::unique_ptr<HitBatch> batch);

    runtime::Loop& loop_;
    pipeline::Pipeline& pipeline_;
    telemetry::Recorder& recorder_;
    Counts& counts_;
    std::shared_ptr<const Options> options_;
    std::vector<std::unique_ptr<runtime::Acceptor>> acceptors_;
    runtime::Buffers buffers_;
    // In here: in a block of its own it may share a cache line with what other workers read.
    static constexpr std::size_t spare_batches = 4;
    boost::container::static_vector<std::unique_ptr<HitBatch>, spare_batches> batches_;
    http1::Fields fields_;   // of the head that is being looked at; no head outlives its turn in it
    std::uint64_t next_id_;  // for request ids
    bool is_closed_ = false;
};

}  // namespace sidecache::door
