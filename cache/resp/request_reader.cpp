#include "cache/resp/request_reader.hpp"

#include "cache/http/ascii.hpp"

#include <algorithm>
#include <utility>

namespace sidecache::resp {
namespace {

using http::hex_value;

constexpr std::string_view line_end = "\r\n";
constexpr std::size_t kept = 256;  // arguments that there is room for between two requests, however many one had

constexpr std::size_t most_digits = 18;  // of a number: more follow where the line is wrong

// The number of a line of a kind, which was looked at: "$123\r\n". In two registers: each argument has such a line.
struct NumberLine {
    std::int64_t number = 0;
    std::size_t size = 0;  // of the line; 0: it is not whole
};

// The number as integer_of has it.
NumberLine read_number(std::string_view text) noexcept {
    const char* const end = text.data() + text.size();
    const char* at = text.data() + 1;
    const bool is_negative = at != end && *at == '-';
    if (is_negative) ++at;
    const char* const first = at;
    const char* const last = static_cast<std::size_t>(end - at) > most_digits ? at + most_digits : end;
    std::int64_t number = 0;
    for (; at != last; ++at) {
        const auto digit = static_cast<unsigned char>(*at - '0');
        if (digit > 9) break;
        number = number * 10 + digit;
    }
    const bool is_ended = end - at >= 2 && at[0] == '\r' && at[1] == '\n';
    const bool is_number = at != first && (*first != '0' || (at - first == 1 && !is_negative));
    if (!is_ended || !is_number) return {};
    return {is_negative ? -number : number, static_cast<std::size_t>(at + 2 - text.data())};
}

// Why one is not whole.
enum class Lack : std::uint8_t { more, fewer_digits, a_number };

Lack lack_of(std::string_view text) noexcept {
    std::string_view rest = text.substr(1);
    if (rest.starts_with('-')) rest.remove_prefix(1);
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    rest.remove_prefix(digits);
    if (digits > most_digits && rest.empty()) return Lack::fewer_digits;
    return digits <= most_digits && rest.size() < line_end.size() && line_end.starts_with(rest) ? Lack::more : Lack::a_number;
}

bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool ends_word(char c) noexcept { return is_space(c) && c != '\v' && c != '\f'; }  // these two only part words (as Redis)

template <typename Item>
void empty(std::vector<Item>& items) {
    items.clear();
    if (items.capacity() > kept) items.shrink_to_fit();
}

}  // namespace

void RequestReader::begin() {
    at_ = expected_ = left_ = 0;
    is_array_ = false;
    empty(places_);
    empty(arguments_);
    if (!words_.empty()) empty(words_);  // the last one was a line
}

RequestReader::State RequestReader::break_with(std::string problem) {
    problem_ = std::move(problem);
    return State::broken;
}

// Its line is not whole: not yet, or never.
RequestReader::State RequestReader::refuse_number(std::string_view line, const char* of_many_digits, const char* of_none) {
    switch (lack_of(line)) {
        case Lack::more: return State::need_more;
        case Lack::fewer_digits: return break_with(of_many_digits);
        case Lack::a_number: break;
    }
    return break_with(of_none);
}

RequestReader::State RequestReader::look(std::string_view unread, const RequestLimits& limits) {
    if (unread.empty()) return State::need_more;
    return unread.front() == '*' ? look_at_array(unread, limits) : look_at_line(unread, limits);
}

RequestReader::State RequestReader::look_at_array(std::string_view unread, const RequestLimits& limits) {
    if (!is_array_) {
        const NumberLine line = read_number(unread);
        if (line.size == 0) return refuse_number(unread, "too big mbulk count string", "invalid multibulk length");
        if (line.number > static_cast<std::int64_t>(limits.arguments)) return break_with("invalid multibulk length");
        is_array_ = true;
        left_ = line.number > 0 ? static_cast<std::size_t>(line.number) : 0;
        at_ = line.size;
    }
    while (left_ > 0) {
        if (expected_ == 0) {
            const std::string_view rest = unread.substr(at_);
            if (rest.empty()) return State::need_more;
            if (rest.front() != '$') return break_with("expected '$', got '" + std::string(1, rest.front()) + "'");
            const NumberLine line = read_number(rest);
            if (line.size == 0) return refuse_number(rest, "too big bulk count string", "invalid bulk length");
            if (line.number < 0 || line.number > static_cast<std::int64_t>(limits.argument)) return break_with("invalid bulk length");
            at_ += line.size;
            expected_ = static_cast<std::size_t>(line.number) + line_end.size();
            if (at_ + expected_ > limits.request) return break_with("too big request");
        }
        if (unread.size() - at_ < expected_) return State::need_more;
        const std::size_t size = expected_ - line_end.size();
        if (unread.substr(at_ + size, line_end.size()) != line_end) return break_with("expected the end of a bulk string");
        places_.push_back({at_, size});
        at_ += std::exchange(expected_, 0);
        --left_;
    }
    arguments_.clear();
    for (const Place& place : places_) arguments_.push_back(unread.substr(place.at, place.size));
    return State::request;
}

RequestReader::State RequestReader::look_at_line(std::string_view unread, const RequestLimits& limits) {
    const std::size_t end = unread.find('\n', at_);
    constexpr const char* too_big = "too big inline request";
    if (std::min(end, unread.size()) > std::min(RequestLimits::line, limits.request)) return break_with(too_big);
    if (end == std::string_view::npos) {
        at_ = unread.size();
        return State::need_more;
    }
    at_ = end + 1;
    std::string_view line = unread.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!split(line)) return break_with("unbalanced quotes in request");
    const bool is_within = words_.size() <= limits.arguments && std::ranges::all_of(words_, [&](const std::string& word) { return word.size() <= limits.argument; });
    if (!is_within) return break_with(too_big);
    arguments_.assign(words_.begin(), words_.end());
    return State::request;
}

// Words between spaces; "in quotes" with \n \r \t \b \a \xHH, 'or these' with \' alone, which end at a space (Redis' sdssplitargs).
bool RequestReader::split(std::string_view line) {
    words_.clear();
    line = line.substr(0, line.find('\0'));
    std::size_t i = 0;
    for (;;) {
        while (i < line.size() && is_space(line[i])) ++i;
        if (i == line.size()) return true;
        std::string word;
        char quote = 0;
        for (;; ++i) {
            const bool is_over = i == line.size();
            if (quote == 0) {
                if (is_over || ends_word(line[i])) break;
                if (line[i] == '"' || line[i] == '\'') {
                    quote = line[i];
                } else {
                    word += line[i];
                }
                continue;
            }
            if (is_over) return false;
            const std::string_view rest = line.substr(i);
            if (rest.front() == quote) {
                if (rest.size() > 1 && !is_space(rest[1])) return false;
                ++i;
                break;
            }
            if (quote == '\'') {
                if (rest.starts_with("\\'")) ++i;
                word += line[i];
            } else if (rest.size() >= 4 && rest.starts_with("\\x") && hex_value(rest[2]) >= 0 && hex_value(rest[3]) >= 0) {
                word += static_cast<char>(hex_value(rest[2]) * 16 + hex_value(rest[3]));
                i += 3;
            } else if (rest.size() >= 2 && rest.front() == '\\') {
                constexpr std::string_view names = "nrtba";
                constexpr std::string_view octets = "\n\r\t\b\a";
                const auto known = names.find(rest[1]);
                word += known == std::string_view::npos ? rest[1] : octets[known];
                ++i;
            } else {
                word += rest.front();
            }
        }
        words_.push_back(std::move(word));
    }
}

}  // namespace sidecache::resp
