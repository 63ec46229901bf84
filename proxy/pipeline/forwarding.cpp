#include "proxy/pipeline/forwarding.hpp"

#include "cache/http/date.hpp"
#include "cache/http/left_out.hpp"
#include "cache/http/list.hpp"
#include "cache/http/target.hpp"
#include "cache/policy/client_fields.hpp"
#include "cache/policy/partial.hpp"
#include "cache/switches/switches.hpp"
#include "proxy/http1/write.hpp"
#include "proxy/pipeline/claims.hpp"

#include <algorithm>
#include <charconv>

namespace sidecache::pipeline {
namespace {

using http::FieldName;

constexpr auto conditions = http::FieldSet::of(FieldName::if_match, FieldName::if_none_match, FieldName::if_modified_since, FieldName::if_unmodified_since);
constexpr auto conditions_and_ranges = http::FieldSet::of(FieldName::if_match, FieldName::if_none_match, FieldName::if_modified_since,
                                                          FieldName::if_unmodified_since, FieldName::if_range, FieldName::range);
// Written anew below, or of this connection alone.
constexpr auto made_anew = http::FieldSet::of(FieldName::host, FieldName::content_length, FieldName::transfer_encoding, FieldName::expect, FieldName::via,
                                              FieldName::forwarded, FieldName::max_forwards, FieldName::proxy_authorization);

// RFC 7239 §6: an IPv6 address is bracketed and quoted.
void append_node(std::string& out, const std::string& address) {
    const bool is_v6 = address.find(':') != std::string::npos;
    out.append(is_v6 ? "\"[" : "").append(address).append(is_v6 ? "]\"" : "");
}

void append_quoted_if_needed(std::string& out, std::string_view value) {
    const bool is_token = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    });
    const std::string_view quote = is_token ? "" : "\"";
    out.append(quote).append(value).append(quote);
}

// All values of one list; false: nothing stands in them.
bool append_joined(std::string& out, http::HeaderView fields, FieldName name) {
    const std::size_t begin = out.size();
    for (const http::Field& field : fields) {
        if (field.id == name) out.append(out.size() == begin ? "" : ", ").append(field.value);
    }
    return out.size() != begin;
}

// Where fields of one connection may be named: nowhere, in most messages.
http::HeaderView connection_fields(const auto& message) { return message.names.has(FieldName::connection) ? message.fields : http::HeaderView(); }

void append_via(std::string& out, const http1::RequestHead& head, const Snapshot& snapshot) {
    out.append("Via: ");
    if (append_joined(out, head.view.fields, FieldName::via)) out.append(", ");
    out.append(head.minor_version == 0 ? "1.0 " : "1.1 ").append(snapshot.options.via).append("\r\n");
}

void append_forwarding_fields(std::string& out, const http::RequestView& request, const Peer& peer) {
    const http::HeaderView kept = peer.is_trusted ? request.fields : http::HeaderView();
    const bool is_named = peer.address != "unix";
    const std::string_view unnamed = "unknown";
    out.append("X-Forwarded-For: ");
    if (append_joined(out, kept, FieldName::x_forwarded_for)) out.append(", ");
    out.append(is_named ? peer.address : unnamed).append("\r\nX-Forwarded-Proto: ");
    if (!append_joined(out, kept, FieldName::x_forwarded_proto)) out.append("http");
    if (!request.authority.empty()) {
        out.append("\r\nX-Forwarded-Host: ");
        if (!append_joined(out, kept, FieldName::x_forwarded_host)) out.append(request.authority);
    }
    out.append("\r\nForwarded: ");
    if (append_joined(out, kept, FieldName::forwarded)) out.append(", ");
    out.append("for=");
    if (is_named) append_node(out, peer.address);
    if (!is_named) out.append(unnamed);
    if (!request.authority.empty()) append_quoted_if_needed(out.append(";host="), request.authority);
    out.append(";proto=http\r\n");
}

// RFC 9110 §7.6.2: one less for each hop; the pipeline answers 0 itself.
void append_max_forwards(std::string& out, const http::RequestView& request) {
    const auto value = http::value_of(request.fields, FieldName::max_forwards);
    if (!value) return;
    std::uint64_t hops = 0;
    if (std::from_chars(value->data(), value->data() + value->size(), hops).ec != std::errc{} || hops == 0) return;
    http1::append_field(out, "Max-Forwards", hops - 1);
}

