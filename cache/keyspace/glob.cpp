#include "cache/keyspace/glob.hpp"

#include <cstddef>
#include <utility>

namespace sidecache::keyspace {
namespace {

// What stands behind '[' is taken off `pattern`, with the ']' that ends it; one that is missing stands at its end (as Redis has it).
bool takes_class(std::string_view& pattern, unsigned char octet) noexcept {
    const bool is_negated = pattern.starts_with('^');
    if (is_negated) pattern.remove_prefix(1);
    bool is_in = false;
    for (;;) {
        if (pattern.empty()) break;
        if (pattern.starts_with('\\') && pattern.size() >= 2) {
            is_in |= static_cast<unsigned char>(pattern[1]) == octet;
            pattern.remove_prefix(2);
        } else if (pattern.starts_with(']')) {
            pattern.remove_prefix(1);
            break;
        } else if (pattern.size() >= 3 && pattern[1] == '-') {
            auto first = static_cast<unsigned char>(pattern[0]);
            auto last = static_cast<unsigned char>(pattern[2]);
            if (first > last) std::swap(first, last);
            is_in |= first <= octet && octet <= last;
            pattern.remove_prefix(3);
        } else {
            is_in |= static_cast<unsigned char>(pattern.front()) == octet;
            pattern.remove_prefix(1);
        }
    }
    return is_in != is_negated;
}

// Takes what one octet is compared with off `pattern`, which is not empty and begins with no '*'.
bool takes(std::string_view& pattern, char octet) noexcept {
    const char first = pattern.front();
    pattern.remove_prefix(1);
    if (first == '?') return true;
    if (first == '[') return takes_class(pattern, static_cast<unsigned char>(octet));
    if (first != '\\' || pattern.empty()) return first == octet;
    const char escaped = pattern.front();
    pattern.remove_prefix(1);
    return escaped == octet;
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view text) noexcept {
    // Only the last '*' need be tried longer: what an earlier one takes, the last one can take as well.
    std::string_view behind_star;
    std::string_view rest_of_star;
    bool has_star = false;
    while (!text.empty() || !pattern.empty()) {
        if (pattern.starts_with('*')) {
            pattern.remove_prefix(1);
            behind_star = pattern;
            rest_of_star = text;
            has_star = true;
            continue;
        }
        if (!pattern.empty() && !text.empty()) {
            std::string_view next = pattern;
            if (takes(next, text.front())) {
                pattern = next;
                text.remove_prefix(1);
                continue;
            }
        }
        if (!has_star || rest_of_star.empty()) return false;
        rest_of_star.remove_prefix(1);
        text = rest_of_star;
        pattern = behind_star;
    }
    return true;
}

}  // namespace sidecache::keyspace
