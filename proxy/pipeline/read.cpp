// GET and HEAD through the cache: what is stored decides, then one fill for all who ask for the same.
#include "proxy/pipeline/pipeline.hpp"

#include "cache/policy/validation.hpp"
#include "proxy/http1/write.hpp"
#include "proxy/pipeline/bodies.hpp"
#include "proxy/pipeline/error_reply.hpp"
#include "proxy/pipeline/forwarding.hpp"

#include <span>
#include <utility>

namespace sidecache::pipeline {
namespace {

using policy::Forward;
using policy::Outcome;
using policy::Reuse;
using policy::Served;
using runtime::Task;

std::span<const policy::Group> span_of(const policy::Groups& groups) { return {groups.data(), groups.size()}; }

// Rounds of joining somebody's fill that turn out to be of no use, before the request goes alone (CONSISTENCY 1.1 share).
constexpr int round_limit = 2;

bool asks_for_new(const policy::RequestFacts& facts) {
    const auto& control = facts.cache_control;
    return control.no_cache || (control.max_age && control.max_age->count() == 0);
}

// Status line and fields of a stored response, or of the 304 that stands for it.
void set_head(Reply& reply, const http::RequestView& request, const fill::StoredResponse& response, std::chrono::system_clock::time_point now) {
    const bool is_not_modified = policy::client_has_it(request, response.view(), response.facts(), std::chrono::floor<std::chrono::seconds>(now));
    if (!is_not_modified) {
        reply.status = response.status();
        reply.head = response.head();
        return;
    }
    reply.status = 304;
    http1::append_status_line(reply.head, 304);
    for (const http::Field& field : response.view().fields) {
        if (policy::belongs_in_304(field)) http1::append_field(reply.head, field.name, field.value);
    }
}

bool has_content(const Reply& reply, const http::RequestView& request) {
    return request.method != http::Method::head && reply.status != 304 && reply.status != 204;
}

}  // namespace

Task<Reply> Pipeline::read(Request& request, const Context& context) {
    const http::RequestView& view = request.view();
    Outcome outcome;
    for (int round = 0;; ++round) {
        const Found found = finder_.find(*context.snapshot, view, request.peer);
        outcome.forward = found.is_vary_miss ? Forward::vary_miss : Forward::uri_miss;
        outcome.served = Served::miss;
        if (!found.has_key) {
            outcome.forward = Forward::bypass;
            outcome.detail = "unkeyable";
            break;
        }

        if (found.response != nullptr) {
            const bool is_trusted = found.response->is_trusted(shared_.epochs);
            const auto decision = policy::decide_reuse(context.facts, found.response->facts(), is_trusted, std::chrono::system_clock::now());
            outcome.forward = decision.forward;
            if (!is_trusted) outcome.detail = "invalidated";
            if (decision.reuse == Reuse::fresh || decision.reuse == Reuse::stale) co_return reply_from_store(request, found.response, decision);
            if (decision.reuse == Reuse::stale_while_revalidate) {
                auto joined = join(request, context, found);
                if (joined.lead) {
                    shared_.counts.refreshes.fetch_add(1, std::memory_order_relaxed);
                    start_fill(std::move(joined.lead), request, context, found.response, false);
                }
                co_return reply_from_store(request, found.response, decision);
            }
            if (decision.reuse == Reuse::bypass) {
                outcome.forward = Forward::bypass;
                break;
            }
            if (decision.reuse == Reuse::unsatisfiable) co_return make_own_reply(504, "Only a stored response was asked for, and none may be reused.", {});
        } else if (context.facts.cache_control.only_if_cached) {
            co_return make_own_reply(504, "Only a stored response was asked for, and there is none.", {});
        }

        // What no other request could use goes by itself, and side by side with its like.
        if (view.method == http::Method::head || context.facts.has_range || context.facts.is_precondition || context.facts.cache_control.no_store) break;
        if (shared_.uncacheable.knows(uncacheable_hash(found.hash, context.facts), std::chrono::steady_clock::now())) {
            outcome.detail = "uncacheable";
            break;
        }
        if (round == round_limit) break;

        auto joined = join(request, context, found);
        if (joined.fill == nullptr) continue;  // stored meanwhile: look again
        const bool is_leader = static_cast<bool>(joined.lead);
        const fill::FillPtr fill = joined.fill;
        if (!is_leader && !may_wait_on(*fill, request, context)) {
            shared_.fills.detach(*fill);
            shared_.counts.fills_overtaken.fetch_add(1, std::memory_order_relaxed);
            continue;
        }
        Wakeup wakeup(loop_);
        const fill::Following following(fill, wakeup);
        if (is_leader) start_fill(std::move(joined.lead), request, context, found.response, true);

        const auto asked = std::chrono::steady_clock::now();
        // The leader's client waits as long as its fill does, which has the origin's deadlines.
        const auto until = is_leader ? runtime::SteadyTime::max() : asked + context.snapshot->options.follow;
        bool is_late = false;
        for (std::size_t passed_on = 0; fill->phase() == fill::Fill::Phase::waiting && !is_late;) {
            const bool is_told = co_await wakeup.event.wait(until);
            is_late = !is_told;
            const std::vector<std::string> interim = fill->interim(passed_on);
            passed_on += interim.size();
            if (request.message.head().minor_version == 0) continue;
            for (const std::string& head : interim) co_await request.interim.send_interim(head);
        }
        const fill::Fill::View answered = fill->view();
        const auto waited = std::chrono::steady_clock::now() - asked;
        outcome.collapsed = !is_leader;

        if (answered.phase == fill::Fill::Phase::failed) {
            if (auto stale = reply_stale_on_error(request, context, found.response)) co_return std::move(*stale);
            Reply reply = make_error_reply(*context.snapshot, answered.error, outcome);
            if (is_leader) reply.origin_time = waited;
            co_return reply;
        }
        if (answered.phase == fill::Fill::Phase::answered) {
            if (is_leader || may_share(*fill, answered.answer, request, context)) {
                auto reply = reply_from_fill(request, answered, is_leader, outcome);
                if (reply) {
                    if (is_leader) {
                        reply->origin_time = waited;
                        reply->origin_queries = queries_of(answered.answer.response->view());
                    }
                    const bool failed_there = answered.answer.origin_status == 500 || (answered.answer.origin_status >= 502 && answered.answer.origin_status <= 504);
                    if (failed_there) {
                        if (auto stale = reply_stale_on_error(request, context, found.response)) {
                            if (reply->body != nullptr) co_await reply->body->close();
                            co_return std::move(*stale);
                        }
                    }
                    co_return std::move(*reply);
                }
            }
            outcome.collapsed = false;
            // One client's alone: all who waited go at once, side by side. Overtaken or another variant: once more round.
            if (answered.answer.storage != policy::Storage::store) break;
            shared_.fills.detach(*fill);
            shared_.counts.fills_overtaken.fetch_add(1, std::memory_order_relaxed);
        }
        outcome.collapsed = false;
        if (is_late) break;
    }
    co_return co_await forward(request, context, outcome, std::nullopt);
}

fill::FillTable::Joined Pipeline::join(const Request& request, const Context& context, const Found& found) {
    return shared_.fills.join(found.hash, finder_.key(), [&]() -> std::optional<fill::Fill::Start> {
        // Between the lookup and here a fill of this key may have ended: then what it stored is to be looked at first.
        const auto present = shared_.store.find(found.hash, finder_.key());
        if (present != nullptr && present.get() != found.response.get()) return std::nullopt;
        fill::Fill::Start start;
        start.hash = found.hash;
        start.key = finder_.key();
        start.primary_size = finder_.primary_key().size();
        start.stamp = shared_.epochs.stamp();
        start.begun = epochs::BootClock::now();
        start.number = shared_.fill_number.fetch_add(1, std::memory_order_relaxed);
        if (!policy::groups_of_request(start.groups, group_space(*context.snapshot), request.view())) start.groups.clear();
        return start;
    });
}

bool Pipeline::may_wait_on(const fill::Fill& fill, const Request& request, const Context& context) const {
    if (fill.followers() >= context.snapshot->options.followers) return false;
    if (fill.began_after(request.arrival.boot)) return true;
    if (asks_for_new(context.facts)) return false;
    // Its groups known so far: a write that has overtaken it makes it useless to whoever came after.
    std::atomic<std::uint64_t> no_memo{0};
    const fill::Fill::Start& start = fill.start();
    return shared_.epochs.is_reusable(start.stamp, span_of(start.groups), no_memo);
}

bool Pipeline::may_share(const fill::Fill& fill, const fill::Answer& answer, const Request& request, const Context& context) const {
    if (answer.storage != policy::Storage::store) return false;
    const fill::StoredResponse& response = *answer.response;
    if (response.key() != variant_key(fill.primary_key(), *answer.vary, request.view().fields)) return false;
    if (fill.began_after(request.arrival.boot)) return true;
    if (asks_for_new(context.facts) || !response.is_trusted(shared_.epochs)) return false;
    const auto decision = policy::decide_reuse(context.facts, response.facts(), true, std::chrono::system_clock::now());
    return decision.reuse == Reuse::fresh || decision.reuse == Reuse::stale;
}

Reply Pipeline::reply_from_store(const Request& request, const fill::StoredResponsePtr& response, const policy::ReuseDecision& decision) {
    Reply reply;
    reply.outcome.served = decision.reuse == Reuse::fresh ? Served::hit : Served::hit_stale;
    reply.outcome.ttl = decision.ttl;
    reply.age = decision.age;
    set_head(reply, request.view(), *response, std::chrono::system_clock::now());
    if (reply.status != 304) reply.content_length = response->content()->size();
    if (has_content(reply, request.view())) reply.body = std::make_unique<ContentBody>(loop_, response->content(), false);
    return reply;
}

std::optional<Reply> Pipeline::reply_from_fill(const Request& request, const fill::Fill::View& view, bool is_leader, Outcome outcome) {
    const fill::Answer& answer = view.answer;
    const fill::StoredResponse& response = *answer.response;
    const auto now = std::chrono::system_clock::now();
    auto body = std::make_unique<ContentBody>(loop_, response.content(), is_leader && !answer.is_confirmed);
    if (!body->is_attached()) return std::nullopt;  // not kept, and its start has gone by
    Reply reply;
    set_head(reply, request.view(), response, now);
    outcome.forward_status = answer.origin_status;
    outcome.stored = answer.storage == policy::Storage::store;
    if (answer.storage != policy::Storage::store && outcome.detail.empty()) outcome.detail = policy::name_of(answer.storage);
    outcome.served = outcome.collapsed ? Served::collapsed : answer.is_confirmed ? Served::revalidated : Served::miss;
    const auto age = policy::current_age(response.facts(), now);
    if (outcome.stored) outcome.ttl = response.facts().lifetime - age;
    // A shared fill is an answer out of a cache; the leader's own is not, unless it came with an Age.
    if (outcome.collapsed || answer.is_confirmed || response.facts().had_age) reply.age = age;
    reply.outcome = outcome;
    reply.content_length = response.content()->expected();
    if (reply.status == 304) reply.content_length.reset();
    if (has_content(reply, request.view())) reply.body = std::move(body);
    return reply;
}

std::optional<Reply> Pipeline::reply_stale_on_error(const Request& request, const Context& context, const fill::StoredResponsePtr& stored) {
    if (stored == nullptr) return std::nullopt;
    const auto now = std::chrono::system_clock::now();
    if (!policy::may_serve_on_error(context.facts, stored->facts(), stored->is_trusted(shared_.epochs), now)) return std::nullopt;
    policy::ReuseDecision decision;
    decision.reuse = Reuse::stale;
    decision.age = policy::current_age(stored->facts(), now);
    decision.ttl = stored->facts().lifetime - decision.age;
    Reply reply = reply_from_store(request, stored, decision);
    reply.outcome.detail = "origin-error";
    return reply;
}

}  // namespace sidecache::pipeline
