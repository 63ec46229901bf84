// Which of an application's languages a request asks for (RFC 4647 §3.4), for keys alone: the request goes to the origin as it came.
#pragma once

#include "cache/http/field.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::policy {

// What is known of how the application chooses a language.
struct Languages {
    std::vector<std::string> tags{};  // those that it has, all of them: in lower case, without repeats. Empty: not known
    bool is_order_ignored = false;    // ranges of equal weight are as good in any order (RFC 9110 §12.5.4 gives them none, but many frameworks take the first)
};

// The language that lookup finds: ranges by weight, of equal ones the first, each shortened from its end until it is one of the languages. Empty: none is asked
// for, so that the application takes its default. nullopt where applications differ, and the field's value has to stand for itself: `*`, a refused language (q=0),
// a range that shares no more than its beginning with one of the languages (pt and pt-br), and what cannot be read.
std::optional<std::string_view> find_language(http::HeaderView request_fields, const Languages& languages) noexcept;

// Did the application choose as keys say? By the answer's Content-Language; without one it is not known otherwise.
bool is_language_as_keyed(http::HeaderView request_fields, http::HeaderView response_fields, const Languages& languages) noexcept;

// In lower case; nullopt if the text is no language tag (RFC 5646 §2.1, as far as ranges and tags have it in common): de, de-CH, zh-Hant-TW.
std::optional<std::string> parse_language_tag(std::string_view text);

}  // namespace sidecache::policy
