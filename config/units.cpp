#include "config/units.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace sidecache::config {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

// Ascending, so that the last one that divides a value is the one to print it in.
constexpr std::array<Unit, 5> duration_units{{{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<Unit, 4> size_units{{{"B", 1}, {"KiB", 1ull << 10}, {"MiB", 1ull << 20}, {"GiB", 1ull << 30}}};

constexpr std::string_view expected_duration = "a duration such as 30s";
constexpr std::string_view expected_size = "a size such as 64KiB";
constexpr std::string_view duration_hint = "units: ms s m h d";
constexpr std::string_view size_hint = "units: B KiB MiB GiB";

template <std::size_t N>
Parsed<std::uint64_t> parse_quantity(std::string_view text, const std::array<Unit, N>& units, std::uint64_t most,
                                     std::string_view expected, std::string_view hint) {
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error == std::errc::invalid_argument) return refused<std::uint64_t>(expected, text);
    if (error == std::errc::result_out_of_range) count = most;

    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    if (unit.empty() && count == 0) return {0, {}, {}};
    for (const auto& [name, factor] : units) {
        if (unit == name) return {count > most / factor ? most : count * factor, {}, {}};
    }
    return refused<std::uint64_t>(expected, text, std::string(hint));
}

template <std::size_t N>
std::string quantity_text(std::uint64_t value, const std::array<Unit, N>& units) {
    if (value == 0) return "0";
    const Unit* best = &units.front();
    for (const auto& unit : units) {
        if (value % unit.factor == 0) best = &unit;
    }
    return std::to_string(value / best->factor) + std::string(best->name);
}

template <typename T, typename Raw>
Parsed<T> in_range(Parsed<Raw> parsed, Raw least, Raw most, std::string_view written) {
    if (!parsed.value) return {std::nullopt, std::move(parsed.what), std::move(parsed.hint)};
    if (*parsed.value < least || *parsed.value > most) return refused<T>(to_text(least) + " to " + to_text(most), written);
    if constexpr (std::is_same_v<T, std::chrono::seconds>) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*parsed.value);
        if (seconds != *parsed.value) return refused<T>("whole seconds", written);
        return {seconds, {}, {}};
    } else {
        return {*parsed.value, {}, {}};
    }
}

}  // namespace

Parsed<std::chrono::milliseconds> parse_duration(std::string_view text) {
    constexpr std::uint64_t most = std::numeric_limits<std::chrono::milliseconds::rep>::max();
    auto parsed = parse_quantity(text, duration_units, most, expected_duration, duration_hint);
    if (!parsed.value) return {std::nullopt, std::move(parsed.what), std::move(parsed.hint)};
    return {std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(*parsed.value)), {}, {}};
}

Parsed<std::size_t> parse_size(std::string_view text) {
    auto parsed = parse_quantity(text, size_units, std::numeric_limits<std::size_t>::max(), expected_size, size_hint);
    return {parsed.value, std::move(parsed.what), std::move(parsed.hint)};
}

std::string to_text(std::chrono::milliseconds duration) {
    return quantity_text(static_cast<std::uint64_t>(duration.count()), duration_units);
}

std::string to_text(std::size_t size) { return quantity_text(size, size_units); }

Form<std::chrono::milliseconds> duration(std::chrono::milliseconds least, std::chrono::milliseconds most) {
    return {std::string(expected_duration),
            [=](std::string_view text) { return in_range<std::chrono::milliseconds>(parse_duration(text), least, most, text); }};
}

Form<std::chrono::seconds> whole_seconds(std::chrono::seconds least, std::chrono::seconds most) {
    return {std::string(expected_duration), [=](std::string_view text) {
                return in_range<std::chrono::seconds, std::chrono::milliseconds>(parse_duration(text), least, most, text);
            }};
}

Form<std::size_t> size(std::size_t least, std::size_t most) {
    return {std::string(expected_size),
            [=](std::string_view text) { return in_range<std::size_t>(parse_size(text), least, most, text); }};
}

}  // namespace sidecache::config
