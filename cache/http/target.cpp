#include "cache/http/target.hpp"

#include "cache/http/ascii.hpp"
#include "cache/switches/switches.hpp"

#include <algorithm>

namespace sidecache::http {
namespace {

// The octet that an escape at `text[at]` spells; -1 if it is broken.
int escaped_octet(std::string_view text, std::size_t at) noexcept {
    if (at + 2 >= text.size()) return -1;
    const int high = hex_value(text[at + 1]);
    const int low = hex_value(text[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// Nothing to decode and no segment that begins with a dot: the path is its own normal form.
bool is_plain_path(std::string_view path) noexcept {
    if (path.find('%') == std::string_view::npos && path.find('.') == std::string_view::npos) return true;  // nearly always
    char before = '\0';
    for (const char c : path) {
        if (c == '%' || (c == '.' && before == '/')) return false;
        before = c;
    }
    return true;
}

bool append_normal_segment(std::string& out, std::string_view segment) {
    for (std::size_t i = 0; i < segment.size(); ++i) {
        if (segment[i] != '%') {
            out += segment[i];
            continue;
        }
        const int octet = escaped_octet(segment, i);
        if (octet < 0) return false;
        if (is_unreserved(static_cast<char>(octet))) {  // RFC 3986 §6.2.2.2
            out += static_cast<char>(octet);
        } else {  // RFC 3986 §6.2.2.1
            constexpr char digits[] = "0123456789ABCDEF";
            out += '%';
            out += digits[octet >> 4];
            out += digits[octet & 15];
        }
        i += 2;
    }
    return true;
}

// RFC 3986 §5.2.4, after decoding: "%2e%2e" is "..".
bool append_normalised(std::string& out, std::string_view path) {
    const std::size_t root = out.size();
    std::size_t at = 0;  // of the slash before the segment
    while (at < path.size()) {
        const std::size_t end = std::min(path.find('/', at + 1), path.size());
        const bool is_last = end == path.size();
        const std::size_t begin = out.size();
        out += '/';
        if (!append_normal_segment(out, path.substr(at + 1, end - at - 1))) return false;
        const std::string_view segment = std::string_view(out).substr(begin + 1);
        if (segment == ".") {
            out.resize(is_last ? begin + 1 : begin);
        } else if (segment == "..") {
            if (begin == root) return false;
            out.resize(out.rfind('/', begin - 1));
            if (is_last) out += '/';
        }
        at = end;
    }
    return true;
}

constexpr std::string_view format_suffixes[] = {"json", "api", "html", "xml", "csv", "txt"};

// The segment without its format suffixes; DRF serves /doctors/5.json as /doctors/5/, and /.json as /.
std::string_view without_format(std::string_view segment) noexcept {
    for (;;) {
        const std::size_t dot = segment.rfind('.');
        if (dot == std::string_view::npos) return segment;
        const std::string_view suffix = segment.substr(dot + 1);
        const bool is_format = std::ranges::any_of(format_suffixes, [suffix](std::string_view known) {
            return known.size() == suffix.size() && std::ranges::equal(known, suffix, {}, {}, to_lower);
        });
        if (!is_format) return segment;
        segment = segment.substr(0, dot);
    }
}

bool append_decoded(std::string& out, std::string_view path) {
    for (std::size_t i = 0; i < path.size(); ++i) {
        char c = path[i];
        if (c == '%') {
            const int octet = escaped_octet(path, i);
            if (octet < 0) return false;
            c = static_cast<char>(octet);
            i += 2;
        }
        if (c == '\0') return false;
        out += c;
    }
    return true;
}

// Rewrites out[root..], a decoded path, to its group form. What is written never overtakes what is still to be read.
void compact_segments(std::string& out, std::size_t root) {
    std::size_t written = root;
    for (std::size_t read = root; read < out.size();) {
        const std::size_t end = std::min(out.find('/', read + 1), out.size());
        std::string_view segment = std::string_view(out).substr(read + 1, end - read - 1);
        segment = segment.substr(0, segment.find(';'));
        if (segment == "..") {
            if (written > root) written = out.rfind('/', written - 1);
        } else if (!segment.empty() && segment != ".") {
            out[written] = '/';
            std::copy(segment.begin(), segment.end(), out.begin() + static_cast<std::ptrdiff_t>(written) + 1);
            written += 1 + segment.size();
        }
        read = end;
    }
    out.resize(written);
}

// "/a/b.json" is "/a/b", "/a/.json" is "/a"; what then stands last may have a format too.
void drop_formats(std::string& out, std::size_t root) {
    while (out.size() > root) {
        const std::size_t begin = out.rfind('/') + 1;
        const std::string_view segment = std::string_view(out).substr(begin);
        const std::string_view bare = without_format(segment);
        if (bare.size() == segment.size()) return;
        out.resize(bare.empty() ? begin - 1 : begin + bare.size());
    }
}

// Appends the group form of a path as it stands. False if it cannot be decoded.
bool append_over_normalised(std::string& out, std::string_view path) {
    const std::size_t root = out.size();
    if (!append_decoded(out, path)) return false;
    compact_segments(out, root);
    drop_formats(out, root);
    if (out.size() == root) out += '/';
    return true;
}

// Requests that share a key must share their groups. "/x%2Fy/../b" and "/a//../b" have the keys "/b" and "/a/b", but an origin
// that decodes or merges first reads "/x/b" and "/b": what they are is not known.
bool is_group_of_key(std::string_view group, std::string_view path) {
    std::string key;
    if (!append_normalised(key, path)) return true;  // above the root: it has no key
    std::string group_of_key;
    return append_over_normalised(group_of_key, key) && group_of_key == group;
}

}  // namespace

bool append_key_path(std::string& out, std::string_view path) {
    if (!path.starts_with('/')) return false;
    if (is_plain_path(path)) {
        out.append(path);
        return true;
    }
    const std::size_t size = out.size();
    if (append_normalised(out, path)) return true;
    out.resize(size);
    return false;
}

bool append_group_path(std::string& out, std::string_view path) {
    if (!path.starts_with('/')) return false;
    if (switches::is_off(switches::Rule::one_spelling)) return append_key_path(out, path);
    const std::size_t root = out.size();
    if (append_over_normalised(out, path) && (is_plain_path(path) || is_group_of_key(std::string_view(out).substr(root), path))) {
        return true;
    }
    out.resize(root);
    return false;
}

void split_query(std::string_view query, std::vector<Parameter>& out) {
    out.clear();
    if (query.empty()) return;
    for (;;) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view piece = query.substr(0, end);
        const std::size_t equals = piece.find('=');
        if (equals == std::string_view::npos) {
            out.push_back({piece, {}, false});
        } else {
            out.push_back({piece.substr(0, equals), piece.substr(equals + 1), true});
        }
        if (end == query.size()) return;
        query.remove_prefix(end + 1);
    }
}

}  // namespace sidecache::http
