// One client connection: heads are read, hits answered in batches, everything else handed to the pipeline and its reply sent.
#pragma once

#include "proxy/http/door.hpp"
#include "proxy/http/outgoing.hpp"
#include "proxy/http/request_content.hpp"
#include "proxy/pipeline/interfaces.hpp"
#include "proxy/runtime/input.hpp"
#include "proxy/runtime/stream.hpp"

#include <memory>
#include <optional>
#include <span>

namespace sidecache::door {

class Connection final : private pipeline::InterimSink {
public:
    Connection(HttpDoor& door, runtime::Socket socket);
    ~Connection();

    runtime::Task<> run();

    // Instead of run(), where there are too many connections: says so, and closes.
    runtime::Task<> refuse();

private:
    // What the unread input starts with.
    struct Turn {
        enum class Kind : std::uint8_t { need_more, request, rejected } kind = Kind::need_more;
        std::size_t head_size = 0;
        http1::RequestHead head;  // views into the input and the door's fields, until either is used again
        http1::Rejection rejection;
    };
    // What became of the hits, and what is to be done once they are sent.
    struct Step {
        enum class Next : std::uint8_t { read, again, prove, serve, reject, close } next;
        std::optional<pipeline::OwnedRequest> request{};  // serve
        pipeline::Arrival arrival{};                      // of it
        std::optional<pipeline::Missed> missed{};         // likewise
        http1::Rejection rejection{};
        std::span<iovec> unsent{};  // of the hits: what the socket did not take at once
        runtime::Io sent = runtime::Io::ok;
    };
    enum class After : std::uint8_t { next, close };

    Step answer_hits(std::unique_ptr<HitBatch>& batch);
    Step gather_hits(const memory::Reader::Look& look, std::unique_ptr<HitBatch>& batch);
    Turn next_turn();
    void decide_early(const memory::Reader::Look& look, const Turn& turn);
    // Reading more, in three steps: the one between awaits it, in the coroutine that is there.
    enum class Reading : std::uint8_t { nothing, next_head, rest_of_head };
    Reading begin_read();
    runtime::Io end_read();
    void add_hit(HitBatch& batch, const http1::RequestHead& head, const pipeline::Hit& hit, const pipeline::Arrival& arrival);
    void record(HitBatch& batch);
    runtime::Task<After> serve(const pipeline::OwnedRequest& message, const pipeline::Arrival& arrival, const pipeline::Missed* missed);
    runtime::Task<> reject(const http1::Rejection& rejection);
    runtime::Task<bool> send_unasked(pipeline::Reply reply, const http1::LineGlimpse& line, runtime::SteadyTime since);
    // What of a reply is ready, and the socket takes at once. False: the client is gone.
    bool send_ready(Outgoing& out);
    // Likewise the rest of it, and all of it. False also where the reply broke off.
    runtime::Task<bool> send_rest(Outgoing& out, telemetry::ExchangeRecord& record);
    runtime::Task<bool> send(Outgoing& out, telemetry::ExchangeRecord& record);
    runtime::Task<bool> send_failure(Outgoing& out, telemetry::ExchangeRecord& record);
    runtime::Task<> relay(origin::Exchange& tunnel);
    runtime::Task<> linger();
    runtime::Task<> send_interim(std::string_view head) override;

    bool may_keep_alive(const http1::RequestHead& head) const noexcept { return head.keep_alive && !door_.is_closed_; }

    HttpDoor& door_;
    const std::shared_ptr<const Options> options_;
    pipeline::Peer peer_;
    runtime::Stream stream_;
    runtime::Input input_;
    std::size_t searched_ = 0;      // so far no end of a head in so many bytes of the unread input
    bool is_judged_ = false;        // whether what was read by now is proven
    bool is_proven_ = true;
    bool is_head_begun_ = false;    // a part of it is there, and its deadline runs
    runtime::SteadyTime head_begun_at_{};
    // Of the next request, where the rule write_before_read is switched off.
    struct Early {
        pipeline::Hit hit;
        fill::StoredResponsePtr kept;
    };
    std::unique_ptr<Early> early_;
};

}  // namespace sidecache::door
