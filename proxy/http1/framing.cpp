#include "proxy/http1/framing.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/list.hpp"
#include "proxy/http1/grammar.hpp"

#include <algorithm>
#include <limits>

namespace sidecache::http1 {
namespace {

using http::FieldName;

// RFC 9110 §8.6: 1*DIGIT. No sign, no space, no overflow.
std::optional<std::uint64_t> parse_length(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::uint64_t length = 0;
    for (const char c : text) {
        if (!http::is_digit(c)) return std::nullopt;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (length > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) return std::nullopt;
        length = length * 10 + digit;
    }
    return length;
}

enum class Codings : std::uint8_t { chunked, chunked_after_others, unusable };

// RFC 9112 §6.1, all lines taken as one list. Empty members, parameters and quotes, which a list may have elsewhere, are what
// smuggling tries: they make it unusable, as do `identity` (gone since RFC 7230) and a `chunked` that is not last (§6.1: never
// applied twice).
Codings judge_codings(http::HeaderView fields) {
    int members = 0;
    int chunked = 0;
    bool is_chunked_last = false;
    for (const http::Field& field : fields) {
        if (field.id != FieldName::transfer_encoding) continue;
        std::string_view rest = field.value;
        for (;;) {
            const std::size_t comma = rest.find(',');
            const std::string_view coding = http::trim(rest.substr(0, comma));
            if (!http::is_token(coding) || http::iequals(coding, "identity")) return Codings::unusable;
            is_chunked_last = http::iequals(coding, "chunked");
            ++members;
            if (is_chunked_last) ++chunked;
            if (comma == std::string_view::npos) break;
            rest.remove_prefix(comma + 1);
        }
    }
    if (chunked != 1 || !is_chunked_last) return Codings::unusable;
    return members == 1 ? Codings::chunked : Codings::chunked_after_others;
}

// RFC 9110 §8.6: several equal values may be taken for one. nullopt if they differ or one is no number.
std::optional<std::uint64_t> merge_lengths(Fields& fields) {
    std::optional<std::uint64_t> merged;
    for (http::Field& field : fields) {
        if (field.id != FieldName::content_length) continue;
        std::string_view rest = field.value;
        for (;;) {
            const std::size_t comma = rest.find(',');
            const auto length = parse_length(http::trim(rest.substr(0, comma)));
            if (!length || (merged && *merged != *length)) return std::nullopt;
            merged = length;
            if (comma == std::string_view::npos) break;
            rest.remove_prefix(comma + 1);
        }
        field.value = http::trim(field.value.substr(0, field.value.find(',')));
    }
    const auto is_length = [](const http::Field& field) { return field.id == FieldName::content_length; };
    const auto first = std::find_if(fields.begin(), fields.end(), is_length);
    fields.erase(std::remove_if(first + 1, fields.end(), is_length), fields.end());
    return merged;
}

// RFC 9112 §6.3 rules 1 and 2.
bool has_no_content(int status, http::Method request_method) {
    return request_method == http::Method::head || status / 100 == 1 || status == 204 || status == 304 ||
           (request_method == http::Method::connect && status / 100 == 2);
}

}  // namespace

std::optional<Rejection> judge_request_framing(http::HeaderView fields, const RawSection& section, int minor_version,
                                               Extent& out) {
    const bool has_length = section.names.has(FieldName::content_length);
    if (section.names.has(FieldName::transfer_encoding)) {
        // RFC 9112 §6.3 rule 3 lets a server refuse both together; §6.1: in HTTP/1.0 the framing is faulty.
        if (has_length) return Rejection{400, "Transfer-Encoding and Content-Length stand together."};
        if (minor_version == 0) return Rejection{400, "Transfer-Encoding stands in an HTTP/1.0 request."};
        switch (judge_codings(fields)) {
            case Codings::chunked: out = {Framing::chunked, 0}; return std::nullopt;
            // RFC 9112 §6.1: 501 for a coding that is not understood.
            case Codings::chunked_after_others: return Rejection{501, "Only the transfer coding chunked is supported."};
            // RFC 9112 §6.3 rule 4: without chunked at the end the length cannot be known.
            case Codings::unusable: return Rejection{400, "Transfer-Encoding is not exactly chunked."};
        }
    }
    // RFC 9112 §6.3 rule 7.
    if (!has_length) return std::nullopt;
    // RFC 9110 §8.6 would allow equal duplicates; a client that sends them is none that we wish to understand.
    if (section.repeated.has(FieldName::content_length)) return Rejection{400, "Content-Length is repeated."};
    const auto length = parse_length(http::value_of(fields, FieldName::content_length).value_or(""));
    // RFC 9112 §6.3 rule 5.
    if (!length) return Rejection{400, "Content-Length is not one decimal number."};
    out = {Framing::length, *length};
    return std::nullopt;
}

bool judge_response_framing(Fields& fields, const RawSection& section, int minor_version, int status, http::Method request_method,
                            Extent& out) {
    out = {Framing::until_close, 0};  // RFC 9112 §6.3 rule 8
    if (section.names.has(FieldName::transfer_encoding)) {
        // RFC 9112 §6.1 and §6.3 rule 3: faulty framing, or an attempt to split a response.
        if (section.names.has(FieldName::content_length) || minor_version == 0) return false;
        if (judge_codings(fields) != Codings::chunked) return false;
        out = {Framing::chunked, 0};
    } else if (section.names.has(FieldName::content_length)) {
        const auto length = merge_lengths(fields);
        if (!length) return false;
        out = {Framing::length, *length};
    }
    if (has_no_content(status, request_method)) out = {Framing::none, 0};
    return true;
}

}  // namespace sidecache::http1
