#include "cache/http/field.hpp"

#include "cache/http/octets.hpp"

#include <algorithm>
#include <array>

namespace sidecache::http {
namespace {

struct KnownName {
    std::string_view text;  // lower case
    FieldName id;
};

constexpr KnownName known_names[] = {
    {"accept", FieldName::accept},
    {"accept-encoding", FieldName::accept_encoding},
    {"accept-language", FieldName::accept_language},
    {"accept-ranges", FieldName::accept_ranges},
    {"age", FieldName::age},
    {"allow", FieldName::allow},
    {"authorization", FieldName::authorization},
    {"cache-control", FieldName::cache_control},
    {"cache-group-invalidation", FieldName::cache_group_invalidation},
    {"cache-groups", FieldName::cache_groups},
    {"cache-status", FieldName::cache_status},
    {"cache-tag", FieldName::cache_tag},
    {"cdn-cache-control", FieldName::cdn_cache_control},
    {"connection", FieldName::connection},
    {"content-encoding", FieldName::content_encoding},
    {"content-length", FieldName::content_length},
    {"content-location", FieldName::content_location},
    {"content-range", FieldName::content_range},
    {"content-type", FieldName::content_type},
    {"cookie", FieldName::cookie},
    {"date", FieldName::date},
    {"etag", FieldName::etag},
    {"expect", FieldName::expect},
    {"expires", FieldName::expires},
    {"forwarded", FieldName::forwarded},
    {"host", FieldName::host},
    {"if-match", FieldName::if_match},
    {"if-modified-since", FieldName::if_modified_since},
    {"if-none-match", FieldName::if_none_match},
    {"if-range", FieldName::if_range},
    {"if-unmodified-since", FieldName::if_unmodified_since},
    {"keep-alive", FieldName::keep_alive},
    {"last-modified", FieldName::last_modified},
    {"location", FieldName::location},
    {"max-forwards", FieldName::max_forwards},
    {"origin", FieldName::origin},
    {"pragma", FieldName::pragma},
    {"proxy-authenticate", FieldName::proxy_authenticate},
    {"proxy-authorization", FieldName::proxy_authorization},
    {"proxy-connection", FieldName::proxy_connection},
    {"proxy-status", FieldName::proxy_status},
    {"range", FieldName::range},
    {"server-timing", FieldName::server_timing},
    {"set-cookie", FieldName::set_cookie},
    {"sidecache-cache-control", FieldName::sidecache_cache_control},
    {"surrogate-key", FieldName::surrogate_key},
    {"te", FieldName::te},
    {"traceparent", FieldName::traceparent},
    {"trailer", FieldName::trailer},
    {"transfer-encoding", FieldName::transfer_encoding},
    {"upgrade", FieldName::upgrade},
    {"vary", FieldName::vary},
    {"via", FieldName::via},
    {"warning", FieldName::warning},
    {"x-forwarded-for", FieldName::x_forwarded_for},
    {"x-forwarded-host", FieldName::x_forwarded_host},
    {"x-forwarded-proto", FieldName::x_forwarded_proto},
    {"x-http-method", FieldName::x_http_method},
    {"x-http-method-override", FieldName::x_http_method_override},
    {"x-method-override", FieldName::x_method_override},
    {"x-query-count", FieldName::x_query_count},
    {"xkey", FieldName::xkey},
};
static_assert(std::size(known_names) + 1 == static_cast<std::size_t>(FieldName::count_), "every id but `other` has its text");

constexpr std::size_t longest_name = [] {
    std::size_t longest = 0;
    for (const KnownName& known : known_names) longest = std::max(longest, known.text.size());
    return longest;
}();

// A perfect hash of the known names: length, first, middle and last character choose the only candidate. The factors were
// found by trial; the compiler checks that they still fit.
constexpr std::size_t slot_of(std::string_view name) {
    const auto at = [name](std::size_t place) { return static_cast<unsigned char>(name[place]) | 0x20u; };
    return (name.size() + at(0) * 89u + at(name.size() - 1) * 235u + at(name.size() / 2) * 51u) & 255u;
}

using NameTable = std::array<std::uint8_t, 256>;  // places in known_names, plus one; 0: no name

constexpr NameTable name_table = [] {
    NameTable table{};
    for (std::size_t i = 0; i < std::size(known_names); ++i) {
        table[slot_of(known_names[i].text)] = static_cast<std::uint8_t>(i + 1);
    }
    return table;
}();
static_assert(static_cast<std::size_t>(std::ranges::count_if(name_table, [](std::uint8_t place) { return place != 0; })) ==
                  std::size(known_names),
              "two names share a slot: other factors are needed");

}  // namespace

FieldName field_name(std::string_view name) noexcept {
    if (name.empty() || name.size() > longest_name) return FieldName::other;
    const std::uint8_t place = name_table[slot_of(name)];
    if (place == 0) return FieldName::other;
    const KnownName& candidate = known_names[place - 1];
    return iequals(candidate.text, name) ? candidate.id : FieldName::other;
}

FieldSet names_of(HeaderView fields) noexcept {
    FieldSet names;
    for (const Field& field : fields) names.insert(field.id);
    return names;
}

bool are_alike(std::string_view a, std::string_view b) noexcept {
    const auto are_same = [](Word one, Word other) { return to_lower_octets(one) == to_lower_octets(other); };
    if (a.size() < octets_of_word) return are_same(load_part(a.data(), a.size()), load_part(b.data(), b.size()));
    for (std::size_t at = 0; at + octets_of_word < a.size(); at += octets_of_word) {
        if (!are_same(load_word(a.data() + at), load_word(b.data() + at))) return false;
    }
    const std::size_t last = a.size() - octets_of_word;  // again those of the word before it, in part
    return are_same(load_word(a.data() + last), load_word(b.data() + last));
}

std::optional<std::string_view> value_of(HeaderView fields, FieldName name) noexcept {
    for (const Field& field : fields) {
        if (field.id == name) return field.value;
    }
    return std::nullopt;
}

std::size_t count(HeaderView fields, FieldName name) noexcept {
    std::size_t lines = 0;
    for (const Field& field : fields) lines += field.id == name ? 1 : 0;
    return lines;
}

}  // namespace sidecache::http
