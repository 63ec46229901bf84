// The stream of ticks, and the table where it has a gap: what moves the mirror.
#include "cache/fleet/control.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <span>
#include <utility>

namespace sidecache::fleet {

using resp::Value;
using runtime::Task;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds longest_block{500};  // of one XREAD: then it is asked again, so that a connection that hangs is noticed
constexpr std::size_t messages_per_read = 10'000;  // so that one that is 200 ms away keeps up with 25,000 a second
constexpr std::size_t piece_size = 64 * 1024;  // octets of the table
constexpr std::size_t pieces_per_read = 64;  // the default table in two exchanges, in which the stream may not pass by

// "12-0" -> 12
std::optional<Clock> tick_of(const Value& id) {
    Clock tick = 0;
    const char* const end = id.text.data() + id.text.size();
    const auto result = std::from_chars(id.text.data(), end, tick);
    if (!id.is_text() || result.ec != std::errc{} || std::string_view(result.ptr, end) != "-0") return std::nullopt;
    return tick;
}

template <typename Number>
bool take_number(std::string_view& text, Number& number) {
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    if (result.ec != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(result.ptr - text.data()));
    return true;
}

}  // namespace

Task<> Control::read_stream() {
    while (!is_stopping_) {
        if (member_.incarnation() == 0) {
            co_await table_wanted_.wait(steady_clock::now() + options_.longest_back_off);
            continue;
        }
        const bool is_connected = co_await connect(stream_);
        bool is_read = false;
        if (is_connected && !member_.has_mirror()) {
            is_read = co_await read_table();
        } else if (is_connected) {
            is_read = co_await read_messages();
        }
        if (!is_read) co_await pause();
    }
}

Task<bool> Control::read_table() {
    const Incarnation incarnation = member_.incarnation();
    const std::uint64_t losses = member_.losses();
    const std::string& ctl = keys_[StateKeys::ctl];
    std::vector<redis::Command> ask{{"HMGET", ctl, "incarnation", "clock", "soft"}};
    const auto begun = co_await stream_.ask(std::move(ask), options_.deadline);
    if (begun.trouble == redis::Trouble::none && begun.values[0].is_error()) hear_refusal(begun.values[0]);
    if (begun.trouble != redis::Trouble::none || begun.values[0].items.size() != 3) co_return false;
    Clock clock = 0;
    std::string_view text = begun.values[0].items[1].text;
    if (parse_hex(begun.values[0].items[0].text) != incarnation || !take_number(text, clock)) co_return false;
    const bool has_slots = co_await read_slots(losses);
    if (!has_slots) co_return false;
    const bool has_holds = co_await read_holds(losses);
    if (!has_holds) co_return false;
    // What was read is of the incarnation only if that has not been replaced in the meantime.
    std::vector<redis::Command> again{{"HGET", ctl, "incarnation"}};
    const auto ended = co_await stream_.ask(std::move(again), options_.deadline);
    if (ended.trouble != redis::Trouble::none || parse_hex(ended.values[0].text) != incarnation || member_.losses() != losses) co_return false;
    mirror_.advance(clock);
    // What was softened before nobody tells any more: then all that was stored before now is stale, what comes out of Redis too.
    if (!begun.values[0].items[2].is_nil()) mirror_.soften(std::array{options_.limits.everything});
    member_.note_table(clock);
    counts_.tables.fetch_add(1, std::memory_order_relaxed);
    counts_.applied.store(member_.applied(), std::memory_order_relaxed);
    tell_trust();
    turn_wanted_.set();
    co_return true;
}

// It may be another's by now: of a cluster, or because its name leads elsewhere.
void Control::hear_refusal(const Value& reply) {
    tell_trouble(reply.text);
    stream_.close();
}

Task<bool> Control::read_slots(std::uint64_t losses) {
    const std::size_t size = member_.parameters().slots * sizeof(std::uint64_t);
    std::vector<std::uint64_t> slots;
    for (std::size_t at = 0; at < size; at += piece_size * pieces_per_read) {
        std::vector<redis::Command> commands;
        for (std::size_t from = at; from < std::min(size, at + piece_size * pieces_per_read); from += piece_size) {
            commands.push_back({"GETRANGE", keys_[StateKeys::slots], std::to_string(from), std::to_string(std::min(size, from + piece_size) - 1)});
        }
        const auto pieces = co_await stream_.ask(std::move(commands), options_.deadline);
        if (pieces.trouble != redis::Trouble::none || member_.losses() != losses) co_return false;
        if (pieces.values[0].is_error()) hear_refusal(pieces.values[0]);
        for (std::size_t i = 0; i < pieces.values.size(); ++i) {
            const std::string& octets = pieces.values[i].text;
            const std::size_t from = at + i * piece_size;
            if (!pieces.values[i].is_text() || octets.size() != std::min(size - from, piece_size)) co_return false;
            slots.resize(octets.size() / sizeof(std::uint64_t));
            std::memcpy(slots.data(), octets.data(), octets.size());
            for (std::uint64_t& slot : slots) slot = __builtin_bswap64(slot);  // most significant octet first, as Lua packs it
            mirror_.merge(from / sizeof(std::uint64_t), slots);
        }
    }
    co_return true;
}

