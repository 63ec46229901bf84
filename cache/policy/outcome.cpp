#include "cache/policy/outcome.hpp"

#include "cache/http/ascii.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace sidecache::policy {
namespace {

// Writes parameters into a buffer of cache_status_max characters; one that does not fit is left out whole.
class ParameterWriter {
public:
    explicit ParameterWriter(char* out) : begin_(out), end_(out) {}

    void put(std::string_view text) {
        if (text.size() > room()) return;
        std::memcpy(end_, text.data(), text.size());
        end_ += text.size();
    }

    void put_number(std::string_view name, long long value) {
        char digits[24];
        const auto written = std::to_chars(digits, digits + sizeof digits, value);
        const auto size = static_cast<std::size_t>(written.ptr - digits);
        if (name.size() + size > room()) return;
        put(name);
        put({digits, size});
    }

    void put_token(std::string_view name, std::string_view value) {
        if (name.size() + value.size() > room()) return;
        put(name);
        put(value);
    }

    void put_string(std::string_view name, std::string_view value) {  // RFC 9651 §4.1.6
        const auto escapes = std::ranges::count_if(value, [](char c) { return c == '"' || c == '\\'; });
        if (name.size() + value.size() + static_cast<std::size_t>(escapes) + 2 > room()) return;
        put(name);
        put("\"");
        for (const char c : value) {
            if (c == '"' || c == '\\') put("\\");
            put({&c, 1});
        }
        put("\"");
    }

    std::size_t size() const { return static_cast<std::size_t>(end_ - begin_); }

private:
    std::size_t room() const { return cache_status_max - size(); }
    char* begin_;
    char* end_;
};

bool is_sf_token(std::string_view text) {  // RFC 9651 §3.3.4
    return (http::is_alpha(text.front()) || text.front() == '*') &&
           std::ranges::all_of(text, [](char c) { return http::is_token_char(c) || c == ':' || c == '/'; });
}

void put_detail(ParameterWriter& writer, std::string_view detail) {
    if (detail.empty()) return;
    if (is_sf_token(detail)) {
        writer.put_token("; detail=", detail);
    } else if (std::ranges::all_of(detail, [](char c) { return c >= 0x20 && c <= 0x7E; })) {
        writer.put_string("; detail=", detail);
    }
}

// RFC 9211 §2.2 has a reason for every request that went forward, the most specific that is known.
Forward reason_of(const Outcome& outcome) noexcept {
    if (outcome.forward != Forward::none) return outcome.forward;
    switch (outcome.served) {
        case Served::revalidated:
            return Forward::stale;
        case Served::collapsed:
        case Served::miss:
            return Forward::miss;
        case Served::pass:
            return Forward::bypass;
        case Served::hit:
        case Served::hit_stale:
        case Served::error:
        case Served::own:
            return Forward::none;
    }
    return Forward::none;
}

}  // namespace

std::string_view name_of(Forward forward) noexcept {
    switch (forward) {
        case Forward::none:
            return "";
        case Forward::bypass:
            return "bypass";
        case Forward::method:
            return "method";
        case Forward::uri_miss:
            return "uri-miss";
        case Forward::vary_miss:
            return "vary-miss";
        case Forward::miss:
            return "miss";
        case Forward::request:
            return "request";
        case Forward::stale:
            return "stale";
        case Forward::partial:
            return "partial";
    }
    return "";
}

std::string_view name_of(Served served) noexcept {
    switch (served) {
        case Served::hit:
            return "hit";
        case Served::hit_stale:
            return "hit_stale";
        case Served::revalidated:
            return "revalidated";
        case Served::collapsed:
            return "collapsed";
        case Served::miss:
            return "miss";
        case Served::pass:
            return "pass";
        case Served::error:
            return "error";
        case Served::own:
            return "own";
    }
    return "";
}

std::size_t write_cache_status(char* out, const Outcome& outcome) noexcept {
    ParameterWriter writer(out);
    writer.put("sidecache");
    if (outcome.served == Served::hit || outcome.served == Served::hit_stale) {
        writer.put("; hit");  // RFC 9211 §2.2: never beside fwd
    } else if (const Forward reason = reason_of(outcome); reason != Forward::none) {
        writer.put_token("; fwd=", name_of(reason));
        const int confirmed = outcome.served == Served::revalidated ? 304 : 0;
        const int status = outcome.forward_status != 0 ? outcome.forward_status : confirmed;
        if (status != 0) writer.put_number("; fwd-status=", status);
        if (outcome.collapsed || outcome.served == Served::collapsed) {
            writer.put("; collapsed");
        } else if (outcome.waited_in_vain) {
            writer.put("; collapsed=?0");
        }
        if (outcome.stored) writer.put("; stored");
    }
    if (outcome.ttl) writer.put_number("; ttl=", outcome.ttl->count());
    put_detail(writer, outcome.detail);
    return writer.size();
}

}  // namespace sidecache::policy
