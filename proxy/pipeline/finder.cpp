#include "proxy/pipeline/finder.hpp"

#include "cache/policy/reuse.hpp"
#include "proxy/pipeline/claims.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace sidecache::pipeline {
namespace {

const fill::Filed& filed(const memory::EntryPtr& entry) { return static_cast<const fill::Filed&>(*entry); }

const fill::StoredResponse* as_response(const fill::Filed* filed) noexcept {
    return filed != nullptr && filed->kind() == fill::Filed::Kind::response ? static_cast<const fill::StoredResponse*>(filed) : nullptr;
}

constexpr std::string_view partition_begin = "\nwho\n";

void append_partition(std::string& key, const Who& who) {
    key.append(partition_begin);
    if (who.kind == Who::Kind::known) secret::append_hex(key, who.partition);
}

void append_variant(std::string& key, const policy::VarySpec& spec, http::HeaderView request_fields, const policy::Covered& covered,
                    const policy::Languages& languages, policy::VaryMemo* memo = nullptr) {
    key.append("\nvary\n");
    policy::append_vary_key(key, spec, request_fields, covered, languages, memo);
}

}  // namespace

// RFC 9111 §4: of several that may answer, the most recent by its Date; but what may answer before what has to be asked about first.
bool Finder::is_better(const fill::StoredResponse& one, const fill::StoredResponse* other) const {
    if (other == nullptr) return true;
    const auto rank = [this](const fill::StoredResponse& each) {
        const policy::Reuse reuse = policy::decide_reuse(*facts_, each.facts(), true, now_).reuse;
        const bool may_answer = reuse == policy::Reuse::fresh || reuse == policy::Reuse::stale || reuse == policy::Reuse::stale_while_revalidate;
        return std::tuple(may_answer, each.facts().date, each.fill_number());
    };
    return rank(one) > rank(*other);
}

const fill::Filed* Finder::look(policy::Hash128 hash, std::string_view key) const noexcept {
    const memory::Store& store = shared_.store;
    const memory::Entry* const entry = is_counting_ ? store.find(*look_, hash, key) : store.peek(*look_, hash, key);
    return entry != nullptr && entry->is_kept(now_) ? static_cast<const fill::Filed*>(entry) : nullptr;
}

Found Finder::find(const Snapshot& snapshot, const policy::KeyRules& rules, const http::RequestView& request, const policy::RequestFacts& facts,
                   const Peer& peer, WallTime now, const Who& who, std::string_view content_key) {
    const memory::Reader::Look look = begin_look();
    return Found(see(look, snapshot, rules, request, facts, peer, now, who, content_key));
}

Sighting Finder::see(const memory::Reader::Look& look, const Snapshot& snapshot, const policy::KeyRules& rules, const http::RequestView& request, const policy::RequestFacts& facts,
                 const Peer& peer, WallTime now, const Who& who, std::string_view content_key) {
    Sighting seen;
    look_ = &look;
    facts_ = &facts;
    now_ = now;
    key_.clear();
    seen.has_key = append_target_key(key_, snapshot, rules, request, peer);
    if (!seen.has_key) return seen;
    target_end_ = key_.size();
    if (!content_key.empty()) key_.append(content_key);
    shared_end_ = key_.size();
    is_exact_ = true;
    look_up(seen, rules, request, who);
    // Also where something is found: what is filed under a part of the query may be more recent.
    if (shared_.has_search_marks.load(std::memory_order_relaxed)) look_up_by_search(seen, rules, request, who);
    if (seen.response == nullptr && request.method != http::Method::query && shared_.has_parts.load(std::memory_order_relaxed)) look_up_parts(seen, who);
    return seen;
}

