#include "cache/http/ascii.hpp"
#include "cache/http/octets.hpp"
#include "proxy/http1/grammar.hpp"
#include "proxy/http1/read_head.hpp"

#include <algorithm>

namespace sidecache::http1 {
namespace {

constexpr Rejection too_many{431, "The request has too many header fields."};
constexpr Rejection bad_name{400, "A field name is not a token directly followed by a colon."};
constexpr Rejection bad_value{400, "A field value has a control character or is folded over several lines."};
constexpr Rejection bad_line_end{400, "A line does not end with CR LF."};

constexpr bool is_space(char c) { return c == ' ' || c == '\t'; }

// The value of a field line after its colon (RFC 9112 §5.1).
std::string_view without_spaces(std::string_view value) noexcept {
    while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
    while (!value.empty() && is_space(value.back())) value.remove_suffix(1);
    return value;
}

// The value at the end of `line`, sixteen octets at a time, the last ones with what stands before them if they are fewer. Where a control is among them each
// is looked at, as HTAB may stand in a value.
bool is_value(std::string_view line, std::size_t value_size) noexcept {
    constexpr std::size_t step = http::octets_of_block;
    const char* at = line.data() + line.size() - value_size;
    const char* const end = line.data() + line.size();
    for (; static_cast<std::size_t>(end - at) >= step; at += step) {
        if (http::has_control(at) && !std::all_of(at, at + step, is_value_char)) return false;
    }
    return (line.size() >= step && !http::has_control(end - step)) || std::all_of(at, end, is_value_char);
}

}  // namespace

std::optional<Rejection> read_fields(std::string_view lines, std::size_t max_fields, Fields& fields, RawSection& out) {
    while (!lines.starts_with("\r\n")) {
        const std::size_t line_feed = lines.find('\n');
        if (line_feed == std::string_view::npos || line_feed == 0 || lines[line_feed - 1] != '\r') return bad_line_end;
        const std::string_view line = lines.substr(0, line_feed - 1);
        lines.remove_prefix(line_feed + 1);
        if (line.empty() || is_space(line.front())) return bad_value;  // RFC 9112 §5.2: no folded lines; §2.2: no line of whitespace alone

        // RFC 9112 §5.1: no whitespace between the name and its colon.
        std::size_t name_size = 0;
        for (; name_size < line.size() && http::is_token_char(line[name_size]); ++name_size) out.has_underscore |= line[name_size] == '_';
        if (name_size == 0 || name_size == line.size() || line[name_size] != ':') return bad_name;
        const std::string_view name = line.substr(0, name_size);
        const std::string_view value = without_spaces(line.substr(name_size + 1));
        if (!is_value(line.substr(0, static_cast<std::size_t>(value.data() + value.size() - line.data())), value.size())) return bad_value;

        if (fields.size() == max_fields) return too_many;
        const http::FieldName id = http::field_name(name);
        if (out.names.has(id)) out.repeated.insert(id);
        out.names.insert(id);
        fields.push_back({id, name, value});
    }
    if (lines.size() != 2) return Rejection{400, "The request head is malformed."};
    return std::nullopt;
}

std::optional<RawStatus> read_status_line(std::string_view& head) noexcept {
    constexpr std::string_view before_minor = "HTTP/1.";
    constexpr std::size_t before_reason = std::string_view("HTTP/1.1 200 ").size();
    const std::size_t line_feed = head.find('\n');
    if (line_feed == std::string_view::npos || line_feed <= before_reason || head[line_feed - 1] != '\r') return std::nullopt;
    const std::string_view line = head.substr(0, line_feed - 1);
    const char minor = line[before_minor.size()];
    const std::string_view status = line.substr(before_minor.size() + 2, 3);
    const bool is_well_formed = line.starts_with(before_minor) && (minor == '0' || minor == '1') && line[before_minor.size() + 1] == ' ' &&
                                std::all_of(status.begin(), status.end(), http::is_digit) && line[before_reason - 1] == ' ';
    if (!is_well_formed || !std::all_of(line.begin() + before_reason, line.end(), is_value_char)) return std::nullopt;
    head.remove_prefix(line_feed + 1);
    return RawStatus{(status[0] - '0') * 100 + (status[1] - '0') * 10 + (status[2] - '0'), minor - '0'};
}

}  // namespace sidecache::http1
