// What the origin has said of credentials: refused, ended, or bound to a role. Shared by all workers; asked on each hit of a partition, so that it costs next to
// nothing while there is nothing to know.
#pragma once

#include "cache/secret/keyed_digest.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

namespace sidecache::principals {

using SteadyTime = std::chrono::steady_clock::time_point;

class Standings {
public:
    // `limit`: most credentials that are remembered. What would exceed it makes all credentials begin anew: costly, never wrong.
    explicit Standings(std::size_t limit) : limit_(limit) {}

    struct Standing {
        std::uint64_t ended_at = 0;           // responses of fills before this number serve it no more
        bool is_refused = false;              // nothing stored serves it
        std::optional<secret::Digest> role{}; // the partition that it is bound to
    };
    Standing of(const secret::Digest& credential, SteadyTime now) const noexcept;

    // Nothing of a fill before `fill_number` serves this credential; `until` is when nothing of that is reusable any more by itself.
    void end(const secret::Digest& credential, std::uint64_t fill_number, SteadyTime until, SteadyTime now);
    // Nothing at all serves it. Its role is forgotten.
    void refuse(const secret::Digest& credential, SteadyTime until, SteadyTime now);
    // The origin has told its role.
    void bind(const secret::Digest& credential, const secret::Digest& role, SteadyTime until, SteadyTime now);
    void unbind(const secret::Digest& credential);
    // Nothing of a fill before `fill_number` serves any credential, whatever partition it reads; all roles are forgotten.
    void end_all(std::uint64_t fill_number);

    std::uint64_t ended() const noexcept { return ended_.load(std::memory_order_relaxed); }  // how often a partition was ended or refused

private:
    struct Record {
        Standing standing;
        SteadyTime ends_until{};
        SteadyTime refused_until{};
        SteadyTime role_until{};
        SteadyTime last() const noexcept;
    };
    Record& record_of(const secret::Digest& credential, SteadyTime now);
    void make_room(SteadyTime now);

    const std::size_t limit_;
    mutable std::mutex lock_;
    std::map<secret::Digest, Record> records_;
    SteadyTime all_refused_until_{};
    std::atomic<bool> is_empty_{true};
    std::atomic<std::uint64_t> all_ended_at_{0};
    std::atomic<std::uint64_t> ended_{0};
};

}  // namespace sidecache::principals
