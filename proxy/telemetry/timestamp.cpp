#include "proxy/telemetry/timestamp.hpp"

#include <cstddef>

namespace sidecache::telemetry {
namespace {

// `last` is the index of the last digit.
void put(std::array<char, 24>& text, std::size_t last, std::size_t digits, unsigned value) noexcept {
    for (; digits != 0; --digits, --last, value /= 10) text[last] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string_view Timestamp::of(std::chrono::system_clock::time_point time) noexcept {
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    if (second != second_) {
        const auto day = std::chrono::floor<std::chrono::days>(second);
        const std::chrono::year_month_day date(day);
        const std::chrono::hh_mm_ss clock(second - day);
        std::string_view("0000-00-00T00:00:00.000Z").copy(text_.data(), text_.size());
        put(text_, 3, 4, static_cast<unsigned>(static_cast<int>(date.year())));
        put(text_, 6, 2, static_cast<unsigned>(date.month()));
        put(text_, 9, 2, static_cast<unsigned>(date.day()));
        put(text_, 12, 2, static_cast<unsigned>(clock.hours().count()));
        put(text_, 15, 2, static_cast<unsigned>(clock.minutes().count()));
        put(text_, 18, 2, static_cast<unsigned>(clock.seconds().count()));
        second_ = second;
    }
    put(text_, 22, 3, static_cast<unsigned>(std::chrono::floor<std::chrono::milliseconds>(time - second).count()));
    return {text_.data(), text_.size()};
}

}  // namespace sidecache::telemetry