// `key_` is a primary key without its partition; it becomes that which a fill goes by.
void Finder::look_up(Sighting& seen, const policy::KeyRules& rules, const http::RequestView& request, const Who& who) {
    const policy::Languages& languages = rules.languages;
    seen.is_vary_miss = false;
    primary_size_ = key_.size();
    if (!who.has_partition()) {
        seen.response = find_variant(key_, seen.hash, seen.is_vary_miss, request, {}, languages);
        return;
    }
    shared_key_ = key_;
    append_partition(key_, who);
    primary_size_ = key_.size();
    seen.response = find_variant(key_, seen.hash, seen.is_vary_miss, request, who.covered(), languages);
    seen.is_ended = seen.response != nullptr && seen.response->fill_number() < who.ended_at;
    seen.passed_over = seen.is_ended ? std::exchange(seen.response, nullptr) : nullptr;
    policy::Hash128 shared_hash;
    bool is_shared_miss = false;
    const fill::StoredResponse* const shared = find_variant(shared_key_, shared_hash, is_shared_miss, request, {}, languages);
    // What stands there from a time when the route had no principal was fetched for somebody else.
    if (shared == nullptr || !shared->facts().is_shared || !is_better(*shared, seen.response)) return;
    if (seen.response != nullptr) seen.passed_over = seen.response;
    seen.response = shared;
}

void Finder::look_up_by_search(Sighting& seen, const policy::KeyRules& rules, const http::RequestView& request, const Who& who) {
    exact_.text.assign(key_, 0, primary_size_);
    exact_ = policy::split_key(std::move(exact_.text), target_end_, shared_end_);
    mark_key_.clear();
    policy::append_search_mark_key(mark_key_, exact_);
    const fill::Filed* const filed = look(policy::hash_key(mark_key_), mark_key_);
    if (filed == nullptr || filed->kind() != fill::Filed::Kind::search_mark) return;
    const auto& specs = static_cast<const fill::SearchMark&>(*filed).specs();
    const http::NoVarySearch* looked_by = nullptr;  // null: by the exact query
    const auto look_up_by = [&](const http::NoVarySearch* spec) {
        looked_by = spec;
        key_.clear();
        is_exact_ = spec == nullptr || !policy::append_search_key(key_, exact_, *spec, scratch_);
        if (is_exact_) key_ = exact_.shared();
        look_up(seen, rules, request, who);
    };
    const http::NoVarySearch* best_by = seen.response != nullptr ? nullptr : &specs.back();  // where nothing is found, a fill goes by the newest, so that all who ask for the same share it
    const fill::StoredResponse* best = seen.response;
    for (auto spec = specs.rbegin(); spec != specs.rend(); ++spec) {
        look_up_by(&*spec);
        if (seen.response == nullptr || !is_better(*seen.response, best)) continue;
        best = seen.response;
        best_by = &*spec;
    }
    if (looked_by != best_by) look_up_by(best_by);
}

void Finder::look_up_parts(Sighting& seen, const Who& who) {
    parts_key_.clear();
    append_parts_key(parts_key_, key_);
    const fill::Filed* const filed = look(policy::hash_key(parts_key_), parts_key_);
    if (filed == nullptr || filed->kind() != fill::Filed::Kind::parts) return;
    const auto* const parts = static_cast<const fill::StoredParts*>(filed);
    if (parts->response().fill_number() >= who.ended_at) seen.parts = parts;
}

void Finder::narrow(Found& found, std::string_view which) {
    key_.append("\npart\n").append(which);
    found.hash = policy::hash_key(key_);
}

void append_parts_key(std::string& out, std::string_view key) { out.append(key).append("\nparts\n"); }

policy::ExactKey Finder::exact_key() const {
    return is_exact_ ? policy::split_key(std::string(primary_key()), target_end_, shared_end_) : exact_;
}

bool Finder::append_target_key(std::string& out, const Snapshot& snapshot, const policy::KeyRules& rules, const http::RequestView& request, const Peer& peer) {
    space_.clear();
    append_key_space(space_, snapshot, request, peer);
    return policy::append_key(out, space_, request, rules, scratch_);
}

