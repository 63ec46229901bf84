#include "proxy/telemetry/log_line.hpp"

#include "proxy/telemetry/histogram.hpp"
#include "proxy/telemetry/text.hpp"

#include <charconv>
#include <cstdint>

namespace sidecache::telemetry {
namespace {

constexpr std::string_view cut_mark = "\xE2\x80\xA6";  // U+2026, an ellipsis

void append_number(std::string& out, std::uint64_t number) {
    char digits[20];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

// Milliseconds to three places.
void append_milliseconds(std::string& out, std::chrono::nanoseconds duration) {
    const std::uint64_t microseconds = elapsed_of(duration) / 1'000;
    append_number(out, microseconds / 1'000);
    const std::uint64_t places = microseconds % 1'000;
    const char decimals[] = {'.', static_cast<char>('0' + places / 100), static_cast<char>('0' + places / 10 % 10),
                             static_cast<char>('0' + places % 10)};
    out.append(decimals, sizeof decimals);
}

void append_json_text(std::string& out, LogRecord::Text text) {
    append_json(out, text.kept);
    if (!text.cut) return;
    out.pop_back();
    out += cut_mark;
    out += '"';
}

std::string whole(LogRecord::Text text) {
    std::string out(text.kept);
    if (text.cut) out += cut_mark;
    return out;
}

struct JsonWriter {
    std::string& out;

    void name(std::string_view name) {
        out += ",\"";  // the time comes before all others
        out += name;
        out += "\":";
    }
    void text(std::string_view key, LogRecord::Text value) { name(key), append_json_text(out, value); }
    void number(std::string_view key, std::uint64_t value) { name(key), append_number(out, value); }
    void milliseconds(std::string_view key, std::chrono::nanoseconds value) { name(key), append_milliseconds(out, value); }
};

struct TextWriter {
    std::string& out;

    void name(std::string_view name) {
        out += ' ';
        out += name;
        out += '=';
    }
    void text(std::string_view key, LogRecord::Text value) { name(key), append_word(out, value.cut ? whole(value) : value.kept); }
    void number(std::string_view key, std::uint64_t value) { name(key), append_number(out, value); }
    void milliseconds(std::string_view key, std::chrono::nanoseconds value) { name(key), append_milliseconds(out, value); }
};

struct FieldWriter {
    std::vector<LogField> fields;

    std::string& add(std::string_view key, bool is_number) {
        LogValue& value = fields.emplace_back(key, LogValue()).second;
        value.is_number = is_number;
        return value.text;
    }
    void text(std::string_view key, LogRecord::Text value) { add(key, false) = whole(value); }
    void number(std::string_view key, std::uint64_t value) { append_number(add(key, true), value); }
    void milliseconds(std::string_view key, std::chrono::nanoseconds value) { append_milliseconds(add(key, true), value); }
};

// What a line in the common log format says of a request.
template <typename Writer>
void tell_request(const LogRecord& record, Writer& writer) {
    writer.text("method", record.method());
    writer.text("path", record.path());
    writer.number("status", static_cast<std::uint64_t>(record.status));
    writer.number("bytes_out", record.bytes_out);
}

template <typename Writer>
void tell_outcome(const LogRecord& record, const RouteLabels& labels, Writer& writer) {
    const auto word = [&](std::string_view key, std::string_view value) { writer.text(key, {value, false}); };
    word("outcome", policy::name_of(record.served));
    if (record.forward != policy::Forward::none) word("fwd", policy::name_of(record.forward));
    word("route", labels.label(record.route));
    writer.milliseconds("duration_ms", record.duration);
    if (record.origin_time.count() > 0) writer.milliseconds("origin_ms", record.origin_time);
    if (record.origin_queries >= 0) writer.number("origin_queries", static_cast<std::uint64_t>(record.origin_queries));
    writer.number("bytes_in", record.bytes_in);
    if (record.failed) word("error", http::name_of(record.error));
    if (!record.request_id().kept.empty()) writer.text("id", record.request_id());
    if (!record.traceparent().kept.empty()) writer.text("traceparent", record.traceparent());
}

void append_json_line(std::string& out, std::string_view time, const LogRecord& record, const RouteLabels& labels) {
    out += "{\"time\":\"";
    out += time;
    out += '"';
    JsonWriter writer{out};
    tell_request(record, writer);
    tell_outcome(record, labels, writer);
    out += "}\n";
}

// Host, identity and user of the common log format are not told: they are no business of a cache's log.
void append_text_line(std::string& out, std::string_view time, const LogRecord& record, const RouteLabels& labels) {
    out += "- - - [";
    out += time;
    out += "] ";
    append_quoted(out, whole(record.method()) + ' ' + whole(record.path()));
    out += ' ';
    append_number(out, static_cast<std::uint64_t>(record.status));
    out += ' ';
    append_number(out, record.bytes_out);
    TextWriter writer{out};
    tell_outcome(record, labels, writer);
    out += '\n';
}

}  // namespace

void LogLine::append(std::string& out, const LogRecord& record) {
    const std::string_view time = timestamp_.of(std::chrono::system_clock::time_point(record.started));
    switch (format_) {
        case Format::json: return append_json_line(out, time, record, labels_);
        case Format::text: return append_text_line(out, time, record, labels_);
    }
}

std::vector<LogField> LogLine::fields(const LogRecord& record) const {
    FieldWriter writer;
    tell_request(record, writer);
    tell_outcome(record, labels_, writer);
    return std::move(writer.fields);
}

}  // namespace sidecache::telemetry
