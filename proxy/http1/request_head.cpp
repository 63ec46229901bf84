#include "proxy/http1/head.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/list.hpp"
#include "proxy/http1/connection_options.hpp"
#include "proxy/http1/framing.hpp"
#include "proxy/http1/grammar.hpp"
#include "proxy/http1/limits.hpp"
#include "proxy/http1/read_head.hpp"
#include "proxy/http1/target_form.hpp"

#include <algorithm>
#include <array>

namespace sidecache::http1 {
namespace {

using http::FieldName;

struct RequestLine {
    std::string_view method;
    std::string_view target;
    std::string_view version;
    std::size_t size = 0;  // with its CRLF
};

// Splits at the first and the last space, so that a target with a space in it shows as such (RFC 9112 §3: no lenient splitting).
bool split_line(std::string_view head, RequestLine& out) {
    const std::size_t line_feed = head.find('\n');
    if (line_feed == std::string_view::npos || line_feed == 0 || head[line_feed - 1] != '\r') return false;
    out.size = line_feed + 1;
    const std::string_view line = head.substr(0, line_feed - 1);
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == last) return false;  // none at all, or HTTP/0.9
    out.method = line.substr(0, first);
    out.target = line.substr(first + 1, last - first - 1);
    out.version = line.substr(last + 1);
    return true;
}

// RFC 9112 §2.3, RFC 9110 §15.6.6.
std::optional<Rejection> judge_version(std::string_view version, int& minor_version) {
    const bool is_version = version.size() == 8 && version.starts_with("HTTP/") && http::is_digit(version[5]) &&
                            version[6] == '.' && http::is_digit(version[7]);
    if (!is_version) return Rejection{400, "The request line does not end with an HTTP version."};
    if (version[5] != '1') return Rejection{505, "Only HTTP/1.0 and HTTP/1.1 are spoken here."};
    minor_version = version[7] == '0' ? 0 : 1;
    return std::nullopt;
}

// RFC 9112 §3.2: exactly one valid Host in HTTP/1.1; HTTP/1.0 may do without. An absolute target replaces it (§3.2.2), also in
// `fields`, so that whoever reads Host reads what was asked for.
std::optional<Rejection> judge_host(const RawSection& section, int minor_version, Fields& fields, http::RequestView& view) {
    if (section.repeated.has(FieldName::host)) return Rejection{400, "Host is repeated."};
    if (!section.names.has(FieldName::host)) {
        if (minor_version >= 1) return Rejection{400, "Host is missing."};
        return std::nullopt;
    }
    for (http::Field& field : fields) {
        if (field.id != FieldName::host) continue;
        // Empty is for URIs without authority, and http has none such (RFC 9110 §4.2.1).
        if (!is_valid_authority(field.value)) return Rejection{400, "Host is invalid."};
        if (view.authority.empty()) view.authority = field.value;
        field.value = view.authority;
        break;
    }
    return std::nullopt;
}

// CGI and WSGI read `Content_Length` as Content-Length: such a spelling of a name that matters would be two fields to us and one
// to the origin.
bool is_disguised(const http::Field& field) {
    std::array<char, 40> buffer;  // longer than any name that is known: of a longer one, what is cut off does not matter
    const std::size_t size = std::min(field.name.size(), buffer.size());
    std::replace_copy(field.name.begin(), field.name.begin() + size, buffer.begin(), '_', '-');
    const std::string_view name(buffer.data(), size);
    return http::field_name(name) != FieldName::other || is_forwarding_name(name);
}

// RFC 9110 §10.1.1
std::optional<Rejection> judge_expect(http::HeaderView fields, RequestHead& out) {
    for (const http::Field& field : fields) {
        if (field.id != FieldName::expect) continue;
        std::string_view rest = field.value;
        while (const auto expectation = http::next_member(rest)) {
            if (!http::iequals(*expectation, "100-continue")) return Rejection{417, "Only 100-continue can be met."};
            // An HTTP/1.0 client knows no interim response; without content there is nothing to wait for.
            out.expects_continue = out.minor_version >= 1 && (out.framing == Framing::chunked || out.content_length > 0);
        }
    }
    return std::nullopt;
}

std::optional<Rejection> judge_connection(http::HeaderView fields, RequestHead& out) {
    const ConnectionOptions options = connection_options(fields);
    if (options.is_malformed) return Rejection{400, "Connection is not a list of tokens."};
    if (options.names_end_to_end) return Rejection{400, "Connection names a field that is not of one connection."};
    out.keep_alive = is_kept_alive(options, out.minor_version);
    if (options.names_unknown) {
        out.is_ambiguous |= std::ranges::any_of(fields, [fields](const http::Field& field) {
            return field.id == FieldName::other && http::has_token(fields, FieldName::connection, field.name);
        });
    }
    // RFC 9110 §7.8: Upgrade counts only with its connection option, and never in HTTP/1.0.
    out.wants_upgrade = options.upgrade && out.minor_version >= 1 && out.view.names.has(FieldName::upgrade);
    return std::nullopt;
}

}  // namespace

std::optional<Rejection> parse_request_head(std::string_view head, const HeadLimits& limits, Fields& fields, RequestHead& out) {
    fields.clear();
    out = {};
    RequestLine line;
    if (!split_line(head, line)) return Rejection{400, "The request line is malformed."};
    // RFC 9110 §15.5.15
    if (line.target.size() > limits.target) return Rejection{414, "The request target is too long."};
    // RFC 6585 §5
    if (head.size() > limits.head) return Rejection{431, "The request head is too large."};
    if (const auto bad = judge_version(line.version, out.minor_version)) return bad;
    if (!http::is_token(line.method)) return Rejection{400, "The method is not a token."};
    // RFC 9112 §3
    if (line.method.size() > max_method_size) return Rejection{501, "The method is too long to be one."};

    RawSection section;
    if (const auto bad = read_fields(head.substr(line.size), limits.fields, fields, section)) return bad;
    out.target = line.target;
    out.view.method = http::method_of(line.method);
    out.view.method_text = line.method;
    // RFC 9110 §9.3.6: a gateway to one origin opens no tunnels.
    if (out.view.method == http::Method::connect) return Rejection{501, "CONNECT is not supported."};
    if (const auto bad = split_target(line.target, out.view)) return bad;
    if (const auto bad = judge_host(section, out.minor_version, fields, out.view)) return bad;

    out.view.fields = fields;
    out.view.names = section.names;
    for (const http::Field& field : section.has_underscore ? http::HeaderView(fields) : http::HeaderView()) {
        if (field.id != FieldName::other || field.name.find('_') == std::string_view::npos) continue;
        out.is_ambiguous = true;
        if (is_disguised(field)) return Rejection{400, "A field name has an underscore for a hyphen."};
    }
    Extent extent;
    if (const auto bad = judge_request_framing(fields, section, out.minor_version, extent)) return bad;
    out.framing = extent.framing;
    out.content_length = extent.content_length;
    out.keep_alive = out.minor_version >= 1;
    if (section.names.has(FieldName::connection)) {
        if (const auto bad = judge_connection(fields, out)) return bad;
    }
    if (section.names.has(FieldName::expect)) return judge_expect(fields, out);
    return std::nullopt;
}

}  // namespace sidecache::http1
