#include "cache/fleet/turn_text.hpp"

#include <bit>
#include <charconv>
#include <cstring>

namespace sidecache::fleet {
namespace {

static_assert(std::endian::native == std::endian::little, "groups are written least significant octet first");

constexpr Clock most_clock = Clock{1} << 53;

template <typename T>
std::optional<T> parse_number(const resp::Value& value) {
    if (!value.is_text()) return std::nullopt;
    T number{};
    const char* const end = value.text.data() + value.text.size();
    const auto result = std::from_chars(value.text.data(), end, number);
    if (result.ec != std::errc{} || result.ptr != end) return std::nullopt;
    return number;
}

std::optional<std::uint64_t> count_of(const resp::Value& value) {
    if (!value.is_integer() || value.integer < 0) return std::nullopt;
    return static_cast<std::uint64_t>(value.integer);
}

// {word, incarnation, slots, lease, rate, margin}
std::optional<Answer> parse_other(const std::vector<resp::Value>& items) {
    if (items.size() != 6) return std::nullopt;
    const auto incarnation = parse_hex(items[1].text);
    const auto slots = parse_number<std::uint64_t>(items[2]);
    const auto lease = parse_number<std::int64_t>(items[3]);
    const auto rate = parse_number<double>(items[4]);
    const auto margin = parse_number<std::int64_t>(items[5]);
    if (!incarnation || *incarnation == 0 || !slots || !lease || !rate || !margin) return std::nullopt;
    if (!std::has_single_bit(*slots) || *slots > std::uint64_t{1} << 32 || *lease <= 0 || *margin < 0 || !(*rate >= 0 && *rate < 1)) return std::nullopt;
    Answer answer;
    answer.state = Answer::State::other;
    answer.incarnation = *incarnation;
    answer.parameters.slots = *slots;
    answer.parameters.lease = std::chrono::nanoseconds(*lease);
    answer.parameters.rate_error = *rate;
    answer.parameters.margin = std::chrono::nanoseconds(*margin);
    return answer;
}

bool parse_members(const resp::Value& list, std::vector<Seen>& out) {
    if (!list.is_array()) return false;
    for (const resp::Value& each : list.items) {
        if (each.items.size() != 2) return false;
        const auto node = parse_hex(each.items[0].text);
        const auto grant = count_of(each.items[1]);
        if (!node || !grant) return false;
        out.push_back({*node, *grant});
    }
    return true;
}

bool parse_ticks(const resp::Value& list, std::vector<Ticked>& out) {
    if (!list.is_array()) return false;
    for (const resp::Value& each : list.items) {
        if (each.items.size() != 3) return false;
        const auto now = count_of(each.items[0]);
        const auto previous = count_of(each.items[1]);
        const auto was_good = count_of(each.items[2]);
        if (!now || !previous || !was_good) return false;
        out.push_back({*now, *previous, *was_good == 1});
    }
    return true;
}

// {word, incarnation, clock, floor, settled, was_member, member, took, replicas, members, ticks}
std::optional<Answer> parse_kept(const std::vector<resp::Value>& items, const Turn& turn) {
    if (items.size() != 11) return std::nullopt;
    const auto incarnation = parse_hex(items[1].text);
    const auto clock = parse_number<Clock>(items[2]);
    const auto floor = parse_number<Clock>(items[3]);
    const auto is_settled = count_of(items[4]);
    const auto was_member = count_of(items[5]);
    const auto is_member = count_of(items[6]);
    const auto took = count_of(items[7]);
    const auto replicas = count_of(items[8]);
    if (incarnation != turn.incarnation || !clock || *clock >= most_clock || !floor || !is_settled || !was_member || !is_member || !took || !replicas) return std::nullopt;
    Answer answer;
    answer.state = Answer::State::kept;
    answer.incarnation = *incarnation;
    answer.clock = *clock;
    answer.floor = *floor;
    answer.is_settled = *is_settled == 1;
    answer.was_member = *was_member == 1;
    answer.is_member = *is_member == 1;
    answer.took_intents = *took == 1;
    answer.replicas = static_cast<unsigned>(*replicas);
    if (!parse_members(items[9], answer.members) || !parse_ticks(items[10], answer.ticks) || answer.ticks.size() != turn.ticks.size()) return std::nullopt;
    return answer;
}

}  // namespace

StateKeys::StateKeys(std::string_view prefix) {
    constexpr std::array<std::string_view, count> names{"ctl", "nodes", "intents", "holds", "slots", "stream", "settled"};
    for (std::size_t i = 0; i < count; ++i) keys_[i].append("{").append(prefix).append("}").append(names[i]);
}

std::string hex(std::uint64_t number) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(16, '0');
    for (std::size_t i = 16; i-- > 0; number >>= 4) text[i] = digits[number & 15];
    return text;
}

