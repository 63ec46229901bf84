#include "cache/http/no_vary_search.hpp"

#include "cache/http/ascii.hpp"
#include "cache/http/structured_field.hpp"

#include <algorithm>

namespace sidecache::http {
namespace {

// A mark keeps it, and each key made by it.
constexpr std::size_t longest_field = 1024;

// RFC 3629 §4: how many octets the character at the front has; 0 if it is none.
std::size_t character_size(std::string_view text) noexcept {
    const auto octet = [text](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u; };
    const auto is_tail = [octet](std::size_t at) { return (octet(at) & 0xC0u) == 0x80u; };
    const unsigned first = octet(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return is_tail(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool is_in_range = (first != 0xE0 || octet(1) >= 0xA0) && (first != 0xED || octet(1) <= 0x9F);
        return is_in_range && is_tail(1) && is_tail(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool is_in_range = (first != 0xF0 || octet(1) >= 0x90) && (first != 0xF4 || octet(1) <= 0x8F);
        return is_in_range && is_tail(1) && is_tail(2) && is_tail(3) ? 4 : 0;
    }
    return 0;
}

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

// One value, lines joined as RFC 9651 §4.2 has it; empty: there is none.
std::string joined_lines(HeaderView fields) {
    std::string all;
    for (const Field& field : fields) {
        if (field.id != FieldName::other || !iequals(field.name, "no-vary-search")) continue;
        if (!all.empty()) all += ", ";
        all += field.value;
    }
    return all;
}

struct Entries {
    std::optional<DictionaryReader::Member> key_order, params, except;  // of one key the last counts (RFC 9651 §4.2.2)
};

std::optional<Entries> read_entries(std::string_view line) {
    Entries entries;
    DictionaryReader reader(line);
    while (const auto member = reader.next()) {
        if (member->key == "key-order") entries.key_order = member;
        if (member->key == "params") entries.params = member;
        if (member->key == "except") entries.except = member;
    }
    if (reader.failed()) return std::nullopt;
    return entries;
}

}  // namespace

bool append_form_decoded(std::string& out, std::string_view text) {
    const std::size_t begin = out.size();
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low >= 0) {
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return is_utf8(std::string_view(out).substr(begin));
}

std::optional<NoVarySearch> parse_no_vary_search(HeaderView response_fields) {
    const std::string line = joined_lines(response_fields);
    if (line.empty() || line.size() > longest_field) return std::nullopt;
    const auto entries = read_entries(line);
    if (!entries) return std::nullopt;
    bool is_order_free = false;
    if (entries->key_order) {
        const std::string_view value = entries->key_order->value;
        if (!value.empty() && value != "?0" && value != "?1") return std::nullopt;
        is_order_free = value != "?0";
    }
    if (entries->params && entries->except) return std::nullopt;

    NoVarySearch spec;
    if (const auto& list = entries->params ? entries->params : entries->except) {
        const auto strings = list->is_inner_list ? parse_inner_strings(list->value) : std::nullopt;
        if (!strings) return std::nullopt;
        for (const std::string& string : *strings) {
            if (!append_form_decoded(spec.names.emplace_back(), string)) return std::nullopt;
        }
        spec.matter = entries->except.has_value();
    }
    std::ranges::sort(spec.names);
    spec.names.erase(std::unique(spec.names.begin(), spec.names.end()), spec.names.end());
    const bool is_default = !is_order_free && !spec.matter && spec.names.empty();
    return is_default ? std::nullopt : std::optional(std::move(spec));
}

}  // namespace sidecache::http
