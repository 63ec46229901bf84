#include "cache/policy/vary.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/list.hpp"
#include "cache/http/octets.hpp"
#include "cache/policy/codings.hpp"

#include "cache/secret/keyed_digest.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace sidecache::policy {
namespace {

using http::Field;
using http::FieldName;
using http::HeaderView;

constexpr char name_end = ':';  // in no name (RFC 9110 §5.1)
constexpr char absent_mark = '-';
constexpr char present_mark = '+';
constexpr char covered_mark = '*';
constexpr char language_mark = '=';  // not the value itself, but the language that it asks for
constexpr std::size_t length_digits = sizeof(std::uint32_t);

void append_lower(std::string& out, std::string_view text) {
    for (const char c : text) out += http::to_lower(c);
}

bool is_line_of(const Field& field, const std::string& name, FieldName id) noexcept {
    return field.id == id && (id != FieldName::other || http::iequals(field.name, name));
}

// Which letters of a member say the same in either case.
enum class Case : std::uint8_t { kept, lower, lower_but_parameters };

Case case_of(const std::string& name, FieldName id) noexcept {
    // RFC 9110 §12.5.4, RFC 4647 §2: language ranges are compared without case.
    if (id == FieldName::accept_language) return Case::lower;
    // RFC 9110 §8.3.1: so are type, subtype and the names of parameters; of their values each parameter decides.
    if (id == FieldName::accept) return Case::lower_but_parameters;
    // RFC 9110 §8.3.2: so are charsets.
    return id == FieldName::other && name == "accept-charset" ? Case::lower : Case::kept;
}

// The last eight may overlap with those before them: twice lower is lower.
void lower_in_place(char* begin, char* end) noexcept {
    if (end - begin < static_cast<std::ptrdiff_t>(http::octets_of_word)) {
        for (; begin != end; ++begin) *begin = http::to_lower(*begin);
        return;
    }
    for (char* const last = end - http::octets_of_word;; begin += http::octets_of_word) {
        begin = std::min(begin, last);
        const http::Word word = http::to_lower_octets(http::load_word(begin));
        std::memcpy(begin, &word, sizeof word);
        if (begin == last) return;
    }
}

// From the '=' of a parameter to the next ';' outside quotes the case stays.
void lower_media_range(char* begin, char* end) noexcept {
    void* const equals = std::memchr(begin, '=', static_cast<std::size_t>(end - begin));
    char* at = equals != nullptr ? static_cast<char*>(equals) : end;
    lower_in_place(begin, at);
    bool is_value = false;
    bool is_quoted = false;
    bool is_escaped = false;
    for (; at != end; ++at) {
        const char c = *at;
        if (!is_value && !is_quoted) *at = http::to_lower(c);
        if (c == '"' && !is_escaped) is_quoted = !is_quoted;
        is_escaped = is_quoted && c == '\\' && !is_escaped;
        if (!is_quoted) is_value = c == '=' || (is_value && c != ';');
    }
}

void append_member(std::string& out, std::string_view member, Case letters) {
    const std::size_t begin = out.size();
    out += member;
    char* const at = out.data() + begin;
    char* const end = out.data() + out.size();
    switch (letters) {
        case Case::kept: break;
        case Case::lower: lower_in_place(at, end); break;
        case Case::lower_but_parameters: lower_media_range(at, end); break;
    }
}

// RFC 9111 §4.1: lines combined, whitespace between members normalised, and case where the field has none; all else byte for byte.
void append_members(std::string& out, const std::string& name, FieldName id, HeaderView fields) {
    const Case letters = case_of(name, id);
    bool is_first = true;
    for (const Field& field : fields) {
        if (!is_line_of(field, name, id)) continue;
        std::string_view rest = field.value;
        while (const auto member = http::next_member(rest)) {
            if (!is_first) out += ", ";
            is_first = false;
            append_member(out, *member, letters);
        }
    }
}

// RFC 9111 §4.1: in another order they mean the same.
void append_sorted_members(std::string& out, const std::string& name, FieldName id, HeaderView fields) {
    const std::size_t begin = out.size();
    append_members(out, name, id, fields);
    boost::container::small_vector<std::string_view, 16> members;
    std::string_view rest = std::string_view(out).substr(begin);
    while (const auto member = http::next_member(rest)) members.push_back(*member);
    std::ranges::sort(members);
    boost::container::small_vector<char, 256> sorted;
    for (const std::string_view member : members) {
        if (!sorted.empty()) sorted.insert(sorted.end(), {',', ' '});
        sorted.insert(sorted.end(), member.begin(), member.end());
    }
    out.replace(begin, out.size() - begin, sorted.data(), sorted.size());
}

bool is_credential(FieldName id) noexcept { return id == FieldName::cookie || id == FieldName::authorization; }

// Written by this proxy itself, so that the client's value is not what chose the response: of the peer, the time, the exchange.
bool is_written_here(std::string_view name) noexcept {
    if (name == "x-forwarded-proto" || name == "x-forwarded-host") return false;  // part of every key, where they are believed
    return name == "forwarded" || name == "via" || name == "x-real-ip" || name == "x-request-id" || name.starts_with("x-forwarded-");
}

bool is_covered(const std::string& name, FieldName id, const Covered& covered) noexcept {
    if (id == FieldName::x_forwarded_proto || id == FieldName::x_forwarded_host) return true;
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

}  // namespace

bool tells_nobody_apart(const VarySpec& spec) noexcept {
    constexpr std::array<std::string_view, 9> harmless{"accept", "accept-charset", "accept-encoding", "accept-language", "content-type", "origin", "save-data", "user-agent", "x-requested-with"};
    return std::ranges::all_of(spec.names, [&](const std::string& name) { return std::ranges::find(harmless, name) != harmless.end(); });
}

std::optional<VarySpec> parse_vary(http::HeaderView response_fields, std::size_t limit) {
    VarySpec spec;
    for (const Field& field : response_fields) {
        if (field.id != FieldName::vary) continue;
        std::string_view rest = field.value;
        while (const auto member = http::next_member(rest)) {
            if (*member == "*" || !http::is_token(*member)) return std::nullopt;
            std::string name;
            append_lower(name, *member);
            if (is_written_here(name)) return std::nullopt;  // as good as "*"
            spec.names.push_back(std::move(name));
        }
    }
    std::ranges::sort(spec.names);
    spec.names.erase(std::unique(spec.names.begin(), spec.names.end()), spec.names.end());
    if (spec.names.size() > limit) return std::nullopt;
    for (const std::string& name : spec.names) spec.ids.push_back(http::field_name(name));
    return spec;
}

const std::string* VaryMemo::find(FieldName id, std::string_view value) const noexcept {
    const Slot& slot = slots_[slot_of(id, value)];
    return slot.id == id && slot.value == value ? &slot.normalised : nullptr;
}

void VaryMemo::remember(FieldName id, std::string_view value, std::string_view normalised) {
    if (value.size() > longest) return;
    Slot& slot = slots_[slot_of(id, value)];
    slot.id = id;
    slot.value = value;
    slot.normalised = normalised;
}

void append_vary_key(std::string& out, const VarySpec& spec, http::HeaderView request_fields, const Covered& covered, const Languages& languages, VaryMemo* memo) {
    for (std::size_t i = 0; i < spec.names.size(); ++i) {
        const std::string& name = spec.names[i];
        const FieldName id = spec.ids[i];
        // The name as well: the same value of another field is another variant.
        out += name;
        out += name_end;
        if (is_covered(name, id, covered)) {
            out += covered_mark;
            continue;
        }
        const auto is_line = [&name, id](const Field& field) { return is_line_of(field, name, id); };
        const auto first = std::ranges::find_if(request_fields, is_line);
        if (first == request_fields.end()) {
            out += absent_mark;
            continue;
        }
        const auto language = id == FieldName::accept_language && !languages.tags.empty() ? find_language(request_fields, languages) : std::nullopt;
        out += language ? language_mark : present_mark;
        const std::size_t length_at = out.size();
        out.append(length_digits, '\0');
        // What these become depends on nothing but their only line.
        const bool is_remembered = memo != nullptr && (id == FieldName::accept || id == FieldName::accept_encoding) && std::none_of(first + 1, request_fields.end(), is_line);
        const std::string* const known = is_remembered ? memo->find(id, first->value) : nullptr;
        if (language) {
            out += *language;
        } else if (known != nullptr) {
            out += *known;
        } else if (is_credential(id)) {
            append_digest(out, name, id, request_fields);
        } else if (id == FieldName::accept_language && languages.is_order_ignored) {
            append_sorted_members(out, name, id, request_fields);
        } else if (id != FieldName::accept_encoding || !append_codings(out, request_fields)) {
            append_members(out, name, id, request_fields);
        }
        const std::size_t length = out.size() - length_at - length_digits;
        for (std::size_t digit = 0; digit < length_digits; ++digit)
            out[length_at + digit] = static_cast<char>(length >> (8 * digit));
        if (is_remembered && known == nullptr) memo->remember(id, first->value, std::string_view(out).substr(length_at + length_digits));
    }
}

bool is_as_keyed(const VarySpec& spec, HeaderView request_fields, HeaderView response_fields, const Languages& languages) {
    const bool is_by_language = !languages.tags.empty() && std::ranges::find(spec.ids, FieldName::accept_language) != spec.ids.end();
    return !is_by_language || is_language_as_keyed(request_fields, response_fields, languages);
}

std::vector<VaryChoice> split_vary_key(std::string_view key) {
    std::vector<VaryChoice> choices;
    while (!key.empty()) {
        const std::size_t end = key.find(name_end);
        if (end == std::string_view::npos || end + 1 == key.size()) return {};
        VaryChoice choice{key.substr(0, end)};
        const char mark = key[end + 1];
        key.remove_prefix(end + 2);
        if ((mark == present_mark || mark == language_mark) && key.size() >= length_digits) {
            std::size_t length = 0;
            for (std::size_t digit = 0; digit < length_digits; ++digit) length |= std::size_t{static_cast<unsigned char>(key[digit])} << (8 * digit);
            key.remove_prefix(length_digits);
            if (key.size() < length) return {};
            choice.value = key.substr(0, length);
            key.remove_prefix(length);
        } else if (mark == covered_mark) {
            choice.is_covered = true;
        } else if (mark != absent_mark) {
            return {};
        }
        choices.push_back(choice);
    }
    return choices;
}

}  // namespace sidecache::policy
