#include "cache/http/cache_control.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/left_out.hpp"
#include "cache/http/list.hpp"
#include "cache/http/structured_field.hpp"

#include <algorithm>

namespace sidecache::http {
namespace {

// Calls `visit` with every directive of every line of `name`.
template <typename Visit>
void for_each_directive(HeaderView fields, FieldName name, Visit&& visit) {
    for (const Field& field : fields) {
        if (field.id != name) continue;
        std::string_view rest = field.value;
        while (const auto member = next_member(rest)) visit(parse_directive(*member));
    }
}

std::optional<Seconds> argument_of(const Directive& directive) noexcept {
    if (!directive.has_value || directive.is_malformed) return std::nullopt;
    return parse_delta_seconds(directive.value);  // RFC 9111 §5.2: token and quoted-string forms alike
}

void keep_smaller(std::optional<Seconds>& kept, std::optional<Seconds> next) {
    if (next) kept = kept ? std::min(*kept, *next) : *next;
}

void keep_larger(std::optional<Seconds>& kept, Seconds next) { kept = kept ? std::max(*kept, next) : next; }

// RFC 9111 §4.2.1: freshness that cannot be read, or that is said twice and differently, is no freshness.
void take_freshness(std::optional<Seconds>& kept, std::optional<Seconds> next) {
    const Seconds value = next.value_or(Seconds{0});
    kept = !kept || *kept == value ? value : Seconds{0};
}

void apply(ResponseCacheControl& control, const Directive& directive) {
    const std::string_view name = directive.name;
    if (iequals(name, "max-age")) {
        take_freshness(control.max_age, argument_of(directive));
    } else if (iequals(name, "s-maxage")) {
        take_freshness(control.s_maxage, argument_of(directive));
    } else if (iequals(name, "no-store")) {
        control.no_store = true;
    } else if (iequals(name, "no-cache")) {
        control.no_cache |= !add_left_out(control.no_cache_fields, directive);
    } else if (iequals(name, "private")) {
        control.is_private |= !add_left_out(control.private_fields, directive);
    } else if (iequals(name, "public")) {
        control.is_public = true;
    } else if (iequals(name, "must-revalidate")) {
        control.must_revalidate = true;
    } else if (iequals(name, "proxy-revalidate")) {
        control.proxy_revalidate = true;
    } else if (iequals(name, "must-understand")) {
        control.must_understand = true;
    } else if (iequals(name, "no-transform")) {
        control.no_transform = true;
    } else if (iequals(name, "stale-while-revalidate")) {
        keep_smaller(control.stale_while_revalidate, argument_of(directive));
    } else if (iequals(name, "stale-if-error")) {
        keep_smaller(control.stale_if_error, argument_of(directive));
    }
}

// RFC 9213 §2.2: the first of these with a valid value stands for Cache-Control and Expires.
constexpr FieldName target_list[] = {FieldName::sidecache_cache_control, FieldName::cdn_cache_control};

// RFC 9213 §2.1: how the items of a structured field stand for the arguments of directives.
Directive directive_of(const DictionaryReader::Member& member) noexcept {
    Directive directive{member.key, member.value, !member.value.empty() && member.value != "?1"};
    directive.is_malformed = directive.has_value && !parse_delta_seconds(member.value);
    return directive;
}

// nullopt if the field is absent, empty or no Dictionary: then it says nothing (RFC 9213 §2.1).
std::optional<ResponseCacheControl> parse_targeted(HeaderView fields, FieldName name) {
    ResponseCacheControl control;
    for (const Field& field : fields) {
        if (field.id != name) continue;
        DictionaryReader reader(field.value);
        while (const auto member = reader.next()) {
            if (member->is_inner_list) return std::nullopt;  // no directive has such a value
            control.is_targeted = true;
            if (member->value != "?0") apply(control, directive_of(*member));
        }
        if (reader.failed()) return std::nullopt;
    }
    return control.is_targeted ? std::optional(control) : std::nullopt;
}

}  // namespace

RequestCacheControl parse_request_cache_control(HeaderView fields) {
    RequestCacheControl control;
    bool has_cache_control = false;
    for (const Field& field : fields) has_cache_control |= field.id == FieldName::cache_control;
    if (!has_cache_control) {
        control.no_cache = has_token(fields, FieldName::pragma, "no-cache");  // RFC 9111 §5.4
        return control;
    }
    // What cannot be read, and what is said twice, is taken in its strictest sense.
    for_each_directive(fields, FieldName::cache_control, [&control](const Directive& directive) {
        const std::string_view name = directive.name;
        if (iequals(name, "no-cache")) {
            control.no_cache = true;
        } else if (iequals(name, "no-store")) {
            control.no_store = true;
        } else if (iequals(name, "only-if-cached")) {
            control.only_if_cached = true;
        } else if (iequals(name, "no-transform")) {
            control.no_transform = true;
        } else if (iequals(name, "max-age")) {
            keep_smaller(control.max_age, argument_of(directive).value_or(Seconds{0}));
        } else if (iequals(name, "min-fresh")) {
            keep_larger(control.min_fresh, argument_of(directive).value_or(max_delta_seconds));
        } else if (iequals(name, "max-stale")) {
            keep_smaller(control.max_stale, directive.has_value ? argument_of(directive) : max_delta_seconds);
        } else if (iequals(name, "stale-if-error")) {
            keep_smaller(control.stale_if_error, argument_of(directive));
        }
    });
    return control;
}

ResponseCacheControl parse_response_cache_control(HeaderView fields) {
    for (const FieldName name : target_list) {
        if (auto control = parse_targeted(fields, name)) return *control;
    }
    ResponseCacheControl control;
    for_each_directive(fields, FieldName::cache_control, [&control](const Directive& directive) { apply(control, directive); });
    return control;
}

std::optional<Seconds> parse_delta_seconds(std::string_view text) noexcept {
    if (text.empty() || !std::ranges::all_of(text, is_digit)) return std::nullopt;
    std::int64_t value = 0;
    for (const char c : text) {
        value = value * 10 + (c - '0');
        if (value >= max_delta_seconds.count()) return max_delta_seconds;
    }
    return Seconds{value};
}

}  // namespace sidecache::http
