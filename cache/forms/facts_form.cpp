#include "cache/forms/facts_form.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace sidecache::forms {
namespace {

using epochs::BootTime;
using policy::ResponseFacts;
using std::chrono::nanoseconds;
using std::chrono::seconds;

// No Date or Expires is farther from another (RFC 9110 §5.6.7 has four digits for a year); a few of these are added without another look.
constexpr std::int64_t longest_in_seconds = std::int64_t{1} << 40;
constexpr std::int64_t largest_age_value = std::int64_t{1} << 31;  // RFC 9111 §1.2.2

// Their places in the form's bits: a new one comes last.
constexpr std::array<bool ResponseFacts::*, 8> flags_of_facts{
    &ResponseFacts::had_age,         &ResponseFacts::is_shared, &ResponseFacts::always_validate,   &ResponseFacts::never_stale,
    &ResponseFacts::has_strong_etag, &ResponseFacts::has_etag,  &ResponseFacts::has_last_modified, &ResponseFacts::last_modified_is_strong};
constexpr std::uint64_t has_last_modified_time = std::uint64_t{1} << flags_of_facts.size();

constexpr std::array<seconds ResponseFacts::*, 5> durations{&ResponseFacts::lifetime, &ResponseFacts::corrected_initial_age, &ResponseFacts::while_revalidate,
                                                            &ResponseFacts::if_error, &ResponseFacts::keep};

bool is_duration(seconds time) noexcept { return time.count() >= 0 && time.count() <= longest_in_seconds; }
bool is_date(http::SystemTime date) noexcept {
    const std::int64_t second = date.time_since_epoch().count();
    return second >= -longest_in_seconds && second <= longest_in_seconds;
}

// Around the corner where they are too far apart: what comes of it is looked at, and no other difference of the same range gives it.
std::int64_t difference(std::int64_t a, std::int64_t b) noexcept { return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b)); }
std::int64_t count_of(memory::Time time) noexcept { return nanoseconds(time.time_since_epoch()).count(); }
std::int64_t second_of(memory::Time time) noexcept { return std::chrono::floor<seconds>(time).time_since_epoch().count(); }

http::SystemTime read_date(OctetReader& reader, std::int64_t second) noexcept {
    const http::SystemTime date{seconds(difference(second, reader.signed_varint()))};
    reader.require(is_date(date), Refusal::range);
    return reader.refusal() ? http::SystemTime{} : date;
}

std::int64_t within(std::int64_t count, std::int64_t least, std::int64_t most) noexcept { return std::max(least, std::min(count, most)); }

}  // namespace

bool is_final_status(int status) noexcept { return status >= 200 && status <= 599; }

bool are_storable(const ResponseFacts& facts) noexcept {
    return is_final_status(facts.status) && is_time(facts.response_time) && is_date(facts.date) && (!facts.last_modified || is_date(*facts.last_modified)) &&
           facts.age_value.count() >= 0 && facts.age_value.count() <= largest_age_value &&
           std::ranges::all_of(durations, [&facts](seconds ResponseFacts::*duration) { return is_duration(facts.*duration); });
}

void append_facts(OctetWriter& writer, const ResponseFacts& facts, memory::Time written) {
    writer.varint(static_cast<std::uint64_t>(facts.status));
    std::uint64_t bits = facts.last_modified ? has_last_modified_time : 0;
    for (std::size_t i = 0; i < flags_of_facts.size(); ++i) bits |= std::uint64_t{facts.*flags_of_facts[i]} << i;
    writer.varint(bits);
    writer.octet(static_cast<std::uint8_t>(facts.source));
    for (const auto duration : durations) writer.varint(static_cast<std::uint64_t>((facts.*duration).count()));
    writer.varint(static_cast<std::uint64_t>(facts.age_value.count()));
    writer.signed_varint(difference(count_of(written), count_of(facts.response_time)));
    const std::int64_t date = facts.date.time_since_epoch().count();
    writer.signed_varint(difference(second_of(facts.response_time), date));
    if (facts.last_modified) writer.signed_varint(difference(date, facts.last_modified->time_since_epoch().count()));
}

