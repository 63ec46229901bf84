#include "cache/http/date.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/field.hpp"

#include <algorithm>
#include <array>

namespace sidecache::http {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> short_days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> long_days{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// RFC 9111 §4.2: dates are case-sensitive for who writes them, and matched in any case by a cache.
bool begins_with(std::string_view text, std::string_view expected) noexcept {
    return iequals(text.substr(0, expected.size()), expected);
}

// Reads a date from left to right; the first thing that does not fit makes all of it unfit.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    void literal(std::string_view expected) {
        if (begins_with(rest_, expected)) {
            rest_.remove_prefix(expected.size());
        } else {
            failed_ = true;
        }
    }

    int number(std::size_t digits) {
        if (failed_ || rest_.size() < digits || !std::ranges::all_of(rest_.substr(0, digits), is_digit)) {
            failed_ = true;
            return 0;
        }
        int value = 0;
        for (const char c : rest_.substr(0, digits)) value = value * 10 + (c - '0');
        rest_.remove_prefix(digits);
        return value;
    }

    // asctime's day: two digits, or a space and one.
    int padded_day() {
        if (!rest_.starts_with(' ')) return number(2);
        rest_.remove_prefix(1);
        return number(1);
    }

    template <std::size_t N>
    int one_of(const std::array<std::string_view, N>& names) {
        for (std::size_t i = 0; i < N && !failed_; ++i) {
            if (begins_with(rest_, names[i])) {
                rest_.remove_prefix(names[i].size());
                return static_cast<int>(i);
            }
        }
        failed_ = true;
        return 0;
    }

    seconds time_of_day() {
        const int hour = number(2);
        literal(":");
        const int minute = number(2);
        literal(":");
        const int second = number(2);
        failed_ |= hour > 23 || minute > 59 || second > 60;  // RFC 9110 §5.6.7: 60 is a leap second
        return hours{hour} + minutes{minute} + seconds{second};
    }

    bool is_done() const { return !failed_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool failed_ = false;
};

std::optional<SystemTime> make_time(int y, int m, int d, seconds time_of_day) {
    const year_month_day date{year{y}, month{static_cast<unsigned>(m) + 1}, day{static_cast<unsigned>(d)}};
    if (!date.ok()) return std::nullopt;
    return sys_days{date} + time_of_day;
}

// Sun, 06 Nov 1994 08:49:37 GMT. The weekday is read and not compared: it says nothing that the date does not say.
std::optional<SystemTime> parse_imf_fixdate(std::string_view text) {
    Reader reader(text);
    reader.one_of(short_days);
    reader.literal(", ");
    const int d = reader.number(2);
    reader.literal(" ");
    const int m = reader.one_of(months);
    reader.literal(" ");
    const int y = reader.number(4);
    reader.literal(" ");
    const seconds time = reader.time_of_day();
    reader.literal(" GMT");
    return reader.is_done() ? make_time(y, m, d, time) : std::nullopt;
}

// Sunday, 06-Nov-94 08:49:37 GMT
std::optional<SystemTime> parse_rfc850(std::string_view text, SystemTime now) {
    Reader reader(text);
    reader.one_of(long_days);
    reader.literal(", ");
    const int d = reader.number(2);
    reader.literal("-");
    const int m = reader.one_of(months);
    reader.literal("-");
    const int two_digits = reader.number(2);
    reader.literal(" ");
    const seconds time = reader.time_of_day();
    reader.literal(" GMT");
    if (!reader.is_done()) return std::nullopt;

    const year_month_day today{floor<days>(now)};
    const int y = static_cast<int>(today.year()) / 100 * 100 + two_digits;
    const auto date = make_time(y, m, d, time);
    const year_month_day latest{today.year() + years{50}, today.month(), today.day()};
    const SystemTime limit =
        (latest.ok() ? sys_days{latest} : sys_days{latest.year() / latest.month() / last}) + (now - floor<days>(now));
    return date && *date <= limit ? date : make_time(y - 100, m, d, time);
}

// Sun Nov  6 08:49:37 1994
std::optional<SystemTime> parse_asctime(std::string_view text) {
    Reader reader(text);
    reader.one_of(short_days);
    reader.literal(" ");
    const int m = reader.one_of(months);
    reader.literal(" ");
    const int d = reader.padded_day();
    reader.literal(" ");
    const seconds time = reader.time_of_day();
    reader.literal(" ");
    const int y = reader.number(4);
    return reader.is_done() ? make_time(y, m, d, time) : std::nullopt;
}

void put_digits(std::string& out, std::size_t at, int value, std::size_t digits) {
    for (std::size_t i = digits; i-- > 0; value /= 10) out[at + i] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::optional<SystemTime> parse_http_date(std::string_view text, SystemTime now) noexcept {
    if (text.size() < 24) return std::nullopt;
    if (text[3] == ',') return parse_imf_fixdate(text);
    if (text[3] == ' ') return parse_asctime(text);
    return parse_rfc850(text, now);
}

std::string format_http_date(SystemTime time) {
    const auto midnight = floor<days>(time);
    const year_month_day date{midnight};
    const hh_mm_ss clock{time - midnight};
    std::string out = "Sun, 00 Jan 0000 00:00:00 GMT";
    out.replace(0, 3, short_days[weekday{midnight}.c_encoding()]);
    put_digits(out, 5, static_cast<int>(static_cast<unsigned>(date.day())), 2);
    out.replace(8, 3, months[static_cast<unsigned>(date.month()) - 1]);
    put_digits(out, 12, static_cast<int>(date.year()), 4);
    put_digits(out, 17, static_cast<int>(clock.hours().count()), 2);
    put_digits(out, 20, static_cast<int>(clock.minutes().count()), 2);
    put_digits(out, 23, static_cast<int>(clock.seconds().count()), 2);
    return out;
}

}  // namespace sidecache::http
