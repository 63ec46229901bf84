// What a write does to the cache, from before it leaves until its answer is delivered (CONSISTENCY 1.1 write).
#pragma once

#include "cache/policy/groups.hpp"
#include "proxy/pipeline/fleet_write.hpp"
#include "proxy/pipeline/named_rows.hpp"
#include "proxy/pipeline/shared.hpp"

#include <cstdint>
#include <optional>

namespace sidecache::pipeline {

class WriteFence {
public:
    WriteFence(WriteFence&& other) noexcept;
    WriteFence& operator=(WriteFence&& other) noexcept;
    // Whatever ends it without a word after a byte has left, an exception too: the outcome is unknown.
    ~WriteFence();

    // Of the request alone: what holds for every answer.
    WriteFence(Shared& shared, const std::shared_ptr<const Snapshot>& snapshot, std::size_t route, const http::RequestView& request);

    // The other rows that it names by the rules: its contents are told to it before `on_answer`.
    NamedRows& rows() noexcept { return rows_; }

    // Before a byte of the request leaves, the fleet is told of it, where there is one. False: it was not in time, and nothing may leave.
    runtime::Task<bool> announce(runtime::Loop& loop);

    // With `fence: begin` its groups end now already, and are held until it has ended (CONSISTENCY 0). False: the fleet has not heard of that in time, and nothing may leave.
    runtime::Task<bool> begin();

    // A byte of the request may leave from now on.
    void on_sending();

    // The final head came; nothing of it was delivered yet. `is_whole`: its content is here too and all request content was sent, so the
    // origin has committed whatever it will.
    void on_answer(const http::RequestView& request, const http::ResponseView& response, bool is_whole);

    // Before the last byte goes out: an answer that was not whole may have been followed by the commit.
    void on_end();

    // A byte has left and no answer will tell what became of it: invalidated now, and held since it may commit later.
    void on_unknown();

    // The request's content ended before its time, though an answer had come.
    void on_cut_short();

    // Before on_answer: its answer may be stored, and belongs to these groups.
    void watch(const policy::Groups& groups) { watched_ = groups; }
    // Did no other write of the watched groups come between its start and its last tick (CONSISTENCY 1.1 write-through)? Then that is the epoch of what it answered.
    std::optional<epochs::Stamp> stamp_if_alone() const noexcept;

    // After what invalidates, and before what follows it goes out: has the fleet heard of it, where there is one? False: not in time, and nobody may be answered.
    runtime::Task<bool> heard();
    // What `heard` waits for; null: no fleet, or not announced to it.
    const std::shared_ptr<FleetWrite>& told() const noexcept { return told_; }

    // After on_unknown, an answer came after all, for nobody: it has committed by now.
    void on_late_answer(const http::RequestView& request, const http::ResponseView& response);

private:
    enum class Cause : std::uint8_t { answer, unknown };
    enum class Order : std::uint8_t { more_follow, last };
    // True: what was stored of the row from before was good; of a fleet nobody knows yet.
    bool tick(const policy::Groups& groups, std::chrono::nanoseconds hold, Cause cause, Order order, const epochs::OldValue* old = nullptr);
    bool tick_here(const policy::Groups& groups, std::chrono::nanoseconds hold, const epochs::OldValue* old);
    void tick_fleet(const policy::Groups& groups, std::chrono::nanoseconds hold, Order order, const epochs::OldValue* old);
    void tick_named(std::chrono::nanoseconds hold, Cause cause, Order order);
    std::chrono::nanoseconds hold_of_unknown() const;
    void leave();  // it has ticked for the last time

    Shared* shared_;
    epochs::Stamp last_;     // the clock before anything left, then at each tick of its own
    bool is_alone_ = true;   // no other write's tick was seen in the watched groups
    bool has_ticked_ = false;
    std::chrono::nanoseconds settle_;
    bool keep_on_failure_;
    bool is_overridden_;  // a field may make another method of it
    policy::GroupSpace space_;
    NamedRows rows_;
    std::optional<epochs::OpenHold> open_hold_;  // `fence: begin`
    policy::Groups announced_;                   // to writes that judge old values; empty: not yet, or no more
    std::shared_ptr<FleetWrite> told_;           // to the fleet, once it was announced
    std::optional<std::uint64_t> rules_identity_;
    policy::Groups known_;     // of the request alone, with `fence: begin`
    policy::Groups possible_;  // of any answer
    policy::Groups named_;     // of the answer that came
    policy::Groups watched_;   // of what is stored of that answer
    policy::Group own_;
    bool is_outcome_open_ = false;
    std::optional<std::chrono::nanoseconds> hold_at_end_;  // of the tick before the last byte, where there has to be one
    bool was_refused_ = false;  // 4xx: nothing was written
};

// The space of groups that a snapshot's responses and writes name.
policy::GroupSpace group_space(const Snapshot& snapshot);

}  // namespace sidecache::pipeline
