#include "proxy/pipeline/write_fence.hpp"

#include "cache/http/target.hpp"

#include <span>
#include <utility>

namespace sidecache::pipeline {

policy::GroupSpace group_space(const Snapshot& snapshot) {
    policy::GroupSpace space;
    space.name = snapshot.space;
    space.limit = snapshot.options.groups;
    space.api_base = "/api";
    space.writes_name_absent = !snapshot.options.keep_absent;
    return space;
}

WriteFence::WriteFence(Shared& shared, const Snapshot& snapshot, std::size_t route, const http::RequestView& request)
    : shared_(&shared),
      last_(shared.epochs.stamp()),
      settle_(snapshot.options.settle),
      keep_on_failure_(snapshot.routes.rules(route).keep_on_failed_write),
      space_(group_space(snapshot)) {
    policy::groups_of_write(possible_, space_, request, nullptr);
    std::string path;
    own_ = http::append_group_path(path, request.path) ? policy::own_group(space_, path) : policy::everything_group(space_);
}

WriteFence::WriteFence(WriteFence&& other) noexcept
    : shared_(other.shared_),
      last_(other.last_),
      is_alone_(other.is_alone_),
      has_ticked_(other.has_ticked_),
      settle_(other.settle_),
      keep_on_failure_(other.keep_on_failure_),
      space_(other.space_),
      possible_(std::move(other.possible_)),
      named_(std::move(other.named_)),
      watched_(std::move(other.watched_)),
      own_(other.own_),
      is_outcome_open_(std::exchange(other.is_outcome_open_, false)),
      must_tick_at_end_(std::exchange(other.must_tick_at_end_, false)),
      was_refused_(other.was_refused_) {}

WriteFence& WriteFence::operator=(WriteFence&& other) noexcept {
    std::swap(shared_, other.shared_);
    std::swap(last_, other.last_);
    std::swap(is_alone_, other.is_alone_);
    std::swap(has_ticked_, other.has_ticked_);
    std::swap(settle_, other.settle_);
    std::swap(keep_on_failure_, other.keep_on_failure_);
    std::swap(space_, other.space_);
    std::swap(possible_, other.possible_);
    std::swap(named_, other.named_);
    std::swap(watched_, other.watched_);
    std::swap(own_, other.own_);
    std::swap(is_outcome_open_, other.is_outcome_open_);
    std::swap(must_tick_at_end_, other.must_tick_at_end_);
    std::swap(was_refused_, other.was_refused_);
    return *this;
}

WriteFence::~WriteFence() {
    if (is_outcome_open_) on_unknown();
    on_end();
}

void WriteFence::tick(const policy::Groups& groups, std::chrono::nanoseconds hold) {
    const epochs::Tick tick = shared_->epochs.tick_watching({groups.data(), groups.size()}, {watched_.data(), watched_.size()}, hold);
    is_alone_ = is_alone_ && tick.previous <= last_.epoch;
    last_.epoch = tick.now;
    has_ticked_ = true;
    auto& count = hold.count() == 0 ? shared_->counts.writes_invalidating : shared_->counts.writes_unknown;
    count.fetch_add(1, std::memory_order_relaxed);
}

void WriteFence::on_answer(const http::RequestView& request, const http::ResponseView& response, bool is_whole) {
    is_outcome_open_ = false;
    if (response.status >= 400 && response.status < 500) {
        // A refusal changed nothing; but the row is not as we knew it where the origin says that it is gone or different.
        was_refused_ = true;
        if (response.status != 404 && response.status != 410 && response.status != 412) return;
        named_.assign(1, own_);
        tick(named_, {});
        return;
    }
    const bool is_unknown = response.status == 502 || response.status == 504;  // of a proxy behind us: it may commit later
    if (response.status >= 500 && !is_unknown && keep_on_failure_) return;     // RFC 9111 §4.4: "non-error" only
    named_.clear();
    policy::groups_of_write(named_, space_, request, &response);
    // 202: accepted, and done at some later time.
    tick(named_, is_unknown || response.status == 202 ? settle_ : std::chrono::nanoseconds(0));
    must_tick_at_end_ = !is_whole;
}

void WriteFence::on_end() {
    if (!must_tick_at_end_) return;
    must_tick_at_end_ = false;
    tick(named_, {});
}

std::optional<epochs::Stamp> WriteFence::stamp_if_alone() const noexcept {
    const epochs::Stamp now = shared_->epochs.stamp();
    const bool is_of_one_clock = now.incarnation == last_.incarnation && now.rules == last_.rules;
    return has_ticked_ && is_alone_ && is_of_one_clock && !watched_.empty() ? std::optional(last_) : std::nullopt;
}

void WriteFence::on_unknown() {
    is_outcome_open_ = false;
    must_tick_at_end_ = false;
    tick(possible_, settle_);
}

void WriteFence::on_cut_short() {
    if (was_refused_) return;
    // Also what the head of its answer named beyond the request.
    policy::add_groups(possible_, named_);
    on_unknown();
}

void WriteFence::on_late_answer(const http::RequestView& request, const http::ResponseView& response) {
    policy::groups_of_write(named_, space_, request, &response);
    tick(possible_, {});
    tick(named_, {});
}

}  // namespace sidecache::pipeline
