#include "cache/forms/head_form.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/list.hpp"
#include "cache/http/octets.hpp"

#include <algorithm>
#include <optional>

namespace sidecache::forms {
namespace {

using http::Field;
using http::FieldName;
using http::FieldSet;

constexpr std::string_view protocol = "HTTP/1.1 ";
constexpr std::string_view line_end = "\r\n";
constexpr std::size_t least_field = 3;  // octets: both lengths, and a name of one

constexpr FieldSet framing = FieldSet::of(FieldName::connection, FieldName::content_length, FieldName::keep_alive, FieldName::proxy_connection, FieldName::te, FieldName::trailer,
                                          FieldName::transfer_encoding, FieldName::upgrade);

std::string status_line_start(int status) { return std::string(protocol) + std::to_string(status) + " "; }

// RFC 9110 §5.5: VCHAR, obs-text, SP, HTAB.
bool is_value_octet(char c) noexcept { return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\t'; }

bool is_value(std::string_view value) noexcept {
    for (; value.size() >= http::octets_of_block; value.remove_prefix(http::octets_of_block)) {
        if (http::has_control(value.data()) && !std::all_of(value.begin(), value.begin() + http::octets_of_block, is_value_octet)) return false;
    }
    return std::ranges::all_of(value, is_value_octet);
}

bool is_storable(const Field& field) noexcept { return http::is_token(field.name) && is_value(field.value) && !FieldSet(framing).has(field.id); }

Field read_field(OctetReader& reader) noexcept {
    const std::string_view name = reader.text();
    const Field field{http::field_name(name), name, reader.text()};
    reader.require(is_storable(field), Refusal::field);
    return field;
}

std::size_t line_size(const Field& field) noexcept { return field.name.size() + field.value.size() + 4; }

}  // namespace

std::optional<std::string_view> reason_of(std::string_view head, int status) noexcept {
    const std::string start = status_line_start(status);
    const std::size_t end = head.find(line_end);
    if (end == std::string_view::npos || !head.starts_with(start)) return std::nullopt;
    return head.substr(start.size(), end - start.size());
}

bool are_storable(const FieldSet& names) noexcept { return !names.has_any(framing); }

void append_fields(OctetWriter& writer, const fill::StoredResponse& response) {
    const policy::ClientFields clients = response.clients();
    writer.text(clients.cache_control);
    writer.text(clients.etag);
    const fill::UnpackedResponse view = response.view();
    writer.varint(view.fields.size());
    // They are the last ones (StoredResponse).
    writer.varint(static_cast<std::uint64_t>(std::ranges::count_if(view.fields, [&clients](const Field& field) { return clients.withholds(field); })));
    for (const Field& field : view.fields) {
        writer.text(field.name);
        writer.text(field.value);
    }
}

std::string read_status_line(OctetReader& reader, int status) {
    const std::string_view reason = reader.text();
    reader.require(is_value(reason), Refusal::field);
    return reader.refusal() ? std::string() : status_line_start(status).append(reason).append(line_end);
}

void read_fields(OctetReader& reader, ReadHead& head, const HeadLimits& limits) {
    head.clients.cache_control = reader.text();
    const std::string_view etag = reader.text();
    reader.require(is_value(head.clients.cache_control) && is_value(etag), Refusal::field);
    const std::size_t count = reader.count(least_field);
    const std::uint64_t withheld = reader.varint();
    reader.require(withheld <= count, Refusal::lengths);
    reader.require(count <= limits.fields, Refusal::too_large);
    std::size_t octets = head.status_line.size() + head.clients.cache_control.size() + etag.size();
    reader.require(octets <= limits.octets, Refusal::too_large);
    if (reader.refusal()) return;
    head.clients.etag = etag;
    head.fields.reserve(count);
    FieldSet sent;
    for (std::size_t i = 0; i < count && !reader.refusal(); ++i) {
        const Field field = read_field(reader);
        octets += line_size(field);
        reader.require(octets <= limits.octets, Refusal::too_large);
        (i < count - withheld ? sent : head.clients.withheld).insert(field.id);
        head.fields.push_back(field);
    }
    // Names are withheld, not lines.
    reader.require(!sent.has_any(head.clients.withheld), Refusal::field);
}

std::string_view read_trailers(OctetReader& reader, std::size_t limit) noexcept {
    const std::string_view trailers = reader.text();
    reader.require(trailers.size() <= limit, Refusal::too_large);
    for (std::string_view rest = trailers; !rest.empty() && !reader.refusal();) {
        const std::size_t end = rest.find(line_end);
        const std::size_t colon = rest.find(": ");
        if (end == std::string_view::npos || colon == std::string_view::npos || colon > end) {
            reader.refuse(Refusal::field);
            break;
        }
        const std::string_view name = rest.substr(0, colon);
        reader.require(is_storable({http::field_name(name), name, rest.substr(colon + 2, end - colon - 2)}), Refusal::field);
        rest.remove_prefix(end + line_end.size());
    }
    return trailers;
}

}  // namespace sidecache::forms