std::string make_head(const Snapshot& snapshot, const OwnedRequest& message, const Peer& peer, std::string_view id, http::FieldSet dropped, http::FieldSet overrides = {}) {
    const http1::RequestHead& head = message.head();
    const http::RequestView& request = head.view;
    std::string out;
    out.reserve(1024);
    // Normalised as the key is (RFC 3986 §6.2.2): an origin that reads escapes or dot segments otherwise would answer for another resource than the key names.
    std::string target;
    target.reserve(request.path.size() + 1 + request.query.size());
    if (!http::append_key_path(target, request.path)) target = request.path;
    if (request.has_query) target.append("?").append(request.query);
    http1::append_request_line(out, request.method_text, target);
    const bool has_host = snapshot.preserve_host && !request.authority.empty();
    http1::append_field(out, "Host", has_host ? request.authority : std::string_view(snapshot.origin_authority));
    const http::HeaderView naming = connection_fields(request);
    for (const http::Field& field : request.fields) {
        const auto name = http::FieldSet::of(field.id);
        if (field.id != FieldName::other && (made_anew.has_any(name) || dropped.has_any(name))) continue;
        // They make another method of the one that we judged (CONSISTENCY 1.2).
        const bool is_override = http::method_overrides.has(field.id) && !overrides.has(field.id);
        if (is_override && !switches::is_off(switches::Rule::override_dropped)) continue;
        if (is_claim(field.name)) {
            const bool is_written_below = field.id == FieldName::x_forwarded_for || field.id == FieldName::x_forwarded_proto ||
                                          field.id == FieldName::x_forwarded_host;
            if (is_written_below || !peer.is_trusted) continue;
        }
        if (!snapshot.options.request_id.empty() && http::iequals(field.name, snapshot.options.request_id)) continue;
        if (http1::is_hop_by_hop(field, naming)) continue;
        http1::append_field(out, field.name, field.value);
    }
    append_via(out, head, snapshot);
    append_forwarding_fields(out, request, peer);
    append_max_forwards(out, request);
    if (!snapshot.options.request_id.empty()) http1::append_field(out, snapshot.options.request_id, id);
    return out;
}

void append_framing(std::string& out, RequestFraming framing) {
    switch (framing.kind) {
        case RequestFraming::Kind::none: break;
        case RequestFraming::Kind::length: http1::append_field(out, "Content-Length", framing.length); break;
        case RequestFraming::Kind::chunked: http1::append_field(out, "Transfer-Encoding", "chunked"); break;
    }
}

}  // namespace

// Also where it is empty: a QUERY has content (RFC 9110 §8.6).
RequestFraming framing_of(const QueryContent& content) { return {RequestFraming::Kind::length, content.bytes.size(), true}; }

std::string make_forwarded_head(const Snapshot& snapshot, const OwnedRequest& message, const Peer& peer, std::string_view id,
                                RequestFraming framing, http::FieldSet overrides) {
    std::string out = make_head(snapshot, message, peer, id, {}, overrides);
    const http1::RequestHead& head = message.head();
    append_framing(out, framing);
    if (head.expects_continue && !framing.has_come) http1::append_field(out, "Expect", "100-continue");  // RFC 9110 §10.1.1
    if (may_upgrade(head)) {
        http1::append_field(out, "Connection", "upgrade");
        append_joined(out.append("Upgrade: "), head.view.fields, FieldName::upgrade);
        out.append("\r\n");
    } else if (http::has_token(head.view.fields, FieldName::te, "trailers")) {
        http1::append_field(out, "Connection", "TE");
        http1::append_field(out, "TE", "trailers");
    }
    http1::append_end(out);
    return out;
}

