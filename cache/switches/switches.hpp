// The rules of consistency, each with a switch: in a build for tests (SIDECACHE_SWITCHES) one can be switched off, to show that its test then fails
// (docs/consistency.md). In any other build all hold, and to ask costs nothing.
#pragma once

#include <cstdint>

namespace sidecache::switches {

enum class Rule : std::uint8_t {
    epoch_check,       // what a write has ended is not reused
    clock_last,        // S1: slots first, then the clock
    groups_of_head,    // S2: a fill is shared only once the groups that its head names are known
    detach,            // S3: nobody waits for a fill that a write has overtaken
    trust_first,       // S4: consistency's question before RFC 9111's, however stale a response may be reused
    strong_dates,      // S5: a Last-Modified of the second of its Date names nothing
    named_by_304,      // S6: a 304 confirms what its tag names, or what was asked about
    head_confirms,     // S7: a HEAD makes young only what it names by a strong tag
    earliest_part,     // S7: parts together are as old as the oldest
    install_order,     // S8: what is older never replaces what is newer
    written_alone,     // S9: the answer to a write is stored only if no other write came between
    absent,            // S10: a write ends the errors that are stored
    tree_of_row,       // S11: a write below a row ends all below the row
    one_spelling,      // S12: groups over-normalise paths
    named_space,       // S13: groups do not contain the host
    no_silent_cut,     // S14: too many groups are not stored, or end everything
    answer_kept,       // S15: an answer is kept until its content has told what else was written
    second_tick,       // S16: the clock ticks again before the last byte
    held_if_unknown,   // S17: what may be written later is held
    sent_once,         // S18: no unsafe request is sent again
    override_dropped,  // S19: fields that make another method of a request do not reach the origin
    write_before_read, // S20: what follows a write on its connection is decided once that is answered
    old_value,         // S21: what was stored of a row counts only if it is good at the tick
    held_by_start,     // S22: a hold counts by the start of a fill
    epoch_of_age,      // S23: what comes out of another cache is as old as its Age
    asked_after,       // S24: who asks for a new answer joins no fill begun before
    rules_in_entry,    // S25: what was named by other rules is not reused
    rules_of_write,    // F13: a write begun under other rules ends everything
    claimed,           // S26: a listen address belongs to one process
    no_reuse_in_drain, // S26: a process that stops reuses nothing
    soft_clock,        // S27: what is only made stale goes by a clock of its own
    declared_safe,     // S28: what is declared safe ends nothing
    incarnation_in_entry, // F8: what was stored under another incarnation is not reused
    stream_alone,      // F1: only the stream of ticks moves a node's mirror
    gaps_seen,         // F7: where a message of the stream is missing the node reads the whole table
    probe_applied,     // F2: trust comes from a probe whose clock is applied
    proven_reads,      // CONSISTENCY 1.4: where reads are verified, what is stored answers only once all that was ticked before is applied
    trust_ends,        // F4, F15: nothing is reused at or after the end of trust, by the clock as it is then
    lease_from_sending, // F3: trust counts from before the probe was sent
    heard_by_all,      // F6: a write is answered once all who may trust have heard of its tick
    lease_before_removal, // F2, F5: nobody is removed who may trust yet
    held_by_replicas,  // F9: what Redis was told counts once all its replicas have it
    bound_to_history,  // F8: another master, or one that was restarted, begins another incarnation
    keys_counted,      // F10: what is missing of the state is seen by the next turn
    announced,         // F12: the fleet knows of a write before a byte of it is forwarded
    tick_gone_through, // CONSISTENCY 1.4: a node whose tick failed, and for which nobody waits, reuses nothing until it has gone through
    held_at_removal,   // F12: what a removed node had announced is ended, and held
    lease_before_settled, // F11: no write is answered while an earlier incarnation may be trusted
    named_alike,       // F13: while nodes name groups by different rules, every tick is of everything
    asked_anew,        // F16: a server that refuses a turn is looked up again
    silent_removed,    // F17: who is silent is removed, so that writes wait for it a lease and a half at most
    shared_in_trust,   // F14: without trust only a fill begun after a request is shared with it
};

#ifdef SIDECACHE_SWITCHES
// Named in the environment variable SIDECACHE_SWITCHED_OFF, with commas between. A name that is no rule's ends the process.
bool is_off(Rule rule) noexcept;
#else
constexpr bool is_off(Rule) noexcept { return false; }
#endif

}  // namespace sidecache::switches