ResponseFacts read_facts(OctetReader& reader, memory::Time written, const Elapsed& elapsed) noexcept {
    ResponseFacts facts;
    const std::uint64_t status = reader.varint();
    facts.status = static_cast<int>(std::min<std::uint64_t>(status, 1000));
    reader.require(is_final_status(facts.status), Refusal::status);
    const std::uint64_t bits = reader.varint();
    reader.require(bits < has_last_modified_time << 1, Refusal::range);
    for (std::size_t i = 0; i < flags_of_facts.size(); ++i) facts.*flags_of_facts[i] = (bits >> i & 1) != 0;
    const std::uint8_t source = reader.octet();
    reader.require(source <= static_cast<std::uint8_t>(policy::LifetimeSource::heuristic), Refusal::range);
    facts.source = static_cast<policy::LifetimeSource>(source);
    for (const auto duration : durations) {
        const std::uint64_t count = reader.varint();
        reader.require(count <= static_cast<std::uint64_t>(longest_in_seconds), Refusal::range);
        facts.*duration = seconds(static_cast<std::int64_t>(count));
    }
    const std::uint64_t age_value = reader.varint();
    reader.require(age_value <= static_cast<std::uint64_t>(largest_age_value), Refusal::range);
    facts.age_value = seconds(static_cast<std::int64_t>(age_value));
    const memory::Time response_time{nanoseconds(difference(count_of(written), reader.signed_varint()))};
    reader.require(is_time(response_time), Refusal::range);
    if (reader.refusal()) return {};
    facts.date = read_date(reader, second_of(response_time));
    if ((bits & has_last_modified_time) != 0) facts.last_modified = read_date(reader, facts.date.time_since_epoch().count());
    // Where this clock is behind, it is at least as old as it was when it was written.
    facts.response_time = std::max(response_time - elapsed.behind(), memory::Time{});
    return facts;
}

Flags boot_flags(const fill::StoredResponse& response, const Moment& now) noexcept {
    const bool is_unknown = response.begun().time_since_epoch().count() < now.boot.time_since_epoch().count() - longest;
    const bool is_rechecked = response.recheck_at() != BootTime::max();
    return static_cast<Flags>((is_unknown ? is_begun_unknown : 0) | (is_rechecked ? has_recheck : 0));
}

void append_boot_times(OctetWriter& writer, const fill::StoredResponse& response, const Moment& now) {
    const std::int64_t boot = now.boot.time_since_epoch().count();
    const Flags flags = boot_flags(response, now);
    if ((flags & is_begun_unknown) == 0) writer.varint(static_cast<std::uint64_t>(within(boot - response.begun().time_since_epoch().count(), 0, longest)));
    if ((flags & has_recheck) != 0) writer.signed_varint(within(response.recheck_at().time_since_epoch().count(), boot - longest, boot + longest - 1) - boot);
}

void read_boot_times(OctetReader& reader, fill::StoredResponse::Parts& parts, Flags flags, const Elapsed& elapsed, BootTime now) noexcept {
    const auto past = static_cast<std::uint64_t>(elapsed.time().count());
    parts.begun = BootTime::min();
    if ((flags & is_begun_unknown) == 0) {
        const std::uint64_t age = reader.varint();
        reader.require(age <= static_cast<std::uint64_t>(longest), Refusal::range);
        if (elapsed.is_known() && age + past <= static_cast<std::uint64_t>(longest)) parts.begun = now - nanoseconds(static_cast<std::int64_t>(age + past));
    }
    parts.recheck_at = BootTime::max();
    if ((flags & has_recheck) != 0) {
        const std::int64_t left = reader.signed_varint();
        reader.require(left >= -longest && left < longest, Refusal::range);
        if (reader.refusal()) return;
        parts.recheck_at = now + nanoseconds(std::min<std::int64_t>(left, 0));
        if (elapsed.is_known() && past <= static_cast<std::uint64_t>(longest)) parts.recheck_at = now + nanoseconds(left) - elapsed.time();
    }
}

}  // namespace sidecache::forms
