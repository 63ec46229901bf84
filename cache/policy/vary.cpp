#include "cache/policy/vary.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/list.hpp"

#include "cache/secret/keyed_digest.hpp"

#include <algorithm>
#include <array>

namespace sidecache::policy {
namespace {

using http::Field;
using http::FieldName;
using http::HeaderView;

constexpr char absent_mark = '-';
constexpr char present_mark = '+';
constexpr char covered_mark = '*';
constexpr std::size_t length_digits = sizeof(std::uint32_t);

void append_lower(std::string& out, std::string_view text) {
    for (const char c : text) out += http::to_lower(c);
}

bool is_line_of(const Field& field, const std::string& name, FieldName id) noexcept {
    return field.id == id && (id != FieldName::other || http::iequals(field.name, name));
}

// RFC 9111 §4.1: lines combined, whitespace between members normalised; all else byte for byte.
void append_members(std::string& out, const std::string& name, FieldName id, HeaderView fields) {
    bool is_first = true;
    for (const Field& field : fields) {
        if (!is_line_of(field, name, id)) continue;
        std::string_view rest = field.value;
        while (const auto member = http::next_member(rest)) {
            if (!is_first) out += ", ";
            is_first = false;
            out += *member;
        }
    }
}

bool is_credential(FieldName id) noexcept { return id == FieldName::cookie || id == FieldName::authorization; }

bool is_covered(const std::string& name, FieldName id, const Covered& covered) noexcept {
    return (id == FieldName::cookie && covered.cookies) || (!covered.header.empty() && name == covered.header);
}

void append_digest(std::string& out, const std::string& name, FieldName id, HeaderView fields) {
    const std::size_t begin = out.size();
    append_members(out, name, id, fields);
    const secret::Digest digest = secret::keyed_digest({name, std::string_view(out).substr(begin)});
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), '\0');
    out.resize(begin);
    secret::append_hex(out, digest);
}

// One coding of Accept-Encoding (RFC 9110 §12.5.3).
struct Coding {
    std::string_view name;
    bool is_accepted = true;
    bool is_plain = true;  // false: parameters that we do not know how to read
};

Coding parse_coding(std::string_view member) noexcept {
    const std::size_t semicolon = member.find(';');
    Coding coding{http::trim(member.substr(0, semicolon))};
    coding.is_plain = coding.name == "*" || http::is_token(coding.name);
    if (http::iequals(coding.name, "x-gzip")) coding.name = "gzip";  // §8.4.1.3: equivalent
    if (semicolon == std::string_view::npos) return coding;
    std::string_view weight = http::trim(member.substr(semicolon + 1));
    if (weight.size() < 3 || http::to_lower(weight[0]) != 'q' || weight[1] != '=') {
        coding.is_plain = false;
        return coding;
    }
    weight.remove_prefix(2);  // §12.4.2: weight 0 is "not acceptable"
    coding.is_plain &= weight.find_first_not_of("0123456789.") == std::string_view::npos;
    coding.is_accepted = weight.find_first_of("123456789") != std::string_view::npos;
    return coding;
}

bool less_lower(std::string_view a, std::string_view b) noexcept {
    return std::ranges::lexicographical_compare(a, b, {}, http::to_lower, http::to_lower);
}

// The set of codings that the client takes, so that browsers which spell the same wish differently share a variant: weights
// and order are lost, as the origin may choose any of them. False, and nothing appended, for what is no list of codings
// or too long a one: then the value stands for itself.
bool append_codings(std::string& out, HeaderView fields) {
    std::array<std::string_view, 16> accepted;
    std::size_t size = 0;
    for (const Field& field : fields) {
        if (field.id != FieldName::accept_encoding) continue;
        std::string_view rest = field.value;
        while (const auto member = http::next_member(rest)) {
            const Coding coding = parse_coding(*member);
            if (!coding.is_plain || size == accepted.size()) return false;
            if (coding.is_accepted && !http::iequals(coding.name, "identity")) accepted[size++] = coding.name;
        }
    }
    const auto end = accepted.begin() + static_cast<std::ptrdiff_t>(size);
    std::sort(accepted.begin(), end, less_lower);
    const auto last = std::unique(accepted.begin(), end, http::iequals);
    for (auto coding = accepted.begin(); coding != last; ++coding) {
        if (coding != accepted.begin()) out += ',';
        append_lower(out, *coding);
    }
    return true;
}

}  // namespace

std::optional<VarySpec> parse_vary(http::HeaderView response_fields, std::size_t limit) {
    VarySpec spec;
    for (const Field& field : response_fields) {
        if (field.id != FieldName::vary) continue;
        std::string_view rest = field.value;
        while (const auto member = http::next_member(rest)) {
            if (*member == "*" || !http::is_token(*member)) return std::nullopt;
            std::string name;
            append_lower(name, *member);
            spec.names.push_back(std::move(name));
        }
    }
    std::ranges::sort(spec.names);
    spec.names.erase(std::unique(spec.names.begin(), spec.names.end()), spec.names.end());
    if (spec.names.size() > limit) return std::nullopt;
    for (const std::string& name : spec.names) spec.ids.push_back(http::field_name(name));
    return spec;
}

void append_vary_key(std::string& out, const VarySpec& spec, http::HeaderView request_fields, const Covered& covered) {
    for (std::size_t i = 0; i < spec.names.size(); ++i) {
        const std::string& name = spec.names[i];
        const FieldName id = spec.ids[i];
        if (is_covered(name, id, covered)) {
            out += covered_mark;
            continue;
        }
        const bool is_present =
            std::ranges::any_of(request_fields, [&name, id](const Field& field) { return is_line_of(field, name, id); });
        if (!is_present) {
            out += absent_mark;
            continue;
        }
        out += present_mark;
        const std::size_t length_at = out.size();
        out.append(length_digits, '\0');
        if (is_credential(id)) {
            append_digest(out, name, id, request_fields);
        } else if (id != FieldName::accept_encoding || !append_codings(out, request_fields)) {
            append_members(out, name, id, request_fields);
        }
        const std::size_t length = out.size() - length_at - length_digits;
        for (std::size_t digit = 0; digit < length_digits; ++digit)
            out[length_at + digit] = static_cast<char>(length >> (8 * digit));
    }
}

}  // namespace sidecache::policy
