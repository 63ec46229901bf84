// What writes have ended though it was asked for often, fetched again in the background (`routes.N.refresh_on_write`).
#include "proxy/pipeline/pipeline.hpp"

#include "proxy/pipeline/fill_job.hpp"
#include "proxy/pipeline/repeat.hpp"
#include "proxy/pipeline/way.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace sidecache::pipeline {
namespace {

using namespace std::chrono_literals;
using runtime::Task;

// A write wakes nobody: it would have to wake every worker. So that a burst of writes is one look, too.
constexpr auto pause = 20ms;

bool refreshes(const Snapshot& snapshot) {
    for (std::size_t route = 0; route < snapshot.route_ids.size(); ++route) {
        if (snapshot.routes.rules(route).refresh_on_write) return true;
    }
    return false;
}

}  // namespace

void Pipeline::watch_writes() {
    if (is_watching_writes_ || !refreshes(*snapshot_)) return;
    is_watching_writes_ = true;
    loop_.spawn("refresh written", refresh_written());
}

Task<> Pipeline::refresh_written() {
    runtime::Event never(loop_);
    while (refreshes(*snapshot_) && !shared_.is_draining.load(std::memory_order_relaxed)) {
        while (auto due = shared_.write_refreshes.next(snapshot_->options.refresh, shared_.store, shared_.epochs, {std::chrono::system_clock::now(), epochs::BootClock::now()})) {
            refetch(std::move(*due));
        }
        co_await never.wait(std::chrono::steady_clock::now() + pause);
    }
    shared_.write_refreshes.forget();
    is_watching_writes_ = false;
}

void Pipeline::refetch(WriteRefreshes::Due due) {
    WriteRefreshes::Counts& counts = shared_.write_refreshes.counts;
    const Repeat& repeat = *due.repeat;
    const std::string id = repeat.id.empty() ? std::string() : repeat.id + "-refresh";
    const Peer peer = peer_at(repeat.address, snapshot_->options);
    const Incoming request{repeat.message, peer, id};
    const Context context = make_context(request.view());
    // Whoever asked may be somebody else by now, or nobody: a credential that has ended, other routes.
    const bool is_wanted = context.rules().refresh_on_write && way_of(request.message.head(), *context.snapshot, context.route, context.who) == Way::read;
    const bool is_good = epochs::BootClock::now() < repeat.until && repeat.fill_number >= context.who.ended_at;
    Found found;
    if (is_wanted && is_good) {
        found = finder_.find(*context.snapshot, context.rules().keys, request.view(), context.facts, request.peer, std::chrono::system_clock::now(), context.who);
    }
    if (found.response == nullptr || found.response->key() != due.key) {
        counts.ended.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    fill::FillTable::Joined joined = join(request, context, found);
    if (!joined.lead) {  // somebody does it already
        counts.late.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    counts.started.fetch_add(1, std::memory_order_relaxed);
    start_fill(std::move(joined.lead), request, context, found.response, {}, false, std::move(due));
}

void Pipeline::note_filed(const FillJob& job, const fill::StoredResponse& response) {
    const http::RequestView& request = job.message.view();
    const bool is_plain = job.content == nullptr && request.method == http::Method::get && !job.facts.has_range;
    if (!is_watching_writes_ || !job.rules().refresh_on_write || !is_plain) return;
    // A credential asks for its own partition alone: what serves others as well would be asked for in its name while they are the ones who read it.
    const bool has_credential = request.names.has_any(http::FieldSet::of(http::FieldName::authorization, http::FieldName::cookie));
    const bool is_its_own = job.who.kind == Who::Kind::known ? !response.facts().is_shared : job.who.kind == Who::Kind::anonymous || !has_credential;
    if (!is_its_own) return;
    if (job.due) {
        shared_.write_refreshes.note(job.snapshot->options.refresh, response, job.due->repeat);
        return;
    }
    const fill::Fill::Start& start = job.lead->start();
    const auto until = job.who.is_opaque ? start.begun + job.who.principal->recheck : epochs::BootTime::max();
    shared_.write_refreshes.note(job.snapshot->options.refresh, response, std::make_shared<const Repeat>(Repeat{job.message, job.peer.address, job.id, start.number, until}));
}

}  // namespace sidecache::pipeline
