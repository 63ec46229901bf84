#include "proxy/pipeline/write_refreshes.hpp"

#include "cache/policy/reuse.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

namespace sidecache::pipeline {
namespace {

using namespace std::chrono_literals;

// What stands in the store no more is forgotten after that time, though nothing was written: its request may hold a credential.
constexpr auto longest_without_a_look = 10s;
// Between two looks at one that has to wait for a write or a hold: each of them takes the lock of all writes.
constexpr auto patience = 100ms;

static_assert(RefreshOptions::most_hits == fill::StoredResponse::most_hits);

bool is_fresh(const fill::StoredResponse& response, std::chrono::system_clock::time_point now) {
    return !response.facts().always_validate && policy::current_age(response.facts(), now) < response.facts().lifetime;
}

}  // namespace

void WriteRefreshes::note(const RefreshOptions& options, const fill::StoredResponse& filed, std::shared_ptr<const Repeat> repeat) {
    if (options.candidates == 0) return;
    const policy::Hash128 hash = policy::hash_key(filed.key());
    const std::scoped_lock guard(lock_);
    has_news_ = has_news_ || filed.stamp().epoch < seen_clock_;  // a write that was seen may have overtaken it
    while (candidates_.size() > options.candidates) remove(candidates_.size() - 1);
    Candidate noted{hash, std::string(filed.key()), std::move(repeat)};
    if (const auto present = index_.find(hash); present != index_.end()) {
        candidates_[present->second] = std::move(noted);
    } else if (candidates_.size() < options.candidates) {
        index_.emplace(hash, candidates_.size());
        candidates_.push_back(std::move(noted));
    } else {
        oldest_ %= candidates_.size();
        index_.erase(candidates_[oldest_].hash);
        index_.emplace(hash, oldest_);
        candidates_[oldest_++] = std::move(noted);
    }
    tell_size();
}

void WriteRefreshes::remove(std::size_t index) {
    index_.erase(candidates_[index].hash);
    if (index + 1 != candidates_.size()) {
        candidates_[index] = std::move(candidates_.back());
        index_[candidates_[index].hash] = index;
    }
    candidates_.pop_back();
}

WriteRefreshes::State WriteRefreshes::state_of(const Candidate& candidate, const memory::Store& store, const epochs::Epochs& epochs, const Moment& now,
                                               fill::StoredResponsePtr& response) {
    const memory::EntryPtr entry = store.peek(candidate.hash, candidate.key);
    if (entry == nullptr || static_cast<const fill::Filed&>(*entry).kind() != fill::Filed::Kind::response) return State::gone;
    response.reset(&static_cast<const fill::StoredResponse&>(*entry));
    switch (response->standing(epochs)) {
        case epochs::Standing::trusted: return State::good;
        // What the origin has to be asked about anyway is not as good as new for anybody.
        case epochs::Standing::invalidated: return is_fresh(*response, now.wall) && !response->must_recheck() ? State::ended : State::gone;
        case epochs::Standing::ended:
        case epochs::Standing::unproven:
        case epochs::Standing::incarnation:
        case epochs::Standing::rules: break;  // no write did that
    }
    return State::gone;
}

void WriteRefreshes::look_through(const RefreshOptions& options, const memory::Store& store, const epochs::Epochs& epochs, const Moment& now) {
    const std::uint64_t clock = epochs.clock();
    if (clock == seen_clock_ && !has_news_ && now.boot - looked_ < longest_without_a_look) return;
    seen_clock_ = clock;
    has_news_ = false;
    looked_ = now.boot;
    for (std::size_t i = candidates_.size(); i-- > 0;) {
        fill::StoredResponsePtr response;
        const State state = state_of(candidates_[i], store, epochs, now, response);
        if (state == State::good) continue;
        if (state == State::ended) {
            candidates_[i].hits = response->hits();
            if (candidates_[i].hits >= options.hits) {
                due_.push_back(candidates_[i]);
            } else {
                counts.cold.fetch_add(1, std::memory_order_relaxed);
            }
        }
        remove(i);
    }
    std::ranges::stable_sort(due_, {}, &Candidate::hits);
    const std::size_t over = due_.size() - std::min(due_.size(), options.candidates);
    due_.erase(due_.begin(), due_.begin() + static_cast<std::ptrdiff_t>(over));
    counts.late.fetch_add(over, std::memory_order_relaxed);
}

bool WriteRefreshes::take_from_rate(const RefreshOptions& options, epochs::BootTime now) {
    const auto each = std::chrono::nanoseconds(1s) / static_cast<std::int64_t>(options.rate);
    const auto begun = std::max(rate_until_, now);
    if (begun - now > each * static_cast<std::int64_t>(options.concurrency - 1)) return false;
    rate_until_ = begun + each;
    return true;
}

std::optional<WriteRefreshes::Due> WriteRefreshes::next(const RefreshOptions& options, const memory::Store& store, const epochs::Epochs& epochs, const Moment& now) {
    if (size_.load(std::memory_order_relaxed) == 0) return std::nullopt;
    const std::unique_lock guard(lock_, std::try_to_lock);
    if (!guard) return std::nullopt;  // another worker is at it
    look_through(options, store, epochs, now);
    std::optional<Due> found;
    for (std::size_t i = due_.size(); i-- > 0 && !found;) {
        fill::StoredResponsePtr response;
        if (now.boot < due_[i].not_before) continue;
        if (state_of(due_[i], store, epochs, now, response) != State::ended) {
            counts.late.fetch_add(1, std::memory_order_relaxed);
        } else if (!epochs.is_settled(response->groups(), now.boot)) {
            due_[i].not_before = now.boot + patience;
            continue;
        } else if (running_.load(std::memory_order_relaxed) >= options.concurrency || !take_from_rate(options, now.boot)) {
            break;
        } else {
            found = Due{due_[i].hash, std::move(due_[i].key), std::move(due_[i].repeat), Permit(running_)};
        }
        due_.erase(due_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    tell_size();
    return found;
}

void WriteRefreshes::forget() {
    const std::scoped_lock guard(lock_);
    candidates_.clear();
    index_.clear();
    due_.clear();
    tell_size();
}

std::size_t WriteRefreshes::candidates() const {
    const std::scoped_lock guard(lock_);
    return candidates_.size() + due_.size();
}

}  // namespace sidecache::pipeline