Task<bool> Control::read_holds(std::uint64_t losses) {
    std::vector<redis::Command> ask{{"HVALS", keys_[StateKeys::holds]}};
    const auto holds = co_await stream_.ask(std::move(ask), options_.deadline);
    if (holds.trouble != redis::Trouble::none || !holds.values[0].is_array() || member_.losses() != losses) co_return false;
    for (const Value& hold : holds.values[0].items) apply_hold(hold.text);
    co_return true;
}

// "tick milliseconds groups": begun anew, since nobody knows how much of it has passed.
void Control::apply_hold(std::string_view kept) {
    Clock tick = 0;
    std::int64_t time = 0;
    if (!take_number(kept, tick) || !kept.starts_with(' ')) return;
    kept.remove_prefix(1);
    if (!take_number(kept, time) || !kept.starts_with(' ')) return;
    kept.remove_prefix(1);
    const auto groups = parse_groups(kept);
    if (!groups) return;
    const BootTime now = epochs::BootClock::now();
    mirror_.hold({groups->data(), groups->size()}, std::chrono::milliseconds(time), now);
    holds_.push_back({tick, now + std::chrono::milliseconds(time), *groups});
}

Task<bool> Control::read_messages() {
    const std::uint64_t losses = member_.losses();
    std::vector<redis::Command> commands{{"XREAD", "COUNT", std::to_string(messages_per_read), "BLOCK", std::to_string(longest_block.count()), "STREAMS",
                                          keys_[StateKeys::stream], keys_[StateKeys::settled], std::to_string(member_.applied()) + "-0", settled_id_}};
    const auto replies = co_await stream_.ask(std::move(commands), longest_block + options_.deadline);
    if (replies.trouble != redis::Trouble::none) co_return false;
    const Value& streams = replies.values[0];
    if (streams.is_error()) {
        hear_refusal(streams);  // or the next turn finds out what is wrong
        co_return false;
    }
    if (member_.losses() != losses) co_return true;
    for (const Value& stream : streams.items) {
        if (stream.items.size() != 2) co_return false;
        const bool is_ticks = stream.items[0].text == keys_[StateKeys::stream];
        for (const Value& message : stream.items[1].items) {
            if (message.items.size() != 2) co_return false;
            if (!is_ticks) {
                hear_floor(message);
            } else if (!apply_message(message)) {
                member_.lose_mirror();
                tell_trust();
                co_return true;
            }
        }
    }
    counts_.applied.store(member_.applied(), std::memory_order_relaxed);
    tell_trust();
    tell_writes(floor_, {});
    turn_wanted_.set();  // what was applied is acknowledged
    co_return true;
}

// False: it does not follow what is here, or is no message of this incarnation.
bool Control::apply_message(const Value& message) {
    const auto tick = tick_of(message.items[0]);
    const std::vector<Value>& fields = message.items[1].items;
    if (!tick || fields.size() != 6 || parse_hex(fields[1].text) != member_.incarnation()) return false;
    switch (member_.assess_message(*tick)) {
        case Member::Message::known: return true;
        case Member::Message::gap: return false;
        case Member::Message::next: break;
    }
    std::string_view text = fields[3].text;
    std::int64_t milliseconds = 0;
    const auto groups = parse_groups(fields[5].text);
    const bool is_soft = fields[4].text == "s";
    if (!take_number(text, milliseconds) || !groups) return false;
    const BootTime now = epochs::BootClock::now();
    const std::chrono::milliseconds hold(milliseconds);
    const std::span<const policy::Group> list(groups->data(), groups->size());
    if (is_soft) mirror_.soften(list, now);
    mirror_.apply(*tick, is_soft ? std::span<const policy::Group>() : list, hold, now);
    member_.note_applied(*tick);
    if (hold.count() > 0) holds_.push_back({*tick, now + hold, *groups});
    counts_.messages.fetch_add(1, std::memory_order_relaxed);
    return true;
}

void Control::hear_floor(const Value& message) {
    settled_id_ = message.items[0].text;
    const std::vector<Value>& fields = message.items[1].items;
    Clock floor = 0;
    if (fields.size() != 4 || parse_hex(fields[1].text) != member_.incarnation()) return;
    std::string_view text = fields[3].text;
    if (take_number(text, floor)) tell_writes(floor, {});
}

}  // namespace sidecache::fleet
