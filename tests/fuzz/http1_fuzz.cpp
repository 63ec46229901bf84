// Fuzzes the HTTP/1.x codec: whatever the bytes are, what is accepted must be one message only, and mean the same when written
// anew.
//
// Built with clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -I.
// -DBOOST_BEAST_SEPARATE_COMPILATION -DBOOST_ASIO_SEPARATE_COMPILATION from this file, proxy/http1/*.cpp, cache/http/*.cpp,
// cmake/asio.cpp and cmake/beast.cpp. Whole heads, such as those of request_smuggling_test.cpp, make a good first corpus.
#include "proxy/http1/content.hpp"
#include "proxy/http1/head.hpp"
#include "proxy/http1/write.hpp"
#include "tests/unit/proxy/http1/beast_reading.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

namespace sidecache::http1 {
namespace {

void require(bool condition, const char* what) {
    if (condition) return;
    std::fprintf(stderr, "broken invariant: %s\n", what);
    std::abort();
}

constexpr HeadLimits limits{200, 1000, 12};

bool is_inside(std::string_view part, std::string_view whole) {
    const std::less_equal<const char*> before;
    return part.empty() || (before(whole.data(), part.data()) && before(part.data() + part.size(), whole.data() + whole.size()));
}

void check_fields(http::HeaderView fields, http::FieldSet names, std::string_view head) {
    require(fields.size() <= limits.fields, "no more fields than the limit");
    for (const http::Field& field : fields) {
        require(is_inside(field.name, head) && is_inside(field.value, head), "fields are views into the head");
        require(!field.name.empty(), "a field has a name");
        require(names.has(field.id), "names has each field");
        for (const char c : field.value)
            require(c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f), "values are text");
        if (!field.value.empty()) {
            require(field.value.front() != ' ' && field.value.front() != '\t', "values have no space before");
            require(field.value.back() != ' ' && field.value.back() != '\t', "values have no space after");
        }
    }
}

bool same_fields(http::HeaderView a, http::HeaderView b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const http::Field& x, const http::Field& y) {
        return x.id == y.id && x.name == y.name && x.value == y.value;
    });
}

// Of two ways to cut the stream the content, the verdict and what is consumed are the same.
struct Content {
    std::string content;
    std::string trailers;
    std::size_t consumed = 0;
    bool is_done = false;
    bool is_broken = false;
    bool operator==(const Content&) const = default;
};

Content decode(Framing framing, std::uint64_t length, std::string_view bytes, std::size_t slice) {
    ContentDecoder decoder(framing, length);
    Content result;
    std::size_t available = 0;
    while (available < bytes.size()) {
        available = std::min(bytes.size(), available + slice);
        for (;;) {
            const std::string_view input = bytes.substr(result.consumed, available - result.consumed);
            const auto step = decoder.decode(input);
            require(step.consumed <= input.size(), "no more is consumed than given");
            require(is_inside(step.piece, input.substr(0, step.consumed)), "a piece is a view into what was consumed");
            result.content.append(step.piece);
            result.consumed += step.consumed;
            if (step.consumed == 0) break;
        }
        require(decoder.is_done() || decoder.is_broken() || result.consumed == available,
                "what is not final consumes everything");
    }
    result.is_done = decoder.is_done();
    result.is_broken = decoder.is_broken();
    if (result.is_done) result.trailers = decoder.trailers();
    return result;
}

void check_trailers(const std::string& trailers) {
    if (trailers.empty()) return;
    const std::string head = "HTTP/1.1 200 OK\r\n" + trailers + "\r\n";
    Fields fields;
    ResponseHead out;
    require(parse_response_head(head, HeadLimits{0, 100000, 100000}, http::Method::get, fields, out),
            "trailers are header fields");
    require(out.framing == Framing::until_close, "trailers have no say in framing");
}

void check_content(Framing framing, std::uint64_t length, std::string_view bytes) {
    const Content whole = decode(framing, length, bytes, bytes.size() + 1);
    for (const std::size_t slice : {1, 2, 3, 7}) require(decode(framing, length, bytes, slice) == whole, "cuts do not matter");
    check_trailers(whole.trailers);
    if (!whole.is_done || framing != Framing::chunked) return;
    // Written anew as one chunk it is the same.
    std::string again;
    if (!whole.content.empty()) {
        char chunk_head[18];
        again.append(chunk_head, write_chunk_head(chunk_head, whole.content.size())).append(whole.content).append("\r\n");
    }
    again.append("0\r\n").append(whole.trailers).append("\r\n");
    if (whole.trailers.size() + 2 > 8 * 1024) return;
    const Content second = decode(framing, 0, again, again.size());
    require(second.is_done && second.content == whole.content && second.trailers == whole.trailers,
            "content survives being written");
}