std::string make_fill_head(const Snapshot& snapshot, const OwnedRequest& message, const Peer& peer, std::string_view id,
                           const fill::StoredResponse* stored, const Scope& scope, RequestFraming framing) {
    std::string out = make_head(snapshot, message, peer, id, scope.kind == Scope::Kind::asked ? conditions : conditions_and_ranges);
    append_framing(out, framing);
    if (stored != nullptr) {  // RFC 9111 §4.3.1
        const fill::UnpackedResponse view = stored->view();
        if (const auto tag = http::value_of(view.fields, FieldName::etag); tag && stored->facts().has_etag) {
            http1::append_field(out, "If-None-Match", *tag);
        }
        if (const auto date = http::value_of(view.fields, FieldName::last_modified); date && stored->facts().has_last_modified) {
            http1::append_field(out, "If-Modified-Since", *date);
        }
    }
    if (scope.kind == Scope::Kind::missing) {
        std::string range;
        http::append_range(range, {&scope.missing, 1});
        http1::append_field(out, "Range", range);
        const fill::StoredResponse& held = scope.held->response();
        if (const auto validator = policy::strong_validator_of(held.view(), held.facts())) http1::append_field(out, "If-Range", *validator);
    }
    http1::append_end(out);
    return out;
}

bool tells_a_role(const Snapshot& snapshot, std::string_view field_name) {
    return std::ranges::any_of(snapshot.principals, [&](const principals::Principal& principal) {
        return !principal.role_header.empty() && http::iequals(field_name, principal.role_header);
    });
}

http::FieldSet withheld_from_clients(const Snapshot& snapshot) { return snapshot.options.tells_groups ? http::FieldSet() : policy::group_fields; }

bool is_kept_from_clients(const Snapshot& snapshot, const http::Field& field) {
    return tells_a_role(snapshot, field.name) || withheld_from_clients(snapshot).has(field.id);
}

std::string trailers_for_clients(const Snapshot& snapshot, const std::string& trailers) {
    return http::without_lines(trailers, [&snapshot](std::string_view name) { return is_kept_from_clients(snapshot, {http::field_name(name), name, {}}); });
}

void select_end_to_end(EndToEnd& out, const Snapshot& snapshot, const http1::ResponseHead& response,
                       std::chrono::system_clock::time_point now, bool drop_age) {
    const http::HeaderView fields = response.view.fields;
    const http::HeaderView naming = connection_fields(response.view);
    bool has_date = false;
    out.fields.clear();
    out.fields.reserve(fields.size() + 2);
    for (const http::Field& field : fields) {
        if (field.id == FieldName::content_length || (field.id == FieldName::age && drop_age)) continue;
        if (http1::is_hop_by_hop(field, naming) || tells_a_role(snapshot, field.name)) continue;
        has_date |= field.id == FieldName::date;
        out.fields.push_back(field);
    }
    if (!has_date) {  // RFC 9110 §6.6.1
        out.made_date = http::format_http_date(std::chrono::floor<std::chrono::seconds>(now));
        out.fields.push_back({FieldName::date, "Date", out.made_date});
    }
    out.made_via.assign(response.minor_version == 0 ? "1.0 " : "1.1 ").append(snapshot.options.via);
    out.fields.push_back({FieldName::via, "Via", out.made_via});
}

std::string take_left_out(std::vector<http::Field>& fields, const std::vector<std::string_view>& left_out) {
    std::string lines;
    std::erase_if(fields, [&](const http::Field& field) {
        if (!http::is_left_out(field.name, left_out)) return false;
        http1::append_field(lines, field.name, field.value);
        return true;
    });
    return lines;
}

bool may_upgrade(const http1::RequestHead& request) {
    const bool has_content = request.framing == http1::Framing::chunked || request.content_length != 0;
    if (!request.wants_upgrade || has_content) return false;
    std::string protocols;
    append_joined(protocols, request.view.fields, FieldName::upgrade);
    std::string_view rest = protocols;
    while (const auto protocol = http::next_member(rest)) {
        const std::string_view name = protocol->substr(0, protocol->find('/'));
        if (http::iequals(name, "h2c") || http::iequals(name, "h2") || http::iequals(name, "http") || http::iequals(name, "tls")) return false;
    }
    return true;
}

std::int32_t queries_of(const http::ResponseView& response) {
    std::int32_t queries = -1;
    if (const auto value = http::value_of(response.fields, http::FieldName::x_query_count)) {
        std::from_chars(value->data(), value->data() + value->size(), queries);
    }
    return queries;
}

}  // namespace sidecache::pipeline
