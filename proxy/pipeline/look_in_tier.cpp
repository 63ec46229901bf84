// Before the origin is asked, Redis is: another node may have what it would answer, or what it can be asked about.
#include "proxy/pipeline/pipeline.hpp"

#include "cache/tiers/redis_tier.hpp"
#include "proxy/pipeline/fill_job.hpp"
#include "proxy/pipeline/filing.hpp"
#include "proxy/pipeline/finder.hpp"
#include "proxy/pipeline/judgement.hpp"
#include "proxy/pipeline/search_mark.hpp"
#include "proxy/runtime/rest.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

namespace sidecache::pipeline {
namespace {

using forms::Kind;
using runtime::Task;

using Place = TierPlace;

// What one look has found: the best response, or how to find one.
struct Seen {
    fill::StoredResponsePtr response{};
    std::string primary{};                                // of the response
    policy::VarySpec spec{};
    bool may_answer = false;
    std::vector<policy::VarySpec> specs{};                // of a mark of variants
    boost::intrusive_ptr<const fill::SearchMark> mark{};  // of the path
};

constexpr std::chrono::milliseconds between_looks{20};  // of who waits for another node

std::string_view primary_of(std::string_view key) noexcept { return key.substr(0, key.find("\nvary\n")); }

class Judge {
public:
    Judge(const Shared& shared, const FillJob& job, tiers::TierCounts& counts) : shared_(shared), job_(job), counts_(counts) {}

    void take(Seen& seen, std::string_view form, const Place& place) {
        const auto kind = forms::kind_of(form);
        if (kind.has_error()) return count(kind.error());
        if (*kind == Kind::vary_mark) {
            auto mark = forms::decode_vary_mark(form, place.key);
            if (mark.has_error()) return count(mark.error());
            seen.specs = (*mark)->specs();
            return;
        }
        if (*kind == Kind::search_mark) {
            auto mark = forms::decode_search_mark(form, place.key);
            if (mark.has_error()) return count(mark.error());
            seen.mark = *mark;
            return;
        }
        const forms::Moment now{std::chrono::system_clock::now(), epochs::BootClock::now()};
        forms::FormLimits limits;
        limits.content = job_.snapshot->options.max_object;
        auto decoded = forms::decode_response(form, place.key, now, limits, job_.lead->start().number);
        if (decoded.has_error()) return count(decoded.error());
        fill::StoredResponsePtr response = *decoded;
        const bool is_trusted = response->is_trusted(shared_.epochs);
        const auto softened_for = response->softened_for(shared_.epochs, now.boot);
        // What is stale is asked about: this fill may be the one that was to make it fresh.
        const bool may_answer = policy::decide_reuse(job_.facts, response->facts(), is_trusted, now.wall, softened_for).reuse == policy::Reuse::fresh;
        const auto rank = [](bool answers, const fill::StoredResponse& each) { return std::tuple(answers, each.facts().date); };
        if (seen.response != nullptr && rank(seen.may_answer, *seen.response) >= rank(may_answer, *response)) return;
        seen.response = std::move(response);
        seen.primary = place.primary;
        seen.spec = place.spec;
        seen.may_answer = may_answer;
    }

private:
    void count(forms::Refusal refusal) { counts_.refused[static_cast<std::size_t>(refusal)].fetch_add(1, std::memory_order_relaxed); }

