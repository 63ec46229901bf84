// The life of one exchange: match route, key, lookup, decide_reuse, then answer from memory, share a fill, or ask the origin.
// One per worker. It never writes to a client: what it returns, a door sends.
#pragma once

#include "cache/policy/reuse.hpp"
#include "proxy/pipeline/exchange.hpp"
#include "proxy/pipeline/finder.hpp"
#include "proxy/pipeline/forwarding.hpp"
#include "proxy/pipeline/query_content.hpp"
#include "proxy/pipeline/scope.hpp"
#include "proxy/pipeline/shared.hpp"
#include "proxy/pipeline/who.hpp"
#include "proxy/pipeline/write_fence.hpp"
#include "proxy/origin/exchange.hpp"
#include "proxy/runtime/loop.hpp"
#include "proxy/telemetry/telemetry.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sidecache::policy {
class ContentTag;
}
namespace sidecache::tiers {
class TierReader;
}

namespace sidecache::pipeline {

struct ArrivingPart;
struct Assessment;
struct Conversation;
struct FillJob;
struct Join;
struct KeptAnswer;
struct CombinedHead;
class Wakeup;

// Where the responses to a request may stand in Redis.
struct TierPlace {
    std::string key;
    std::string primary;      // the key without what Vary adds
    policy::VarySpec spec{};  // by which it is found from that
};

class Pipeline {
public:
    // `tier`: null, or what outlives it.
    Pipeline(runtime::Loop& loop, Shared& shared, origin::Pool& pool, telemetry::Recorder& recorder, std::shared_ptr<const Snapshot> snapshot, tiers::TierReader* tier = nullptr);

    // Takes over a new configuration; on the worker's own loop. Exchanges under way keep the one that they began with.
    void adopt(std::shared_ptr<const Snapshot> snapshot);
    const Snapshot& snapshot() const noexcept { return *snapshot_; }

    // Does `prove` have to be asked before such a request, with all else that was read by then, is answered?
    bool must_prove(const http1::RequestHead& head) const noexcept { return is_verifying_ && http::is_safe(head.view.method) && !shared_.is_draining.load(std::memory_order_relaxed); }
    // To Arrival::is_proven.
    runtime::Task<bool> prove();

    // As long as it lasts, hits stay. Short, and never across a wait.
    [[nodiscard]] memory::Reader::Look begin_look() noexcept { return finder_.begin_look(); }
    // The hit path: synchronous, no allocation, no lock, and nothing written that other workers read. nullopt: `serve` has to see to it, with what was found out by then.
    std::optional<Hit> try_hit(const memory::Reader::Look& look, const http1::RequestHead& head, const Peer& peer, const Arrival& arrival, std::optional<Missed>& missed);

    // Everything else. The request and what it refers to must live until the reply's body is closed.
    runtime::Task<Reply> serve(Request& request);

    telemetry::RouteId route_id(const http::RequestView& request) const;

private:
    // What is known of an exchange from the start, handed down unchanged.
    struct Context {
        std::shared_ptr<const Snapshot> snapshot;
        std::size_t route = 0;
        policy::RequestFacts facts;
        Who who;
        QueryContentPtr content;    // of a QUERY that is kept whole; else null: what there is flows from the client
        std::string content_begun;  // of a QUERY that is too large for that: read already
        bool is_proven = true;      // as the request's arrival

        const policy::Rules& rules() const { return snapshot->routes.rules(route); }
        std::string_view content_key() const { return content == nullptr ? std::string_view() : std::string_view(content->key); }
    };

    Context make_context(const http::RequestView& request);
    runtime::Task<Reply> serve_any(Request& request);

    // Of a reply to what was looked up, by `headers.cache_status_key`.
    void show_key(Reply& reply, const Request& request, const Context& context);

    // query.cpp: QUERY through the cache.
    runtime::Task<Reply> query(Request& request, Context& context);

    // read.cpp: GET, HEAD and a QUERY whose content was read through the cache.
    struct Looked {  // what the store makes of a request, before anyone is asked
        Found found;
        policy::Outcome outcome;
        std::optional<Reply> reply;
        bool may_fill = false;     // else the request goes to the origin by itself
        bool fills_alone = false;  // a fill that nobody joins: the last answer could not be shared, but this one may be another (hit-for-miss)
        std::optional<policy::Hash128> uncacheable;  // remembered as that for as long as its answers say no-store: past the cache
        Scope scope;            // of that fill
        bool is_head_of_stored = false;  // the origin's answer says something of what is stored
    };
    runtime::Task<Reply> read(Request& request, const Context& context);
    // By itself, past the cache; what is stored answers if the origin fails (RFC 5861 §4).
    runtime::Task<Reply> read_alone(Request& request, const Context& context, const Looked& looked);
    Looked look(const Request& request, const Context& context);
    std::optional<Missed> past_cache(const http::RequestView& request, const policy::RequestFacts& facts, const Sighting& seen, const Arrival& arrival) const;
    void refresh(const Request& request, const Context& context, const Found& found);
    fill::FillTable::Joined join(const Incoming& request, const Context& context, const Found& found);
    fill::Fill::Start make_start(const Incoming& request, const Context& context, const Found& found);
    Reply reply_from_store(const Request& request, const fill::StoredResponse& response, const policy::ReuseDecision& decision);
    std::optional<Reply> reply_stale_on_error(const Request& request, const Context& context, const fill::StoredResponsePtr& stored);

