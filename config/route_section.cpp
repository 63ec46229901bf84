#include "config/sections.hpp"
#include "config/templates.hpp"
#include "config/units.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sidecache::config {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds longest_freshness = 3650 * 24h;

using Freshness = std::optional<std::chrono::seconds>;  // nothing: the origin's own

Form<Freshness> freshness() {
    const std::string expected = "origin or a duration such as 5m";
    return {expected, [expected](std::string_view text) -> Parsed<Freshness> {
                if (text == "origin") return {Freshness{}, {}, {}};
                auto parsed = whole_seconds(0s, longest_freshness).parse(text);
                if (parsed.value) return {Freshness(*parsed.value), {}, {}};
                if (!parse_duration(text).value) parsed.what = expected_got(expected, text);
                return {std::nullopt, std::move(parsed.what), std::move(parsed.hint)};
            }};
}

Form<bool> on_or_off() {
    auto form = boolean();
    form.expected = "on or off";
    form.parse = [parse = std::move(form.parse)](std::string_view text) {
        auto parsed = parse(text);
        if (!parsed.value) parsed.what = expected_got("on or off", text);
        return parsed;
    };
    return form;
}

Form<policy::EndsPrincipal> ends_principal() {
    const std::string expected = "on, off or all";
    return {expected, [expected](std::string_view text) -> Parsed<policy::EndsPrincipal> {
                if (text == "all") return {policy::EndsPrincipal::everybody, {}, {}};
                const auto parsed = boolean().parse(text);
                if (!parsed.value) return refused<policy::EndsPrincipal>(expected, text);
                return {*parsed.value ? policy::EndsPrincipal::sender : policy::EndsPrincipal::nobody, {}, {}};
            }};
}

Form<http::FieldName> override_field() {
    return choice<http::FieldName>({{"X-HTTP-Method-Override", http::FieldName::x_http_method_override},
                                    {"X-HTTP-Method", http::FieldName::x_http_method},
                                    {"X-Method-Override", http::FieldName::x_method_override}});
}

void read_stale(Reader& stale, policy::StaleTimes& times) {
    stale.read("while_revalidate", times.while_revalidate, whole_seconds(0s, longest_freshness));
    stale.read("if_error", times.if_error, whole_seconds(0s, longest_freshness));
    stale.read("keep", times.keep, whole_seconds(0s, longest_freshness));
}

// The index of a configured principal, by its name.
Form<std::uint8_t> known_principal(const std::vector<principals::Principal>& principals) {
    std::vector<std::pair<std::string, std::uint8_t>> names;
    for (const principals::Principal& each : principals) names.emplace_back(each.name, static_cast<std::uint8_t>(names.size()));
    if (!names.empty()) return choice<std::uint8_t>(std::move(names));
    return {"the name of a principal", [](std::string_view name) -> Parsed<std::uint8_t> {
                return {std::nullopt, "there is no principal " + std::string(name), "name who asks under principals, such as principals: {user: {cookie: sessionid}}"};
            }};
}

}  // namespace

void read_routes(Reader& top, Settings& settings) {
    const Form<std::uint8_t> principal = known_principal(settings.principals);
    top.sections("routes", [&](Reader& route) {
        const auto path = route.get("path", path_template());
        if (!path && route.is_left_out("path")) route.missing("path", "missing", "expected such as path: /api/doctors/");

        policy::Rules rules = settings.unmatched;
        route.read("cache", rules.cache, on_or_off());
        route.read("fresh", rules.fresh, freshness());
        route.section("stale", [&](Reader& stale) { read_stale(stale, rules.stale); });
        route.read("reload", rules.ignore_reload, choice<bool>({{"obey", false}, {"ignore", true}}));
        route.section("keys", [&](Reader& keys) { read_query_rules(keys, rules.keys); });
        if (const auto named = route.get("principal", principal)) rules.principal = named->value;
        const auto ends = route.read("ends_principal", rules.ends_principal, ends_principal());
        if (ends && rules.ends_principal == policy::EndsPrincipal::sender && route.is_left_out("principal")) route.problem(*ends, "ends_principal", "whose? the route names no principal", "add principal: NAME");
        route.read("clients", rules.clients, choice<policy::ClientCopies>({{"origin", policy::ClientCopies::origin}, {"revalidate", policy::ClientCopies::revalidate}}));
        relations::RouteGroups named{path ? path->value : routes::PathTemplate("/")};
        if (const auto groups = route.list("groups", name_template(named.path, false)); groups && path) {
            for (const auto& each : groups->value) named.groups.push_back(each.value);
        }
        if (const auto fields = route.list("method_override", override_field())) {
            for (const auto& each : fields->value) rules.method_override.insert(each.value);
        }
        route.read("refresh_on_write", rules.refresh_on_write, boolean());
        route.read("write_through", rules.write_through, boolean());
        const auto lease = route.read("lease", rules.lease, duration(0ms, 1min));
        if (lease && rules.lease > 0ms && !settings.tier) route.problem(*lease, "lease", "stands without Redis, or with redis.responses: off", "add redis: {url: redis://HOST:6379/0}");
        if (!path) return;
        settings.routes.push_back({path->value, rules});
        settings.route_groups.push_back(std::move(named));
    });
}

}  // namespace sidecache::config
