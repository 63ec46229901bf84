#include "proxy/pipeline/write_fence.hpp"

#include "cache/fleet/control.hpp"
#include "cache/http/target.hpp"
#include "cache/switches/switches.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace sidecache::pipeline {

using switches::is_off;
using switches::Rule;

policy::GroupSpace group_space(const Snapshot& snapshot) {
    policy::GroupSpace space;
    space.name = snapshot.space;
    space.seed = snapshot.group_seed;
    space.limit = snapshot.options.groups;
    space.api_base = "/api";
    space.writes_name_absent = !snapshot.options.keep_absent;
    return space;
}

WriteFence::WriteFence(Shared& shared, const std::shared_ptr<const Snapshot>& snapshot, std::size_t route, const http::RequestView& request)
    : shared_(&shared),
      last_(shared.epochs.stamp()),
      settle_(snapshot->options.settle),
      keep_on_failure_(snapshot->routes.rules(route).keep_on_failed_write),
      is_overridden_(policy::is_overridden(request, snapshot->routes.rules(route))),
      space_(group_space(*snapshot)),
      rows_(snapshot, request, is_overridden_),
      rules_identity_(snapshot->rules_identity) {
    policy::groups_of_write(possible_, space_, request, nullptr, nullptr, is_overridden_);
    if (rows_.rules().fences_begin()) known_ = possible_;
    rows_.append_groups(possible_, space_, false);
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
      is_overridden_(other.is_overridden_),
      space_(other.space_),
      rows_(std::move(other.rows_)),
      open_hold_(std::exchange(other.open_hold_, std::nullopt)),
      announced_(std::exchange(other.announced_, {})),
      told_(std::move(other.told_)),
      rules_identity_(other.rules_identity_),
      known_(std::move(other.known_)),
      possible_(std::move(other.possible_)),
      named_(std::move(other.named_)),
      watched_(std::move(other.watched_)),
      own_(other.own_),
      is_outcome_open_(std::exchange(other.is_outcome_open_, false)),
      hold_at_end_(std::exchange(other.hold_at_end_, std::nullopt)),
      was_refused_(other.was_refused_) {}

WriteFence& WriteFence::operator=(WriteFence&& other) noexcept {
    std::swap(shared_, other.shared_);
    std::swap(last_, other.last_);
    std::swap(is_alone_, other.is_alone_);
    std::swap(has_ticked_, other.has_ticked_);
    std::swap(settle_, other.settle_);
    std::swap(keep_on_failure_, other.keep_on_failure_);
    std::swap(is_overridden_, other.is_overridden_);
    std::swap(space_, other.space_);
    std::swap(rows_, other.rows_);
    std::swap(open_hold_, other.open_hold_);
    std::swap(announced_, other.announced_);
    std::swap(told_, other.told_);
    std::swap(rules_identity_, other.rules_identity_);
    std::swap(known_, other.known_);
    std::swap(possible_, other.possible_);
    std::swap(named_, other.named_);
    std::swap(watched_, other.watched_);
    std::swap(own_, other.own_);
    std::swap(is_outcome_open_, other.is_outcome_open_);
    std::swap(hold_at_end_, other.hold_at_end_);
    std::swap(was_refused_, other.was_refused_);
    return *this;
}

WriteFence::~WriteFence() {
    if (is_outcome_open_) on_unknown();
    on_end();
    leave();
}

runtime::Task<bool> WriteFence::announce(runtime::Loop& loop) {
    if (shared_->fleet == nullptr) co_return true;
    told_ = std::make_shared<FleetWrite>(loop, *shared_->fleet);
    const bool is_known = co_await told_->begin(possible_, std::chrono::ceil<std::chrono::milliseconds>(hold_of_unknown()), rules_identity_.value_or(last_.rules));
    co_return is_known;
}

runtime::Task<bool> WriteFence::heard() {
    if (told_ == nullptr) co_return true;
    const bool is_heard = co_await told_->heard();
    if (!is_heard) shared_->counts.writes_unheard.fetch_add(1, std::memory_order_relaxed);
    co_return is_heard;
}

runtime::Task<bool> WriteFence::begin() {
    if (!rows_.rules().fences_begin()) co_return true;
    rows_.append_known(known_, space_);
    shared_->counts.writes_fenced.fetch_add(1, std::memory_order_relaxed);
    if (told_ == nullptr) {
        open_hold_ = shared_->epochs.open_hold(known_);
        co_return true;
    }
    const bool is_heard = co_await FleetWrite::hold(told_, known_, rules_identity_.value_or(last_.rules));
    co_return is_heard;
}

void WriteFence::on_sending() {
    is_outcome_open_ = true;
    announced_ = possible_;
    shared_->epochs.begin_write(announced_);
}

void WriteFence::leave() {
    if (!announced_.empty()) shared_->epochs.end_write(announced_);
    announced_.clear();
    if (open_hold_) shared_->epochs.close_hold(*open_hold_);
    open_hold_.reset();
    if (told_ != nullptr) told_->withdraw();  // where it has not ticked for the last time
}

bool WriteFence::tick(const policy::Groups& groups, std::chrono::nanoseconds hold, Cause cause, Order order, const epochs::OldValue* old) {
    auto& count = cause == Cause::answer ? shared_->counts.writes_invalidating : shared_->counts.writes_unknown;
    count.fetch_add(1, std::memory_order_relaxed);
    if (shared_->fleet == nullptr) return tick_here(groups, hold, old);
    tick_fleet(groups, hold, order, old);
    return false;
}

bool WriteFence::tick_here(const policy::Groups& groups, std::chrono::nanoseconds hold, const epochs::OldValue* old) {
    const epochs::Tick tick =
        shared_->epochs.tick_watching({groups.data(), groups.size()}, {watched_.data(), watched_.size()}, hold, epochs::BootClock::now(), old);
    is_alone_ = is_alone_ && tick.previous <= last_.epoch;
    last_.epoch = tick.now;
    has_ticked_ = true;
    // Begun under rules that hold no more: what is stored by the new ones may have other names (CONSISTENCY 1.3, F13). Compared after the tick: what is fetched under
    // rules that come later yet is fetched after the origin has answered.
    const bool is_of_other_rules = rules_identity_ && shared_->epochs.stamp().rules != *rules_identity_;
    if (is_of_other_rules && !is_off(Rule::rules_of_write)) shared_->epochs.tick(std::array{policy::everything_group(space_)}, hold);
    return tick.was_good;
}

// Of other rules than the fleet's it makes a tick of everything by itself.
void WriteFence::tick_fleet(const policy::Groups& groups, std::chrono::nanoseconds hold, Order order, const epochs::OldValue* old) {
    const auto groups_of = [](std::span<const policy::Group> list) { return policy::Groups(list.begin(), list.end()); };
    fleet::Tick tick;
    tick.groups = groups;
    tick.watched = watched_;
    tick.hold = std::chrono::ceil<std::chrono::milliseconds>(hold);
    tick.rules = rules_identity_.value_or(last_.rules);
    tick.is_last = order == Order::last;
    if (old != nullptr) tick.old.emplace(fleet::OldValue{old->stamp.incarnation, old->stamp.epoch, groups_of(old->groups), groups_of(old->if_good), groups_of(old->otherwise)});
    if (told_ != nullptr) {
        told_->tick(std::move(tick));
    } else {
        tick.write = shared_->fleet->next_write();
        shared_->fleet->tick(std::move(tick));
    }
}

// What the answer and the rules name. What was stored of the row from before counts only if it is still good under the lock of this very tick.
void WriteFence::tick_named(std::chrono::nanoseconds hold, Cause cause, Order order) {
    if (is_off(Rule::answer_kept)) {
        tick(named_, hold, cause, order);
        return;
    }
    policy::Groups otherwise;
    rows_.append_groups(otherwise, space_, false);
    const fill::StoredResponse* stored = rows_.stored();
    if (stored == nullptr) {
        policy::add_groups(named_, otherwise);
        tick(named_, hold, cause, order);
        return;
    }
    policy::Groups if_good;
    rows_.append_groups(if_good, space_, true);
    const epochs::OldValue old{stored->stamp(), stored->groups(), if_good, otherwise, announced_};
    const bool was_good = tick(named_, hold, cause, order, &old);
    // For the end, where it ticks once more.
    policy::add_groups(named_, was_good ? if_good : otherwise);
    if (shared_->fleet != nullptr) policy::add_groups(named_, if_good);  // both: which of them counted is not known here yet
}

void WriteFence::on_answer(const http::RequestView& request, const http::ResponseView& response, bool is_whole) {
    is_outcome_open_ = false;
    if (response.status >= 400 && response.status < 500) {
        // A refusal changed nothing; but the row is not as we knew it where the origin says that it is gone or different.
        was_refused_ = true;
        if (response.status == 404 || response.status == 410 || response.status == 412) {
            named_.assign(1, own_);
            tick(named_, {}, Cause::answer, Order::last);
        }
        leave();
        return;
    }
    const bool is_unknown = response.status == 502 || response.status == 504;  // of a proxy behind us: it may commit later
    const bool is_kept = response.status >= 500 && !is_unknown && keep_on_failure_;  // RFC 9111 §4.4: "non-error" only
    if (!is_kept) {
        named_.clear();
        policy::groups_of_write(named_, space_, request, &response, nullptr, is_overridden_);
        if (response.names.has(http::FieldName::cache_group_invalidation)) rows_.append_families(named_, space_);
        // 202: accepted, and done at some later time.
        const bool is_held = is_unknown || response.status == 202;
        const auto hold = std::max<std::chrono::nanoseconds>(is_held ? settle_ : std::chrono::nanoseconds(0), rows_.rules().hold());
        const bool ticks_again = !is_whole && !is_off(Rule::second_tick);
        tick_named(hold, is_held ? Cause::unknown : Cause::answer, ticks_again ? Order::more_follow : Order::last);
        if (ticks_again) hold_at_end_ = hold;
    }
    if (!hold_at_end_) leave();
}

void WriteFence::on_end() {
    if (!hold_at_end_) return;
    tick(named_, *std::exchange(hold_at_end_, std::nullopt), Cause::answer, Order::last);
    leave();
}

std::optional<epochs::Stamp> WriteFence::stamp_if_alone() const noexcept {
    const epochs::Stamp now = shared_->epochs.stamp();
    const bool is_of_one_clock = now.incarnation == last_.incarnation && now.rules == last_.rules;
    if (told_ != nullptr) {
        // Under rules that hold no more its groups are those of the old ones, and no later write under the new ones would end it.
        const bool is_of_these_rules = now.rules == rules_identity_.value_or(now.rules);
        const auto clock = is_of_one_clock && is_of_these_rules && !watched_.empty() ? told_->clock_if_alone(last_.epoch) : std::nullopt;
        return clock ? std::optional(epochs::Stamp{*clock, last_.incarnation, last_.rules}) : std::nullopt;
    }
    const bool is_alone = is_alone_ || is_off(Rule::written_alone);
    return has_ticked_ && is_alone && is_of_one_clock && !watched_.empty() ? std::optional(last_) : std::nullopt;
}

std::chrono::nanoseconds WriteFence::hold_of_unknown() const { return std::max<std::chrono::nanoseconds>(settle_, rows_.rules().hold()); }

void WriteFence::on_unknown() {
    is_outcome_open_ = false;
    hold_at_end_.reset();
    rows_.append_groups(possible_, space_, false);  // its request may be known by now
    tick(possible_, is_off(Rule::held_if_unknown) ? std::chrono::nanoseconds(0) : hold_of_unknown(), Cause::unknown, Order::last);
    leave();
}

void WriteFence::on_cut_short() {
    if (was_refused_) return;
    // Also what the head of its answer named beyond the request.
    policy::add_groups(possible_, named_);
    on_unknown();
}

void WriteFence::on_late_answer(const http::RequestView& request, const http::ResponseView& response) {
    policy::groups_of_write(named_, space_, request, &response, nullptr, is_overridden_);
    rows_.append_families(named_, space_);
    rows_.append_groups(possible_, space_, false);
    tick(possible_, rows_.rules().hold(), Cause::answer, Order::last);
    tick(named_, rows_.rules().hold(), Cause::answer, Order::last);
}

}  // namespace sidecache::pipeline
