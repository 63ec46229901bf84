#include "cache/forms/octet_reader.hpp"
#include "cache/forms/octet_writer.hpp"
#include "cache/forms/stored_form.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/list.hpp"

#include <algorithm>
#include <functional>
#include <new>
#include <optional>
#include <utility>
#include <vector>

namespace sidecache::forms {
namespace {

using http::NoVarySearch;
using policy::VarySpec;

void append_spec(OctetWriter& writer, const std::vector<std::string>& names) {
    writer.varint(names.size());
    for (const std::string& name : names) writer.text(name);
}

void append_spec(OctetWriter& writer, const VarySpec& spec) { append_spec(writer, spec.names); }

void append_spec(OctetWriter& writer, const NoVarySearch& spec) {
    writer.octet(spec.matter ? 1 : 0);
    append_spec(writer, spec.names);
}

// Sorted and without repeats, or else one spec could be another one in another spelling.
void read_names(OctetReader& reader, std::vector<std::string>& names, std::size_t limit) {
    const std::size_t count = reader.count(1);
    reader.require(count <= limit, Refusal::too_large);
    if (reader.refusal()) return;
    names.reserve(count);
    for (std::size_t i = 0; i < count; ++i) names.emplace_back(reader.text());
    reader.require(std::ranges::adjacent_find(names, std::ranges::greater_equal()) == names.end(), Refusal::spec);
}

bool is_lower(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return c == http::to_lower(c); });
}

void read_spec(OctetReader& reader, VarySpec& spec, std::size_t limit) {
    read_names(reader, spec.names, limit);
    reader.require(!spec.names.empty(), Refusal::spec);
    for (const std::string& name : spec.names) {
        reader.require(http::is_token(name) && is_lower(name), Refusal::spec);
        spec.ids.push_back(http::field_name(name));
    }
}

void read_spec(OctetReader& reader, NoVarySearch& spec, std::size_t limit) {
    const std::uint8_t matter = reader.octet();
    reader.require(matter <= 1, Refusal::spec);
    spec.matter = matter == 1;
    read_names(reader, spec.names, limit);
}

bool append_mark(std::string& out, Kind kind, const memory::Entry& mark, const auto& specs, const Moment& now) {
    if (specs.empty() || !is_time(now.wall) || mark.kept_until() < memory::Time{}) return false;
    const std::size_t begin = begin_form(out, kind, 0, now.wall);
    OctetWriter writer(out);
    writer.text(mark.key());
    writer.varint(static_cast<std::uint64_t>(mark.kept_until().time_since_epoch().count()));
    writer.varint(specs.size());
    for (const auto& spec : specs) append_spec(writer, spec);
    return end_form(out, begin);
}

template <typename Mark, typename Spec, typename... More>
Decoded<boost::intrusive_ptr<Mark>> read_mark(std::string_view form, Kind kind, std::string_view key, const FormLimits& limits, More... more) {
    const auto opened = open_form(form, kind);
    if (opened.has_error()) return opened.error();
    if (form.size() > limits.head) return Refusal::too_large;
    OctetReader reader(opened->parts);
    reader.require(reader.text() == key, Refusal::key);
    const std::uint64_t kept_until = reader.varint();
    reader.require(kept_until <= static_cast<std::uint64_t>(memory::Time::max().time_since_epoch().count()), Refusal::range);
    const std::size_t count = reader.count(1);
    reader.require(count <= limits.specs, Refusal::too_large);
    // Who finds a mark looks at one of its specs at least.
    reader.require(count != 0, Refusal::spec);
    std::vector<Spec> specs(reader.refusal() ? 0 : count);
    for (Spec& spec : specs) read_spec(reader, spec, limits.fields);
    reader.require(reader.at_end(), Refusal::lengths);
    if (reader.refusal()) return *reader.refusal();
    const memory::Time until{memory::Time::duration(static_cast<std::int64_t>(kept_until))};
    return memory::make_entry<Mark>(policy::hash_key(key), key, until, std::move(specs), std::move(more)...);
}

}  // namespace

bool append_form(std::string& out, const fill::VaryMark& mark, const Moment& now) { return append_mark(out, Kind::vary_mark, mark, mark.specs(), now); }

bool append_form(std::string& out, const fill::SearchMark& mark, const Moment& now) { return append_mark(out, Kind::search_mark, mark, mark.specs(), now); }

Decoded<boost::intrusive_ptr<fill::VaryMark>> decode_vary_mark(std::string_view form, std::string_view key, const FormLimits& limits) noexcept try {
    return read_mark<fill::VaryMark, VarySpec>(form, Kind::vary_mark, key, limits, std::vector<policy::Hash128>());
} catch (const std::bad_alloc&) {
    return Refusal::too_large;
}

Decoded<boost::intrusive_ptr<fill::SearchMark>> decode_search_mark(std::string_view form, std::string_view key, const FormLimits& limits) noexcept try {
    return read_mark<fill::SearchMark, NoVarySearch>(form, Kind::search_mark, key, limits);
} catch (const std::bad_alloc&) {
    return Refusal::too_large;
}

}  // namespace sidecache::forms
