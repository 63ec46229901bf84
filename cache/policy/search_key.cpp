#include "cache/policy/search_key.hpp"

#include "cache/http/ascii.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace sidecache::policy {
namespace {

using http::NoVarySearch;

// So that no octet of a name or value is taken for one between them.
void append_escaped(std::string& out, std::string_view text) {
    constexpr char digits[] = "0123456789ABCDEF";
    for (const char c : text) {
        if (http::is_unreserved(c)) {
            out += c;
        } else {
            out += '%';
            out += digits[static_cast<unsigned char>(c) >> 4];
            out += digits[static_cast<unsigned char>(c) & 15];
        }
    }
}

bool matters(const NoVarySearch& spec, std::string_view name) noexcept {
    return std::ranges::binary_search(spec.names, name, std::less<>()) == spec.matter;
}

// Of a name or value, decoded in `scratch` and written as every spelling of it is.
bool append_canonical(std::string& out, std::string_view text, std::string& decoded) {
    decoded.clear();
    if (!http::append_form_decoded(decoded, text)) return false;
    append_escaped(out, decoded);
    return true;
}

}  // namespace

ExactKey split_key(std::string text, std::size_t target_end, std::size_t shared_end) {
    // The target is the last line before its end, and no path has a '?'.
    const std::size_t path_end = std::min(text.find('?', text.rfind('\n', target_end - 1)), target_end);
    return {std::move(text), path_end, target_end, shared_end};
}

void append_search_mark_key(std::string& out, const ExactKey& key) { out.append(key.path()).append("\nsearch"); }

bool append_search_key(std::string& out, const ExactKey& key, const NoVarySearch& spec, KeyScratch& scratch) {
    append_search_mark_key(out, key);
    out += spec.matter ? " except" : " params";
    for (const std::string& name : spec.names) append_escaped(out += ' ', name);
    out += '\n';
    const std::string_view query = key.query();
    // The key has them sorted by name already, equal ones in their order: as §6 has it with key-order, and as every key has it without.
    http::split_query(query.empty() ? query : query.substr(1), scratch.parameters);
    for (const http::Parameter& parameter : scratch.parameters) {
        if (parameter.name.empty() && !parameter.has_value) continue;  // "a&&b"
        scratch.decoded.clear();
        if (!http::append_form_decoded(scratch.decoded, parameter.name)) return false;
        const bool is_kept = matters(spec, scratch.decoded);
        if (is_kept) append_escaped(out += '&', scratch.decoded);
        if (is_kept) out += '=';
        if (is_kept && !append_canonical(out, parameter.value, scratch.decoded)) return false;
    }
    out += key.content();
    return true;
}

}  // namespace sidecache::policy