    // follow.cpp: sharing a fill.
    struct Followed {  // neither: the fill was of no use to this request, and it looks again
        std::optional<Reply> reply;
        bool goes_alone = false;
        std::optional<policy::Outcome> brought;  // what answers is stored now: of the answer that brought it
    };
    runtime::Task<Followed> follow(Request& request, const Context& context, const Looked& looked, fill::FillTable::Joined joined);
    bool may_wait_on(const fill::Fill& fill, const Request& request, const Context& context, const Found& found) const;
    bool may_share(const fill::Fill& fill, const fill::Answer& answer, const Request& request, const Context& context);
    std::optional<Reply> reply_from_fill(const Request& request, const fill::Fill::View& view, bool is_leader, policy::Outcome outcome);

    // lead.cpp: fills.
    void start_fill(fill::Lead lead, const Incoming& request, const Context& context, fill::StoredResponsePtr stored, Scope scope, bool has_client,
                    std::optional<WriteRefreshes::Due> due = {});
    bool may_ask_about(const fill::StoredResponse& stored) const;  // the origin, whether it still holds
    runtime::Task<> lead(std::unique_ptr<FillJob> job);
    bool confirm(FillJob& job, const http1::ResponseHead& head, WallTime asked);
    runtime::Task<> receive(FillJob& job, origin::Exchange& exchange, WallTime asked);
    // Content of a length that nobody knows: to be filed if the store admits it.
    struct Weighed {
        policy::Hash128 filed_as;
        std::size_t misses;  // requests that waited for its head
    };
    // To its end, which lies at byte `end` of the content at most; false, and the content has failed, if it did not come to that.
    runtime::Task<bool> append_content(FillJob& job, origin::Exchange& exchange, fill::Content& content, Wakeup& readers_moved, policy::ContentTag* tag, std::uint64_t end,
                                       std::optional<Weighed> weighed = {});

    // look_in_tier.cpp: true if what was found there is in the store, and answers; what is found and does not may become that which is asked about.
    runtime::Task<bool> look_in_tier(FillJob& job);
    enum class TierFound : std::uint8_t { nothing, other, answer };
    runtime::Task<TierFound> file_from_tier(FillJob& job, const std::vector<TierPlace>& asked, std::vector<std::string> forms);
    policy::VarySpec spec_in_memory(std::string_view primary) const;

    // lead_parts.cpp: fills of what is missing of stored parts.
    runtime::Task<bool> receive_missing(FillJob& job, origin::Exchange& exchange, WallTime asked);
    runtime::Task<> receive_to_file(FillJob& job, origin::Exchange& exchange, ArrivingPart part, Assessment assessment);
    runtime::Task<> receive_to_join(FillJob& job, origin::Exchange& exchange, CombinedHead sum, Join join);

    // refresh_written.cpp: fills of what writes have ended.
    void watch_writes();  // if a route wants that, and it is not done already
    runtime::Task<> refresh_written();
    void refetch(WriteRefreshes::Due due);
    void note_filed(const FillJob& job, const fill::StoredResponse& response);  // remembered, with what would bring it again

    // ask.cpp: one safe request to the origin, whole, sent again once where a reused connection turns out to be closed. `exchange` becomes the one that is answered.
    runtime::Task<http::Result<void>> ask(origin::Exchange& exchange, const Snapshot& snapshot, std::string_view request, http::Method method, InterimSink* interim);

    // head.cpp: HEAD of what is stored, where the origin has to be asked.
    runtime::Task<Reply> head(Request& request, const Context& context, const Looked& looked);

    // forward.cpp: past the cache.
    struct Write {
        WriteFence fence;
        std::optional<fill::Fill::Start> start{};  // of the GET that its answer may stand for
        WallTime sent{};
        std::shared_ptr<KeptAnswer> kept{};  // where its content says what else the write changed
    };
    Write make_write(const Request& request, const Context& context);
    // What is no write, by one of the two below. `uncacheable`: a read that is remembered so, of which this answer says whether it still is.
    runtime::Task<Reply> forward(Request& request, const Context& context, const policy::Outcome& outcome, std::optional<policy::Hash128> uncacheable = std::nullopt);
    // Sent whole, and once more where it may be. Of what the hit path has found to be so (`missed`) this is all there is to do.
    runtime::Task<Reply> pass(Request& request, Context context, policy::Outcome outcome, std::optional<policy::Hash128> uncacheable);
    Reply reply_passed(const Request& request, const Context& context, std::shared_ptr<Conversation> conversation, policy::Outcome outcome, const std::optional<policy::Hash128>& uncacheable);
    // Sent once, the content as it comes from the client; with all that a write is to do.
    runtime::Task<Reply> converse(Request& request, const Context& context, policy::Outcome outcome, std::optional<Write> write);
    runtime::Task<> read_rows(Write& write, std::shared_ptr<Conversation> conversation, const Context& context, const http1::RequestHead& request);
    runtime::Task<http::Result<void>> read_answer(const Snapshot& snapshot, Conversation& conversation, Request& request);
    runtime::Task<> await_late_answer(std::shared_ptr<Conversation> conversation, WriteFence fence, std::shared_ptr<const Snapshot> snapshot, OwnedRequest message);

    // origin_reply.cpp: what the origin answered, for the client.
    Reply reply_from_origin(const Request& request, const Context& context, std::shared_ptr<Conversation> conversation, policy::Outcome outcome,
                            std::optional<Write> write);

    runtime::Loop& loop_;
    Shared& shared_;
    origin::Pool& pool_;
    telemetry::Recorder& recorder_;
    std::shared_ptr<const Snapshot> snapshot_;
    tiers::TierReader* tier_;
    Finder finder_;
    principals::Identifier identifier_;
    std::string path_;       // for matching routes: normalised, kept for its room
    std::string shown_key_;  // of the last hit
    EndToEnd end_to_end_;    // of the answer that is made a reply, kept for its room
    bool is_watching_writes_ = false;
    bool is_verifying_ = false;
};

}  // namespace sidecache::pipeline
