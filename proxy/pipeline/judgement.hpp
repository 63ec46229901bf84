// What the store makes of a read, before anyone is asked: a value, and nothing done yet.
#pragma once

#include "cache/policy/outcome.hpp"
#include "cache/policy/partial.hpp"
#include "cache/policy/reuse.hpp"
#include "proxy/pipeline/exchange.hpp"
#include "proxy/pipeline/finder.hpp"
#include "proxy/pipeline/shared.hpp"

#include <cstdint>
#include <optional>

namespace sidecache::pipeline {

// Why a request goes to the origin by itself, side by side with its like: no other request could use what it brings, or most likely not (uncacheable).
enum class Alone : std::uint8_t { no, unkeyable, head, precondition, no_store, uncacheable };

struct Judgement {
    enum class Then : std::uint8_t {
        reuse,              // what is stored answers
        reuse_and_refresh,  // and a fill in the background renews it (RFC 5861 §3)
        refuse,             // only-if-cached: 504
        ask,                // the origin: in a fill, or alone
    } then = Then::ask;
    Alone alone = Alone::no;
    policy::Outcome outcome;                 // as far as it is known
    std::optional<policy::ReuseDecision> decision{};  // where something is stored
    policy::PartialDecision partial{};                // where only parts of it are
    std::optional<fill::Uncacheable::Known> uncacheable{};
};

// `is_trusted`: of what was found, if anything was.
Judgement judge_read(const http::RequestView& request, const policy::RequestFacts& facts, const Found& found, bool is_trusted, std::optional<std::chrono::seconds> softened_for,
                     const fill::Uncacheable& uncacheable, std::chrono::system_clock::time_point wall, std::chrono::steady_clock::time_point steady);

// Have all its answers said no-store, as far as is remembered? A fill would only be dearer (benchmarks/RESULTS.md), and a part or a condition is for one client alone.
// What is stored would want to be validated.
bool goes_past_cache(const http::RequestView& request, const Found& found, const Judgement& judged) noexcept;

// Does its client want none that somebody asked for before it (no-cache, max-age=0)?
bool asks_for_new(const policy::RequestFacts& facts) noexcept;

// May the origin be asked whether it still holds, or must it be fetched whole? What consistency no longer trusts is asked about only by a strong validator.
bool may_validate(const fill::StoredResponse& stored, bool is_trusted) noexcept;

// Of a response that is reused.
inline policy::Outcome outcome_of(const policy::ReuseDecision& decision) noexcept {
    policy::Outcome outcome;
    outcome.served = decision.reuse == policy::Reuse::fresh ? policy::Served::hit : policy::Served::hit_stale;
    outcome.ttl = decision.ttl;
    return outcome;
}

}  // namespace sidecache::pipeline
