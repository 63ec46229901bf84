#include "cache/principals/standings.hpp"

#include <algorithm>

namespace sidecache::principals {

SteadyTime Standings::Record::last() const noexcept { return std::max({ends_until, refused_until, role_until}); }

Standings::Standing Standings::of(const secret::Digest& credential, SteadyTime now) const noexcept {
    Standing standing;
    standing.ended_at = all_ended_at_.load(std::memory_order_acquire);
    if (is_empty_.load(std::memory_order_acquire)) return standing;
    const std::scoped_lock guard(lock_);
    if (const auto found = records_.find(credential); found != records_.end()) {
        const Record& record = found->second;
        if (now < record.ends_until) standing.ended_at = std::max(standing.ended_at, record.standing.ended_at);
        if (now < record.role_until) standing.role = record.standing.role;
        standing.is_refused = now < record.refused_until;
    }
    standing.is_refused = standing.is_refused || now < all_refused_until_;
    return standing;
}

void Standings::end(const secret::Digest& credential, std::uint64_t fill_number, SteadyTime until, SteadyTime now) {
    const std::scoped_lock guard(lock_);
    Record& record = record_of(credential, now);
    record.standing.ended_at = std::max(record.standing.ended_at, fill_number);
    record.ends_until = std::max(record.ends_until, until);
    ended_.fetch_add(1, std::memory_order_relaxed);
}

void Standings::refuse(const secret::Digest& credential, SteadyTime until, SteadyTime now) {
    const std::scoped_lock guard(lock_);
    Record& record = record_of(credential, now);
    record.refused_until = std::max(record.refused_until, until);
    record.standing.role.reset();
    record.role_until = {};
    ended_.fetch_add(1, std::memory_order_relaxed);
}

void Standings::bind(const secret::Digest& credential, const secret::Digest& role, SteadyTime until, SteadyTime now) {
    const std::scoped_lock guard(lock_);
    Record& record = record_of(credential, now);
    record.standing.role = role;
    record.role_until = until;
}

void Standings::unbind(const secret::Digest& credential) {
    const std::scoped_lock guard(lock_);
    const auto found = records_.find(credential);
    if (found == records_.end() || !found->second.standing.role) return;
    found->second.standing.role.reset();
    found->second.role_until = {};
    ended_.fetch_add(1, std::memory_order_relaxed);
}

void Standings::end_all(std::uint64_t fill_number) {
    const std::scoped_lock guard(lock_);
    all_ended_at_.store(std::max(all_ended_at_.load(std::memory_order_relaxed), fill_number), std::memory_order_release);
    for (auto& [credential, record] : records_) {
        record.standing.role.reset();
        record.role_until = {};
    }
    ended_.fetch_add(1, std::memory_order_relaxed);
}

Standings::Record& Standings::record_of(const secret::Digest& credential, SteadyTime now) {
    if (!records_.contains(credential) && records_.size() >= limit_) make_room(now);
    is_empty_.store(false, std::memory_order_release);
    return records_[credential];
}

// First what has no meaning any more. If that is not enough, roles can be learned again; what was ended or refused must not be forgotten before its
// time, so until then nobody is served from a partition.
void Standings::make_room(SteadyTime now) {
    std::erase_if(records_, [now](const auto& each) { return each.second.last() <= now; });
    if (records_.size() < limit_) return;
    for (const auto& [credential, record] : records_) all_refused_until_ = std::max({all_refused_until_, record.ends_until, record.refused_until});
    records_.clear();
}

}  // namespace sidecache::principals