policy::ExactKey Finder::make_exact_key(const Snapshot& snapshot, const policy::KeyRules& rules, const http::RequestView& request, const Peer& peer, const Who& who,
                                        std::string_view content_key) {
    std::string text;
    append_target_key(text, snapshot, rules, request, peer);
    const std::size_t target_end = text.size();
    text.append(content_key);
    const std::size_t shared_end = text.size();
    if (who.has_partition()) append_partition(text, who);
    return policy::split_key(std::move(text), target_end, shared_end);
}

// What is stored under the primary key in `key`, or its variant for this request; `key` and `hash` become those that a fill is filed under.
const fill::StoredResponse* Finder::find_variant(std::string& key, policy::Hash128& hash, bool& is_vary_miss, const http::RequestView& request,
                                             const policy::Covered& covered, const policy::Languages& languages) {
    const std::size_t primary_size = key.size();
    hash = policy::hash_key(key);
    const fill::Filed* const filed = look(hash, key);
    if (filed == nullptr || filed->kind() == fill::Filed::Kind::response) return as_response(filed);
    const auto& specs = static_cast<const fill::VaryMark&>(*filed).specs();
    const auto choose = [&](const policy::VarySpec& spec) {
        key.resize(primary_size);
        append_variant(key, spec, request.fields, covered, languages, &vary_memo_);
        hash = policy::hash_key(key);
    };
    const fill::StoredResponse* best = nullptr;
    for (const auto& spec : specs) {
        choose(spec);
        const fill::StoredResponse* const response = as_response(look(hash, key));
        if (response != nullptr && is_better(*response, best)) best = response;
    }
    // A fill is filed under the newest, which was looked at last, or where what is found stands.
    is_vary_miss = best == nullptr;
    if (best != nullptr && best->key() != key) {
        key = best->key();
        hash = policy::hash_key(key);
    }
    return best;
}

policy::Hash128 uncacheable_hash(policy::Hash128 hash, const policy::RequestFacts& facts) noexcept {
    if (facts.has_authorization) hash.low = ~hash.low;
    return hash;
}

std::string variant_key(std::string_view primary_key, const policy::VarySpec& spec, http::HeaderView request_fields, const policy::Covered& covered,
                        const policy::Languages& languages) {
    std::string key(primary_key);
    if (!spec.empty()) append_variant(key, spec, request_fields, covered, languages);
    return key;
}

std::vector<fill::StoredResponsePtr> variants_for(const memory::Store& store, std::string_view primary_key, WallTime now, http::HeaderView request_fields,
                                                  const policy::Covered& covered, const policy::Languages& languages) {
    std::vector<fill::StoredResponsePtr> found;
    const memory::EntryPtr mark = store.peek(policy::hash_key(primary_key), primary_key);
    if (mark == nullptr || filed(mark).kind() != fill::Filed::Kind::vary_mark) return found;
    for (const policy::VarySpec& spec : static_cast<const fill::VaryMark&>(*mark).specs()) {
        const std::string key = variant_key(primary_key, spec, request_fields, covered, languages);
        const memory::EntryPtr entry = store.peek(policy::hash_key(key), key);
        if (entry == nullptr || !entry->is_kept(now)) continue;
        if (const auto* response = as_response(&filed(entry))) found.emplace_back(response);
    }
    return found;
}

boost::intrusive_ptr<const fill::VaryMark> vary_mark(const Shared& shared, std::string_view primary_key) {
    const memory::EntryPtr entry = shared.store.peek(policy::hash_key(primary_key), primary_key);
    if (entry == nullptr || filed(entry).kind() != fill::Filed::Kind::vary_mark) return nullptr;
    return static_cast<const fill::VaryMark*>(entry.get());
}

bool is_everybodys(std::string_view key, const policy::VarySpec& spec) noexcept {
    return key.find(partition_begin) == std::string_view::npos && !has_claims_of_somebody(key) && policy::tells_nobody_apart(spec);
}

}  // namespace sidecache::pipeline
