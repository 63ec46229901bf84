// What a stored response's fields say, in 44 octets instead of 112: each that is stored has them.
#pragma once

#include "cache/policy/response_facts.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

namespace sidecache::fill {

// Times are counted in whole seconds of 32 bits, but for when the response came. What does not fit is kept as the next that does: a lifetime or an age of more than
// 136 years (RFC 9111 §1.2.2 asks for 68), a Date more than 68 years from when it came. A Last-Modified of more than 132 years before, or 4 after it, is that there
// was one, and not when: no client's copy can be compared with it.
class PackedFacts {
public:
    PackedFacts(const policy::ResponseFacts& facts, int status) noexcept
        : response_time_(facts.response_time),
          lifetime_(pack(facts.lifetime - beyond(facts.corrected_initial_age))),
          corrected_initial_age_(pack(facts.corrected_initial_age)),
          age_value_(pack(facts.age_value)),
          while_revalidate_(pack(facts.while_revalidate)),
          if_error_(pack(facts.if_error)),
          keep_(pack(facts.keep)),
          date_(pack_date(facts.date)),
          last_modified_(pack_modified(facts.last_modified)),
          status_(static_cast<std::uint16_t>(status)),
          source_(facts.source),
          had_age_(facts.had_age),
          is_shared_(facts.is_shared),
          always_validate_(facts.always_validate),
          never_stale_(facts.never_stale),
          has_strong_etag_(facts.has_strong_etag),
          has_etag_(facts.has_etag),
          has_last_modified_(facts.has_last_modified),
          last_modified_is_strong_(facts.last_modified_is_strong) {}

    int status() const noexcept { return status_; }

    policy::ResponseFacts facts() const noexcept {
        policy::ResponseFacts facts;
        facts.response_time = response_time_;
        facts.date = came() + std::chrono::seconds(date_);
        if (last_modified_ != never) facts.last_modified = came() + ahead - std::chrono::seconds(last_modified_);
        facts.lifetime = std::chrono::seconds(lifetime_);
        facts.corrected_initial_age = std::chrono::seconds(corrected_initial_age_);
        facts.age_value = std::chrono::seconds(age_value_);
        facts.while_revalidate = std::chrono::seconds(while_revalidate_);
        facts.if_error = std::chrono::seconds(if_error_);
        facts.keep = std::chrono::seconds(keep_);
        facts.status = status_;
        facts.source = source_;
        facts.had_age = had_age_;
        facts.is_shared = is_shared_;
        facts.always_validate = always_validate_;
        facts.never_stale = never_stale_;
        facts.has_strong_etag = has_strong_etag_;
        facts.has_etag = has_etag_;
        facts.has_last_modified = has_last_modified_;
        facts.last_modified_is_strong = last_modified_is_strong_;
        return facts;
    }

private:
    using Seconds = std::uint32_t;
    static constexpr Seconds never = 0;
    static constexpr std::chrono::seconds ahead{std::int64_t{1} << 27};

    http::SystemTime came() const noexcept { return std::chrono::floor<std::chrono::seconds>(response_time_); }
    template <typename Packed>
    static Packed clamp(std::int64_t count) noexcept {
        return static_cast<Packed>(std::clamp<std::int64_t>(count, std::numeric_limits<Packed>::min(), std::numeric_limits<Packed>::max()));
    }
    static Seconds pack(std::chrono::seconds time) noexcept { return clamp<Seconds>(time.count()); }
    // By how much an age is more than is kept of it: its lifetime is as much shorter, so that what is stale stays so for as long.
    static std::chrono::seconds beyond(std::chrono::seconds age) noexcept { return std::max(age - std::chrono::seconds(pack(age)), std::chrono::seconds(0)); }
    std::int32_t pack_date(http::SystemTime date) const noexcept { return clamp<std::int32_t>((date - came()).count()); }
    Seconds pack_modified(const std::optional<http::SystemTime>& modified) const noexcept {
        if (!modified) return never;
        const std::int64_t count = (came() + ahead - *modified).count();
        return count <= 0 || count > std::numeric_limits<Seconds>::max() ? never : static_cast<Seconds>(count);
    }

    policy::Time response_time_;
    Seconds lifetime_;
    Seconds corrected_initial_age_;
    Seconds age_value_;
    Seconds while_revalidate_;
    Seconds if_error_;
    Seconds keep_;
    std::int32_t date_;       // after it came
    Seconds last_modified_;   // before `ahead` of when it came
    std::uint16_t status_;
    policy::LifetimeSource source_ : 3;
    bool had_age_ : 1;
    bool is_shared_ : 1;
    bool always_validate_ : 1;
    bool never_stale_ : 1;
    bool has_strong_etag_ : 1;
    bool has_etag_ : 1;
    bool has_last_modified_ : 1;
    bool last_modified_is_strong_ : 1;
};

}  // namespace sidecache::fill
