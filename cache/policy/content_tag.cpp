#include "cache/policy/content_tag.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace sidecache::policy {
namespace {

constexpr std::size_t digit_count = 32;  // 128 bits: that two contents of one resource meet is out of the question

// RFC 9110 §8.8.1: a strong validator changes with representation metadata that matters, §8.8.3.3: and with the coding. These are what a 304 does not carry
// (§15.4.5), so that a client with an old copy would never hear of a new value.
constexpr std::string_view describing[] = {"content-type", "content-encoding", "content-language", "content-disposition"};

// Lines of different fields may come in any order (RFC 9110 §5.3).
std::vector<std::pair<std::string_view, std::string_view>> description_of(http::HeaderView fields) {
    std::vector<std::pair<std::string_view, std::string_view>> lines;
    for (const std::string_view name : describing) {
        for (const http::Field& field : fields) {
            if (http::iequals(field.name, name)) lines.emplace_back(name, field.value);
        }
    }
    return lines;
}

}  // namespace

ContentTag::ContentTag(http::HeaderView fields) {
    for (const auto& [name, value] : description_of(fields)) {
        digest_.add(name);
        digest_.add(value);
    }
    digest_.add({});  // no name: here the content begins
}

std::string ContentTag::finish() {
    const std::string digits = digest_.finish();
    return digits.empty() ? digits : "\"sc-" + digits.substr(0, digit_count) + '"';
}

bool is_described_alike(http::HeaderView a, http::HeaderView b) { return description_of(a) == description_of(b); }

}  // namespace sidecache::policy
