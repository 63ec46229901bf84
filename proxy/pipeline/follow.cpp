// Sharing a fill: who may wait on it, who may have what it brings (CONSISTENCY 1.1 share), and what is made of it.
#include "proxy/pipeline/pipeline.hpp"

#include "cache/policy/status.hpp"
#include "cache/switches/switches.hpp"
#include "proxy/pipeline/bodies.hpp"
#include "proxy/pipeline/error_reply.hpp"
#include "proxy/pipeline/judgement.hpp"
#include "proxy/pipeline/forwarding.hpp"
#include "proxy/pipeline/search_mark.hpp"
#include "proxy/pipeline/stored_answer.hpp"

#include <span>
#include <utility>

namespace sidecache::pipeline {
namespace {

using policy::Outcome;
using policy::Reuse;
using policy::Served;
using runtime::Task;
using switches::is_off;
using switches::Rule;

// RFC 5861 §4: unreachable, or as good as that.
bool origin_failed(const fill::Fill::View& view) {
    return view.phase == fill::Fill::Phase::failed || policy::is_origin_failure(view.answer.origin_status);
}

class Counted {
public:
    explicit Counted(std::atomic<std::int64_t>& count) : count_(count) { count_.fetch_add(1, std::memory_order_relaxed); }
    ~Counted() { count_.fetch_sub(1, std::memory_order_relaxed); }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

private:
    std::atomic<std::int64_t>& count_;
};

}  // namespace

Task<Pipeline::Followed> Pipeline::follow(Request& request, const Context& context, const Looked& looked, fill::FillTable::Joined joined) {
    // What a fill of missing parts brings answers once it is stored: nobody reads it as it comes.
    const bool is_for_parts = looked.scope.kind == Scope::Kind::missing && context.facts.has_range;
    const bool is_collapsed = !joined.lead;
    const bool is_leader = joined.lead && !is_for_parts;
    const fill::FillPtr fill = joined.fill;
    Wakeup wakeup(loop_);
    const fill::Following following(fill, wakeup);
    const Counted waiting(shared_.counts.fill_waiting);
    if (joined.lead) start_fill(std::move(joined.lead), request, context, looked.found.response, looked.scope, is_leader);

    const auto asked = std::chrono::steady_clock::now();
    // The leader's client waits as long as its fill does, which has the origin's deadlines.
    const auto until = is_leader ? runtime::SteadyTime::max() : asked + context.snapshot->options.follow;
    Followed followed;
    for (std::size_t passed_on = 0; !followed.goes_alone;) {
        // Looked at first: what came before the answer is told before it.
        const bool is_waiting = fill->phase() == fill::Fill::Phase::waiting;
        // Interim responses belong to the request that caused them (RFC 9110 §15.2): whether others may have the answer is not known yet.
        const std::vector<std::string> interim = is_collapsed ? std::vector<std::string>() : fill->interim(passed_on);
        passed_on += interim.size();
        for (const std::string& head : interim) {
            if (request.message.head().minor_version != 0) co_await request.interim.send_interim(head);
        }
        if (!is_waiting) break;
        if (!interim.empty()) continue;
        const bool is_told = co_await wakeup.event.wait(until);
        followed.goes_alone = !is_told;
    }
    const fill::Fill::View view = fill->view();
    if (view.phase == fill::Fill::Phase::waiting) co_return followed;
    followed.goes_alone = false;
    if (!is_leader && !is_still_served(shared_.standings, context.who, fill->start().number)) {
        followed.goes_alone = true;
        co_return followed;
    }

    if (origin_failed(view)) followed.reply = reply_stale_on_error(request, context, looked.found.response);
    if (followed.reply) {
        // What the origin said of its failure is read by nobody.
        const bool is_answered = is_leader && view.phase == fill::Fill::Phase::answered;
        if (is_answered && view.answer.response->content() != nullptr) ContentBody(loop_, view.answer.response->content(), true);
        co_return followed;
    }
    Outcome outcome = looked.outcome;
    outcome.collapsed = is_collapsed;
    if (view.answer.is_from_tier) {
        outcome.served = Served::hit;
        outcome.forward = policy::Forward::none;
        outcome.detail = "redis";
        followed.brought = outcome;
        co_return followed;
    }
    if (view.answer.is_filed_only) {
        outcome.forward_status = view.answer.origin_status;
        outcome.stored = true;
        followed.brought = outcome;
        co_return followed;
    }
    if (view.phase == fill::Fill::Phase::failed) {
        followed.reply = make_error_reply(*context.snapshot, view.error, outcome);
    } else if (is_leader || may_share(*fill, view.answer, request, context)) {
        followed.reply = reply_from_fill(request, view, is_leader, outcome);
    }
    if (followed.reply) {
        if (!is_leader) co_return followed;
        followed.reply->origin_time = std::chrono::steady_clock::now() - asked;
        if (view.phase == fill::Fill::Phase::answered) followed.reply->origin_queries = view.answer.origin_queries;
        co_return followed;
    }
    // One client's alone: all who waited go at once, side by side. Overtaken by a write, or another variant: once more round.
    followed.goes_alone = view.answer.storage != policy::Storage::store;
    if (!followed.goes_alone) {
        shared_.fills.detach(*fill);
        shared_.counts.fills_overtaken.fetch_add(1, std::memory_order_relaxed);
    }
    co_return followed;
}

bool Pipeline::may_wait_on(const fill::Fill& fill, const Request& request, const Context& context, const Found& found) const {
    if (fill.began_after(request.arrival.boot)) return true;
    if (asks_for_new(context.facts)) return false;
    // What has to be validated for each request is no use to one that came after it was asked for.
    if (found.response != nullptr && (found.response->facts().always_validate || found.response->facts().lifetime.count() <= 0)) return false;
    // Its groups known so far: a write that has overtaken it makes it useless to whoever came after.
    std::atomic<std::uint64_t> no_memo{0};
    const fill::Fill::Start& start = fill.start();
    const std::span groups(start.groups.data(), start.groups.size());
    if (is_off(Rule::shared_in_trust) && shared_.epochs.standing_of(start.stamp, groups) == epochs::Standing::unproven) return true;
    return is_off(Rule::detach) || shared_.epochs.is_reusable(start.stamp, groups, no_memo);
}

bool Pipeline::may_share(const fill::Fill& fill, const fill::Answer& answer, const Request& request, const Context& context) {
    if (answer.storage != policy::Storage::store) return false;
    const fill::StoredResponse& response = *answer.response;
    const bool is_shared = response.facts().is_shared;
    const policy::KeyRules& rules = context.rules().keys;
    const policy::ExactKey exact = finder_.make_exact_key(*context.snapshot, rules, request.view(), request.peer, context.who, context.content_key());
    const std::string primary = filing_key(exact, answer.search, is_shared);
    const policy::Covered covered = is_shared ? policy::Covered{} : context.who.covered();
    if (response.key() != variant_key(primary, *answer.vary, request.view().fields, covered, rules.languages)) return false;
    if (fill.began_after(request.arrival.boot) && !answer.is_combined) return true;
    const bool is_unproven = is_off(Rule::shared_in_trust) && response.standing(shared_.epochs) == epochs::Standing::unproven;
    const bool is_trusted = is_off(Rule::groups_of_head) || is_unproven || response.is_trusted(shared_.epochs);
    if (asks_for_new(context.facts) || !is_trusted) return false;
    const auto decision = policy::decide_reuse(context.facts, response.facts(), true, std::chrono::system_clock::now(),
                                               response.softened_for(shared_.epochs, epochs::BootClock::now()));
    return decision.reuse == Reuse::fresh || decision.reuse == Reuse::stale;
}

std::optional<Reply> Pipeline::reply_from_fill(const Request& request, const fill::Fill::View& view, bool is_leader, Outcome outcome) {
    const fill::Answer& answer = view.answer;
    const fill::StoredResponse& response = *answer.response;
    Reply reply;
    outcome.forward_status = answer.origin_status;
    const bool may_be_stored = answer.storage == policy::Storage::store;
    outcome.stored = may_be_stored && !answer.may_not_be_kept;  // RFC 9211 §2.5: what is not known is not said
    if (!may_be_stored) outcome.detail = policy::name_of(answer.storage);
    outcome.served = outcome.collapsed ? Served::collapsed : answer.is_confirmed ? Served::revalidated : Served::miss;
    const auto age = policy::current_age(response.facts(), std::chrono::system_clock::now());
    if (may_be_stored) outcome.ttl = response.facts().lifetime - age;
    // A shared fill is an answer out of a cache; the leader's own is not, unless it came with an Age.
    if (outcome.collapsed || answer.is_confirmed || response.facts().had_age) reply.age = age;
    reply.outcome = outcome;
    const Source source = !is_leader || answer.is_confirmed ? Source::fill : may_be_stored ? Source::own_fill : Source::own_answer;
    if (!answer_with(reply, loop_, request.view(), response, source)) return std::nullopt;  // not kept, and its start has gone by
    if (is_leader) reply.head.append(answer.own_fields);
    if (!is_leader) note_served(shared_, response);
    return reply;
}

}  // namespace sidecache::pipeline