std::optional<std::uint64_t> parse_hex(std::string_view text) {
    std::uint64_t number = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number, 16);
    if (text.size() != 16 || result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

std::string groups_text(const Groups& groups) {
    std::string text(groups.size() * sizeof(policy::Group), '\0');
    if (!groups.empty()) std::memcpy(text.data(), groups.data(), text.size());
    return text;
}

std::optional<Groups> parse_groups(std::string_view text) {
    if (text.size() % sizeof(policy::Group) != 0) return std::nullopt;
    std::optional<Groups> groups(std::in_place, text.size() / sizeof(policy::Group));
    if (!text.empty()) std::memcpy(groups->data(), text.data(), text.size());
    return groups;
}

std::vector<std::string> turn_arguments(const Turn& turn, const StateLimits& limits) {
    const auto flag = [](bool is_set) { return std::string(is_set ? "1" : "0"); };
    const auto hold = [](std::chrono::milliseconds time) { return std::to_string(time.count()); };
    std::vector<std::string> out{hex(turn.incarnation), hex(turn.node), hex(turn.rules), std::to_string(turn.applied), flag(turn.is_probe), flag(turn.settles), flag(turn.leaves), flag(turn.verifies),
                                 groups_text({limits.everything}), std::to_string(limits.messages), std::to_string(limits.holds)};
    out.push_back(std::to_string(turn.removals.size()));
    for (const Removal& removal : turn.removals) out.insert(out.end(), {hex(removal.node), std::to_string(removal.grant)});
    out.push_back(std::to_string(turn.withdrawn.size()));
    for (const WriteId write : turn.withdrawn) out.push_back(std::to_string(write));
    out.push_back(std::to_string(turn.ticks.size()));
    for (const Tick& tick : turn.ticks) {
        out.insert(out.end(), {std::to_string(tick.write), groups_text(tick.groups), groups_text(tick.watched), hold(tick.hold), hex(tick.rules), flag(tick.is_last), flag(tick.is_soft), flag(tick.old.has_value())});
        if (tick.old) out.insert(out.end(), {std::to_string(tick.old->epoch), groups_text(tick.old->groups), groups_text(tick.old->if_good), groups_text(tick.old->otherwise)});
    }
    out.push_back(std::to_string(turn.intents.size()));
    for (const Intent& intent : turn.intents) out.insert(out.end(), {std::to_string(intent.write), groups_text(intent.groups), hold(intent.hold), hex(intent.rules)});
    out.push_back(std::to_string(turn.holds_over.size()));
    for (const Clock tick : turn.holds_over) out.push_back(std::to_string(tick));
    return out;
}

std::optional<Answer> parse_answer(const resp::Value& reply, const Turn& turn) {
    if (!reply.is_array() || reply.items.empty()) return std::nullopt;
    const std::string_view word = reply.items[0].text;
    if (word == "kept") return parse_kept(reply.items, turn);
    if (word == "other") return parse_other(reply.items);
    if (word == "broken") return Answer{};
    return std::nullopt;
}

std::vector<std::string> renew_arguments(Incarnation incarnation, const Parameters& parameters) {
    std::array<char, 32> rate;
    const auto end = std::to_chars(rate.data(), rate.data() + rate.size(), parameters.rate_error).ptr;
    return {hex(incarnation), std::to_string(parameters.slots), std::to_string(parameters.lease.count()), std::string(rate.data(), end), std::to_string(parameters.margin.count())};
}

}  // namespace sidecache::fleet
