#include "cache/fleet/member.hpp"

#include "cache/switches/switches.hpp"

#include <algorithm>

namespace sidecache::fleet {

using switches::is_off;
using switches::Rule;

namespace {

constexpr int turns_per_lease = 4;

}  // namespace

void Member::adopt(Incarnation incarnation, const Parameters& parameters, BootTime now) {
    incarnation_ = incarnation;
    parameters_ = parameters;
    adopted_ = now;
    is_settled_ = false;
    is_member_ = false;
    applied_ = 0;
    observed_.clear();
    turn_due_ = now;
    lose_mirror();
}

void Member::lose_mirror() noexcept {
    has_mirror_ = false;
    ++losses_;
    trust_end_ = BootTime{};
    probe_.reset();
    probed_clock_ = 0;
}

void Member::end_trust() noexcept {
    is_draining_ = true;
    trust_end_ = BootTime{};
    probe_.reset();
}

Member::Message Member::assess_message(Clock tick) const noexcept {
    if (tick <= applied_) return Message::known;
    return tick == applied_ + 1 || is_off(Rule::gaps_seen) ? Message::next : Message::gap;
}

void Member::note_applied(Clock tick) {
    applied_ = std::max(applied_, tick);
    try_to_trust();
}

void Member::note_table(Clock clock) {
    has_mirror_ = true;
    applied_ = std::max(applied_, clock);
    try_to_trust();
}

// Only a probe gives trust, and only once all that was ticked before it is applied here: a stream may be late, or half-open, while probes pass (CONSISTENCY F2).
void Member::try_to_trust() {
    if (!probe_ || !has_mirror_ || is_draining_) return;
    if (applied_ < probe_->clock && !is_off(Rule::probe_applied)) return;
    trust_end_ = std::max(trust_end_, probe_->sent + parameters_.trust());
    probe_.reset();
}

void Member::fill(Turn& turn, BootTime now) {
    turn.incarnation = incarnation_;
    turn.node = node_;
    turn.rules = rules_;
    turn.applied = has_mirror_ ? applied_ : 0;
    turn.is_probe = may_probe();
    turn.leaves = is_leaving_;
    const auto lease = is_off(Rule::lease_before_removal) ? std::chrono::nanoseconds(0) : parameters_.removal();
    for (const Observed& other : observed_) {
        if (now - other.since >= lease && !is_off(Rule::silent_removed)) turn.removals.push_back({other.node, other.grant});
    }
    // Who trusts an earlier incarnation does so for a lease at most since it began to send its last probe, which was before this one began (CONSISTENCY F11).
    turn.settles = !is_settled_ && (now - adopted_ >= parameters_.removal() || is_off(Rule::lease_before_settled));
    turn_due_ = now + parameters_.lease / turns_per_lease;
}

void Member::note_answer(const Turn& turn, const Answer& answer, BootTime sent, BootTime now) {
    if (answer.state != Answer::State::kept || answer.incarnation != incarnation_ || turn.incarnation != incarnation_) return;
    is_settled_ = answer.is_settled;
    is_member_ = answer.is_member;
    std::vector<Observed> seen;
    for (const Seen& other : answer.members) {
        if (other.node == node_) continue;
        const auto known = std::ranges::find(observed_, other.node, &Observed::node);
        const bool is_unchanged = known != observed_.end() && known->grant == other.grant;
        seen.push_back(is_unchanged ? *known : Observed{other.node, other.grant, now});
    }
    observed_ = std::move(seen);
    if (is_off(Rule::stream_alone)) applied_ = std::max(applied_, answer.clock);  // CONSISTENCY F1
    if (!turn.is_probe || !has_mirror_) return;
    probed_clock_ = answer.clock;
    // From before it was sent: Redis may have stopped in between, and what was ticked since is not asked of (CONSISTENCY F3).
    probe_ = Probe{answer.clock, is_off(Rule::lease_from_sending) ? now : sent};
    try_to_trust();
}

}  // namespace sidecache::fleet