// No prefix of an accepted head is refused while it arrives.
void check_prefixes(std::string_view head) {
    for (std::size_t size = 0; size < head.size(); ++size) {
        require(!assess_partial_head(head.substr(0, size), limits), "an accepted head is not refused while it arrives");
        require(find_head_end(head, size) == head.size(), "the end is found from anywhere");
    }
}

void check_request(std::string_view bytes) {
    bytes.remove_prefix(leading_empty_lines(bytes));
    const std::size_t end = find_head_end(bytes, 0);
    assess_partial_head(bytes, limits);
    if (end == 0) return;
    const std::string_view head = bytes.substr(0, end);
    Fields fields;
    RequestHead out;
    if (const auto rejection = parse_request_head(head, limits, fields, out)) {
        require(rejection->status >= 400 && rejection->status <= 505 && !rejection->detail.empty(), "a rejection says why");
        return;
    }
    const http::RequestView& view = out.view;
    check_fields(view.fields, view.names, head);
    check_prefixes(head);
    if (testing::is_comparable(head, out)) require(testing::BeastReading<true>(head).agrees_with(out), "Beast reads the same");
    require(view.path == "*" || view.path.starts_with('/'), "a path begins with a slash");
    require(is_inside(view.query, head) && is_inside(view.authority, head), "the target's parts are views into the head");
    require(out.minor_version == 0 || http::count(view.fields, http::FieldName::host) == 1, "HTTP/1.1 has one Host");
    require(http::count(view.fields, http::FieldName::host) <= 1, "Host is not repeated");
    require(view.authority == http::value_of(view.fields, http::FieldName::host).value_or(view.authority),
            "Host is the authority");
    require(!(view.names.has(http::FieldName::transfer_encoding) && view.names.has(http::FieldName::content_length)),
            "one framing");
    require(view.names.has(http::FieldName::transfer_encoding) == (out.framing == Framing::chunked), "a coding is chunked");

    std::string again;
    std::string target(view.path);
    if (view.has_query) target.append("?").append(view.query);
    append_request_line(again, view.method_text, target);
    if (!view.names.has(http::FieldName::host)) append_field(again, "Host", view.authority.empty() ? "h" : view.authority);
    for (const http::Field& field : view.fields) append_field(again, field.name, field.value);
    append_end(again);
    Fields fields_again;
    RequestHead second;
    require(!parse_request_head(again, HeadLimits{300, 2000, 13}, fields_again, second), "an accepted request is accepted again");
    require(second.view.method == view.method && second.view.method_text == view.method_text, "the method survives");
    require(second.view.path == view.path && second.view.query == view.query && second.view.has_query == view.has_query,
            "the target");
    require(view.authority.empty() || second.view.authority == view.authority, "the authority survives");
    require(second.framing == out.framing && second.content_length == out.content_length, "the framing survives");
    const http::HeaderView received = second.view.fields;
    require(same_fields(received.subspan(received.size() - view.fields.size()), view.fields), "the fields survive");
    check_content(out.framing, out.content_length, bytes.substr(end));
}

void check_response(std::string_view bytes, http::Method method) {
    const std::size_t end = find_head_end(bytes, 0);
    if (end == 0) return;
    const std::string_view head = bytes.substr(0, end);
    Fields fields;
    ResponseHead out;
    if (!parse_response_head(head, limits, method, fields, out)) return;
    check_fields(out.view.fields, out.view.names, head);
    if (testing::is_comparable(head, out)) require(testing::BeastReading<false>(head).agrees_with(out), "Beast reads the same");
    require(out.view.status >= 100 && out.view.status <= 599, "a status is one of RFC 9110");
    require(http::count(out.view.fields, http::FieldName::content_length) <= 1, "one length");
    require(out.framing != Framing::until_close || !out.keep_alive, "what ends with the connection does not keep it");

    std::string again;
    append_status_line(again, out.view.status);
    for (const http::Field& field : out.view.fields) append_field(again, field.name, field.value);
    append_end(again);
    Fields fields_again;
    ResponseHead second;
    require(parse_response_head(again, HeadLimits{0, 2000, 13}, method, fields_again, second),
            "an accepted response is accepted again");
    require(second.view.status == out.view.status && same_fields(second.view.fields, out.view.fields), "the response survives");
    require(second.framing == out.framing && second.content_length == out.content_length, "the framing survives");
    check_content(out.framing, out.content_length, bytes.substr(end));
}

}  // namespace
}  // namespace sidecache::http1

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace sidecache;
    // In a block of its own size, so that reading past the end is seen.
    const std::string copy(reinterpret_cast<const char*>(data), size);
    http1::check_request(copy);
    http1::check_response(copy, http::Method::get);
    http1::check_response(copy, http::Method::head);
    http1::check_content(http1::Framing::chunked, 0, copy);
    return 0;
}
