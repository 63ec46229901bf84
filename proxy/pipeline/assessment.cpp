#include "proxy/pipeline/assessment.hpp"

#include "cache/http/list.hpp"
#include "cache/policy/status.hpp"
#include "cache/switches/switches.hpp"
#include "cache/tiers/redis_tier.hpp"
#include "proxy/http1/write.hpp"
#include "proxy/pipeline/filing.hpp"
#include "proxy/pipeline/finder.hpp"
#include "proxy/pipeline/search_mark.hpp"
#include "proxy/pipeline/write_fence.hpp"

#include <algorithm>
#include <atomic>
#include <span>
#include <utility>

namespace sidecache::pipeline {
namespace {

using policy::Storage;
using switches::is_off;
using switches::Rule;

std::span<const policy::Group> span_of(const policy::Groups& groups) { return {groups.data(), groups.size()}; }

// CONSISTENCY 1.1 fill: an answer that comes out of another cache is as old as its Age says, and so is its epoch.
epochs::Stamp stamp_of(const Shared& shared, const fill::Fill::Start& start, const policy::ResponseFacts& facts) {
    epochs::Stamp stamp = start.stamp;
    if (!facts.had_age || is_off(Rule::epoch_of_age)) return stamp;
    const epochs::Stamp earlier = shared.epochs.stamp_at(start.begun - facts.age_value - std::chrono::seconds(2));
    if (earlier.incarnation != stamp.incarnation) return earlier;
    stamp.epoch = std::min(stamp.epoch, earlier.epoch);
    return stamp;
}

// An opaque credential may have been revoked since: the origin is asked again in time, for each response by itself.
epochs::BootTime recheck_of(const Inquiry& inquiry, const policy::ResponseFacts& facts) {
    if (!inquiry.who.is_opaque || facts.is_shared) return epochs::BootTime::max();
    return inquiry.start.begun + inquiry.who.principal->recheck;
}

}  // namespace

Assessment assess(const Shared& shared, const Inquiry& inquiry, const http::ResponseView& response, WallTime sent, WallTime answered) {
    Assessment result;
    const auto control = http::parse_response_cache_control(response.fields);
    result.facts = policy::assess_response(response, inquiry.rules, sent, answered, inquiry.who.audience());
    result.left_out = policy::left_out(control, result.facts, inquiry.who.audience());
    result.storage = policy::assess_storage(inquiry.request, inquiry.facts, response, control, result.facts, inquiry.rules, inquiry.who.audience());
    if (result.storage == Storage::store && !result.facts.is_shared && tells_another_role(inquiry.who, response)) result.storage = Storage::is_private;
    if (result.storage != Storage::store) return result;
    result.vary = policy::parse_vary(response.fields);
    const std::string& id = inquiry.snapshot.options.request_id;  // written by this proxy, so that it chose nothing that a client sent
    if (result.vary && !id.empty() && std::ranges::any_of(result.vary->names, [&id](const std::string& name) { return http::iequals(name, id); })) result.vary.reset();
    result.search = http::parse_no_vary_search(response.fields);
    result.primary_key = filing_key(inquiry.start.exact, result.search, result.facts.is_shared);
    if (!result.vary) {
        result.storage = Storage::vary_star;
        return result;
    }
    if (!policy::is_as_keyed(*result.vary, inquiry.request.fields, response.fields, inquiry.rules.keys.languages)) {
        result.storage = Storage::language;
        return result;
    }
    result.groups = inquiry.start.groups;
    if (result.groups.empty() || !policy::add_groups_of_response(result.groups, group_space(inquiry.snapshot), response)) {
        result.storage = Storage::groups;
    } else if (shared.epochs.is_held(span_of(result.groups), is_off(Rule::held_by_start) ? epochs::BootClock::now() : inquiry.start.begun)) {
        result.storage = Storage::held;
    }
    return result;
}

Assessment assess_freshened(const Shared& shared, const Inquiry& inquiry, int status, const std::vector<http::Field>& fields, const http1::ResponseHead& answer, WallTime sent,
                            WallTime answered) {
    std::vector<http::Field> assessed = fields;
    if (const auto age = http::value_of(answer.view.fields, http::FieldName::age)) assessed.push_back({http::FieldName::age, "Age", *age});
    Assessment result = assess(shared, inquiry, {status, assessed, http::names_of(assessed)}, sent, answered);
    // The role is no field that is stored.
    if (result.storage == Storage::store && !result.facts.is_shared && tells_another_role(inquiry.who, answer.view)) result.storage = Storage::is_private;
    return result;
}

std::string key_of(const Inquiry& inquiry, const Assessment& assessment) {
    return variant_key(assessment.primary_key, *assessment.vary, inquiry.request.fields, inquiry.covered(assessment.facts),
                       inquiry.rules.keys.languages);
}

bool file(Shared& shared, const Inquiry& inquiry, const fill::StoredResponsePtr& response, const Assessment& result, WallTime now) {
    if (!install(shared, response, result.primary_key, *result.vary, inquiry.snapshot.options.variants, now)) return false;
    shared.uncacheable.forget(uncacheable_hash(inquiry.start.hash, inquiry.facts));
    // Parts of it would outlive what shows them to be old.
    std::string parts_key;
    append_parts_key(parts_key, response->key());
    shared.store.erase(policy::hash_key(parts_key), parts_key);
    const bool is_shared = result.facts.is_shared;
    if (result.primary_key == filing_key(inquiry.start.exact, std::nullopt, is_shared)) return true;
    file_search_mark(shared, inquiry.start.exact, *result.search, is_shared, response->kept_until());
    if (shared.tier != nullptr && is_everybodys(result.primary_key, *result.vary)) shared.tier->offer_mark(search_mark(shared, inquiry.start.exact));
    return true;
}

fill::StoredResponse::Parts parts_of(const Shared& shared, const Inquiry& inquiry, const Assessment& result, int status, fill::ContentPtr content) {
    fill::StoredResponse::Parts parts;
    parts.status = status;
    http1::append_status_line(parts.head, status);
    parts.facts = result.facts;
    parts.stamp = stamp_of(shared, inquiry.start, result.facts);
    parts.fill_number = inquiry.start.number;
    parts.groups = result.groups;
    parts.begun = result.facts.had_age ? inquiry.start.begun - result.facts.age_value : inquiry.start.begun;
    parts.recheck_at = recheck_of(inquiry, result.facts);
    parts.content = std::move(content);
    return parts;
}

fill::StoredResponse::Parts parts_with_content_of(const Shared& shared, const Inquiry& inquiry, const Assessment& result, const fill::StoredResponse& stored) {
    fill::StoredResponse::Parts parts = parts_of(shared, inquiry, result, stored.status(), stored.content());
    parts.packed_content = stored.packed_content();
    return parts;
}

bool is_still_trusted(const Shared& shared, const fill::StoredResponse& stored, const policy::Groups& groups) {
    std::atomic<std::uint64_t> no_memo{0};
    return stored.is_trusted(shared.epochs) && shared.epochs.is_reusable(stored.stamp(), span_of(groups), no_memo);
}

bool is_still_uncacheable(Shared& shared, policy::Hash128 uncacheable, const Options& options, const http::ResponseView& answer) {
    const http::ResponseCacheControl control = http::parse_response_cache_control(answer.fields);
    const bool is_still = control.no_store && !control.must_understand;
    if (answer.status >= 500 || policy::is_fault_of_request(answer.status)) return is_still;  // says nothing of other requests, as below
    const auto now = std::chrono::steady_clock::now();
    is_still ? shared.uncacheable.remember(uncacheable, now, now + options.uncacheable_for, Storage::no_store) : shared.uncacheable.note_mixed(uncacheable);
    return is_still;
}

void remember_uncacheable(Shared& shared, const Inquiry& inquiry, Storage storage, int status) {
    if (status >= 500 || storage == Storage::held || storage == Storage::not_admitted || policy::is_fault_of_request(status)) return;
    const auto now = std::chrono::steady_clock::now();
    shared.uncacheable.remember(uncacheable_hash(inquiry.start.hash, inquiry.facts), now, now + inquiry.snapshot.options.uncacheable_for, storage);
}

}  // namespace sidecache::pipeline