    const Shared& shared_;
    const FillJob& job_;
    tiers::TierCounts& counts_;
};

// Of this key; of the primary key where that is another one, and of the path where this node knows nothing of its queries: marks there lead to what the key does not.
std::vector<Place> places_of(const std::string& key, const policy::ExactKey& exact) {
    const std::string primary(primary_of(key));
    std::vector<Place> places;
    places.emplace_back(Place{key, primary, {}});
    if (key != primary) places.emplace_back(Place{primary, primary, {}});
    if (primary == exact.shared()) {
        std::string mark;
        policy::append_search_mark_key(mark, exact);
        places.emplace_back(Place{mark, mark, {}});
    }
    return places;
}

std::vector<std::string> keys_of(const std::vector<Place>& places) {
    std::vector<std::string> keys;
    for (const Place& place : places) keys.push_back(place.key);
    return keys;
}

}  // namespace

// Where no node has it, and the route wants that, one node asks the origin for all: the others look again until it has stored what came, or for as long as they may wait.
Task<bool> Pipeline::look_in_tier(FillJob& job) {
    tiers::TierCounts& counts = *shared_.tier_counts;
    const http::Method method = job.message.view().method;
    const bool is_read = method == http::Method::get || method == http::Method::query;
    if (!is_read || job.scope.kind != Scope::Kind::whole || job.who.has_partition() || asks_for_new(job.facts)) co_return false;
    if (!is_everybodys(job.lead->start().key, {})) co_return false;
    const std::vector<Place> places = places_of(job.lead->start().key, job.lead->start().exact);
    const std::chrono::milliseconds lease = job.rules().lease;
    const auto until = std::chrono::steady_clock::now() + lease;
    auto forms = co_await tier_->read(keys_of(places));
    bool has_waited = false;
    while (forms) {
        const TierFound found = co_await file_from_tier(job, places, *std::move(forms));
        if (found != TierFound::nothing || lease.count() == 0 || job.lease) {
            if (found == TierFound::answer) counts.hits.fetch_add(1, std::memory_order_relaxed);
            if (found == TierFound::answer && has_waited) counts.leases_awaited.fetch_add(1, std::memory_order_relaxed);
            if (found == TierFound::nothing) counts.misses.fetch_add(1, std::memory_order_relaxed);
            if (found != TierFound::answer && job.lease) counts.leases_taken.fetch_add(1, std::memory_order_relaxed);
            co_return found == TierFound::answer;
        }
        if (has_waited) {
            if (std::chrono::steady_clock::now() >= until) break;
            co_await runtime::rest_until(loop_, std::min(until, std::chrono::steady_clock::now() + between_looks));
        }
        auto leased = co_await tier_->read_or_lease(keys_of(places), lease);
        if (!leased) co_return false;
        job.lease = std::move(leased->lease);
        forms = std::move(leased->forms);
        has_waited = true;
    }
    if (has_waited) counts.leases_in_vain.fetch_add(1, std::memory_order_relaxed);
    co_return false;
}

// Another exchange with Redis, where marks have to be followed that this node did not know. A mark of variants beneath one of No-Vary-Search is followed by the next who asks.
Task<Pipeline::TierFound> Pipeline::file_from_tier(FillJob& job, const std::vector<Place>& asked, std::vector<std::string> forms) {
    const std::string& key = job.lead->start().key;
    const std::string primary(primary_of(key));
    Judge judge(shared_, job, *shared_.tier_counts);
    Seen seen;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        if (!forms[i].empty()) judge.take(seen, forms[i], asked[i]);
    }
    std::vector<Place> further;
    for (const policy::VarySpec& spec : seen.specs) {
        std::string variant = variant_key(primary, spec, job.message.view().fields, {}, job.rules().keys.languages);
        if (variant == key) {
            if (seen.response != nullptr) seen.spec = spec;
            continue;  // that was looked at
        }
        further.push_back(Place{std::move(variant), primary, spec});
    }
    const policy::ExactKey& exact = job.lead->start().exact;
    if (seen.mark != nullptr) {
        for (const http::NoVarySearch& search : seen.mark->specs()) {
            file_search_mark(shared_, exact, search, true, seen.mark->kept_until());
            std::string by_search = filing_key(exact, search, true);
            if (by_search != primary) further.push_back(Place{by_search, by_search, {}});
        }
    }
    if (!seen.may_answer && !further.empty()) {
        auto more = co_await tier_->read(keys_of(further));
        if (!more) co_return TierFound::other;  // counted as a failure
        for (std::size_t i = 0; i < further.size(); ++i) {
            if (!(*more)[i].empty()) judge.take(seen, (*more)[i], further[i]);
        }
    }
    if (seen.response == nullptr) co_return TierFound::nothing;
    if (!seen.may_answer) {
        // Somebody else's may be asked about where this node has nothing.
        const bool is_validator = job.stored == nullptr && may_ask_about(*seen.response);
        if (is_validator) job.stored = seen.response;
        (is_validator ? shared_.tier_counts->validators : shared_.tier_counts->outdated).fetch_add(1, std::memory_order_relaxed);
        co_return TierFound::other;
    }
    const bool is_variant = seen.response->key() != seen.primary;
    if (is_variant && seen.spec.empty()) seen.spec = spec_in_memory(seen.primary);
    if (is_variant && seen.spec.empty()) co_return TierFound::other;
    if (!put(shared_, seen.response, seen.primary, seen.spec, job.snapshot->options.variants, std::chrono::system_clock::now())) co_return TierFound::other;
    fill::Answer answer;
    answer.response = seen.response;
    answer.origin_status = seen.response->status();
    answer.is_filed_only = answer.is_from_tier = true;
    job.lead->answer(std::move(answer));
    co_return TierFound::answer;
}

// By which a fill of this primary key goes that knows its variant.
policy::VarySpec Pipeline::spec_in_memory(std::string_view primary) const {
    const auto mark = vary_mark(shared_, primary);
    return mark == nullptr ? policy::VarySpec{} : mark->specs().back();
}

}  // namespace sidecache::pipeline
