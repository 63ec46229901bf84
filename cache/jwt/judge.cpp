#include "cache/jwt/judge.hpp"

#include "cache/http/field.hpp"
#include "cache/json/strict.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cmath>

namespace sidecache::jwt {
namespace {

namespace json = boost::json;
using http::SystemTime;

// Beyond these nothing is ever compared; far enough from the ends that a leeway can be added.
constexpr double latest = 1e15;

enum class Rounding : std::uint8_t { down, up };

// RFC 7519 §2, NumericDate: seconds since 1970, a fraction is allowed. nullopt where it is missing.
Result<std::optional<SystemTime>> time_of(const json::object& claims, json::string_view name, Rounding rounding) {
    const json::value* value = claims.if_contains(name);
    if (!value) return std::optional<SystemTime>{};
    if (!value->is_number()) return Fault::malformed;
    const double seconds = value->to_number<double>();
    const double whole = rounding == Rounding::down ? std::floor(seconds) : std::ceil(seconds);
    return SystemTime(std::chrono::seconds(static_cast<std::int64_t>(std::clamp(whole, -latest, latest))));
}

// RFC 7519 §4.1.3: one string, or an array of them. nullopt for anything else.
std::optional<bool> names_audience(const json::value& audience, const std::vector<std::string>& ours) {
    const auto is_ours = [&](const json::value& name) {
        return std::ranges::find(ours, std::string_view(name.get_string().data(), name.get_string().size())) != ours.end();
    };
    if (audience.is_string()) return is_ours(audience);
    const json::array* names = audience.if_array();
    if (!names || !std::ranges::all_of(*names, [](const json::value& name) { return name.is_string(); })) return std::nullopt;
    return std::ranges::any_of(*names, is_ours);
}

std::optional<Fault> assess_audience(const json::object& claims, const Expectations& expected) {
    if (expected.any_audience) return std::nullopt;
    const json::value* audience = claims.if_contains("aud");
    if (!audience) return expected.audiences.empty() ? std::nullopt : std::optional(Fault::wrong_audience);
    const auto names_us = names_audience(*audience, expected.audiences);
    if (!names_us) return Fault::malformed;
    return *names_us ? std::nullopt : std::optional(Fault::wrong_audience);
}

bool is_issuer(const json::object& claims, const std::string& issuer) {
    const json::string* name = strict_json::string_member(claims, "iss");
    return name && *name == issuer;  // RFC 7519 §4.1.1: the case matters
}

// RFC 7515 §4.1.9: "application/" is left out where no other slash follows.
bool is_type(const std::optional<std::string>& type, std::string_view expected) {
    constexpr std::string_view prefix = "application/";
    const auto without_prefix = [&](std::string_view name) {
        return http::iequals(name.substr(0, prefix.size()), prefix) ? name.substr(prefix.size()) : name;
    };
    return type && http::iequals(without_prefix(*type), without_prefix(expected));
}

std::optional<Fault> assess_times(std::optional<SystemTime> expires, std::optional<SystemTime> starts,
                                  const Expectations& expected, SystemTime now) {
    // RFC 7519 §4.1.4: not accepted "on or after" it.
    if (!expires && expected.require_expiry) return Fault::without_expiry;
    if (expires && now >= *expires + expected.leeway) return Fault::expired;
    // RFC 7519 §4.1.5
    if (starts && now + expected.leeway < *starts) return Fault::not_yet_valid;
    return std::nullopt;
}

}  // namespace

Result<Claims> judge(json::object claims, const Header& header, const Expectations& expected, SystemTime now) {
    const auto expires = time_of(claims, "exp", Rounding::down);
    if (!expires) return expires.error();
    const auto starts = time_of(claims, "nbf", Rounding::up);
    if (!starts) return starts.error();
    if (const auto fault = assess_times(*expires, *starts, expected, now)) return *fault;
    if (expected.issuer && !is_issuer(claims, *expected.issuer)) return Fault::wrong_issuer;
    if (const auto fault = assess_audience(claims, expected)) return *fault;
    if (expected.type && !is_type(header.type, *expected.type)) return Fault::wrong_type;
    Claims result(std::move(claims), *expires);
    for (const ExpectedClaim& claim : expected.claims) {
        if (result.text_at(claim.path) != claim.text) return Fault::wrong_claim;
    }
    return result;
}

}  // namespace sidecache::jwt
