#include "proxy/pipeline/claims.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/list.hpp"
#include "cache/secret/keyed_digest.hpp"

#include <algorithm>
#include <array>

namespace sidecache::pipeline {
namespace {

using http::FieldName;

// Of the others some carry a user or a token (X-Forwarded-User, X-Forwarded-Access-Token): keys hold what stands for those.
bool is_open(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 6> open{"x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-scheme", "x-forwarded-ssl"};
    return std::ranges::any_of(open, [name](std::string_view each) { return http::iequals(name, each); });
}

bool is_of_address(const http::Field& field) noexcept { return field.id == FieldName::x_forwarded_for || http::iequals(field.name, "x-real-ip"); }

constexpr std::string_view of_somebody = "\nclaim ";

void append_digest(std::string& out, std::string_view name, std::string_view value) {
    out.append(of_somebody);
    for (const char letter : name) out.push_back(http::to_lower(letter));
    out.push_back(' ');
    secret::append_hex(out, secret::keyed_digest({value}));
}

// What Forwarded says beside addresses (RFC 7239 §5.3, §5.4). Cut at each comma and semicolon, quoted or not: rather a key too many than a parameter that hides in
// another's value.
void append_forwarded(std::string& out, std::string_view value) {
    while (!value.empty()) {
        const std::size_t end = std::min(value.find_first_of(",;"), value.size());
        const std::string_view parameter = http::trim(value.substr(0, end));
        value.remove_prefix(std::min(end + 1, value.size()));
        const bool is_address = http::iequals(parameter.substr(0, 4), "for=") || http::iequals(parameter.substr(0, 3), "by=");
        const bool is_of_target = http::iequals(parameter.substr(0, 6), "proto=") || http::iequals(parameter.substr(0, 5), "host=");
        if (is_address || parameter.empty()) continue;
        if (is_of_target) {
            out.append("\nforwarded ").append(parameter);
        } else {
            append_digest(out, "forwarded", parameter);
        }
    }
}

}  // namespace

bool is_claim(std::string_view name) noexcept {
    if (name.size() < 6 || http::to_lower(name[0]) != 'x' || name[1] != '-') return false;
    constexpr std::array<std::string_view, 7> others{"x-real-ip",     "x-original-url", "x-original-uri",      "x-original-host",
                                                     "x-rewrite-url", "x-host",         "x-http-host-override"};
    return http::iequals(name.substr(0, 12), "x-forwarded-") || std::ranges::any_of(others, [name](std::string_view other) { return http::iequals(name, other); });
}

bool has_claims_of_somebody(std::string_view key) noexcept { return key.find(of_somebody) != std::string_view::npos; }

void append_key_space(std::string& out, const Snapshot& snapshot, const http::RequestView& request, const Peer& peer) {
    out.append(snapshot.space);
    if (!peer.is_trusted) return;  // nothing of it goes on
    for (const http::Field& field : request.fields) {
        if (field.id == FieldName::forwarded) {
            append_forwarded(out, field.value);
        } else if (is_claim(field.name) && !is_of_address(field)) {
            if (!is_open(field.name)) {
                append_digest(out, field.name, field.value);
                continue;
            }
            out.push_back('\n');
            for (const char letter : field.name) out.push_back(http::to_lower(letter));
            out.append(" ").append(field.value);
        }
    }
}

}  // namespace sidecache::pipeline
