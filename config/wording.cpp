#include "config/wording.hpp"

#include <algorithm>
#include <cstddef>

namespace sidecache::config {
namespace {

constexpr std::size_t longest_quote = 80;

// Optimal string alignment: insert, delete, replace, swap neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        std::swap(before_last, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

std::string enumerated(const std::vector<std::string>& words, std::string_view before_last) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) out += i + 1 == words.size() ? before_last : ", ";
        out += words[i];
    }
    return out;
}

bool begins(std::string_view text, std::string_view prefix) { return prefix.size() >= 3 && text.starts_with(prefix); }

}  // namespace

std::string in_quotes(std::string_view text) {
    std::string out = "'";
    for (const char c : text.substr(0, longest_quote)) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    return out + (text.size() > longest_quote ? "...'" : "'");
}

std::string joined(const std::vector<std::string>& words) { return enumerated(words, ", "); }
std::string any_of(const std::vector<std::string>& words) { return enumerated(words, " or "); }

std::string expected_got(std::string_view expected, std::string_view text) {
    return "expected " + std::string(expected) + ", got " + in_quotes(text);
}

std::string_view nearest(std::string_view word, const std::vector<std::string>& candidates) {
    if (word.size() > longest_quote) return {};
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string_view candidate : candidates) {
        // The start of a word is as near as one wrong letter: 'warn' for 'warning', 'max_object_size' for 'max_object'.
        const std::size_t distance = begins(candidate, word) || begins(word, candidate) ? 1 : edit_distance(word, candidate);
        if (distance < best_distance && distance < candidate.size()) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
    const auto found = nearest(word, candidates);
    return found.empty() ? std::string{} : "did you mean " + in_quotes(found) + "?";
}

}  // namespace sidecache::config
