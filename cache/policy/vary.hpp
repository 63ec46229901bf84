// Secondary keys (RFC 9111 §4.1): which request fields chose this response.
#pragma once

#include "cache/http/message.hpp"
#include "cache/policy/languages.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::policy {

// Lower-case field names, sorted, without repeats. Two specs with the same names are the same spec.
struct VarySpec {
    std::vector<std::string> names;
    std::vector<http::FieldName> ids;  // parallel to names; `other` where no id exists
    bool empty() const noexcept { return names.empty(); }
    friend bool operator==(const VarySpec& a, const VarySpec& b) { return a.names == b.names; }
};

// All lines of Vary. nullopt for "*" and for fields that every proxy writes anew (Forwarded, Via, X-Forwarded-For: never reusable) and for a member that is no field name, or over `limit` names: unclear is not stored.
std::optional<VarySpec> parse_vary(http::HeaderView response_fields, std::size_t limit = 16);

// Are all of its fields such as tell formats and languages apart, and never who asks? What is not known to be one of them may be a token.
bool tells_nobody_apart(const VarySpec& spec) noexcept;

// Fields that the partition of a principal speaks for already: within it they do not count.
struct Covered {
    bool cookies = false;          // the principal names cookies: others do not tell responses apart
    std::string_view header{};     // lower case
};

// What the values of a few fields became when they were normalised last: most requests come from few kinds of clients, whose Accept and Accept-Encoding are the
// same text each time. Of one thread. Never of a credential.
class VaryMemo {
public:
    static constexpr std::size_t longest = 256;  // octets of a value that is remembered

    const std::string* find(http::FieldName id, std::string_view value) const noexcept;
    void remember(http::FieldName id, std::string_view value, std::string_view normalised);

private:
    struct Slot {
        http::FieldName id = http::FieldName::other;
        std::string value;
        std::string normalised;
    };
    static std::size_t slot_of(http::FieldName id, std::string_view value) noexcept { return (value.size() + static_cast<std::size_t>(id) * 5) % 8; }
    std::array<Slot, 8> slots_;
};

// Appends the secondary key: for each name of the spec the name and an absent mark, or the normalised value with its length before it. Absent differs from
// empty. Normalised: lines joined by ", ", members trimmed (RFC 9111 §4.1); Accept-Encoding reduced to what of it decides (codings.hpp); Accept, Accept-Charset and
// Accept-Language in lower case where they have no case; Cookie and Authorization as a keyed digest, so that no key holds a credential; all else byte for byte after that. With
// `languages` (`keys.languages`) Accept-Language becomes the one of them that it asks for, where that is clear (languages.hpp), or its members are sorted.
void append_vary_key(std::string& out, const VarySpec& spec, http::HeaderView request_fields, const Covered& covered = {}, const Languages& languages = {},
                     VaryMemo* memo = nullptr);

// Did the application choose as the key says? With `keys.languages` an answer in another language than the one that was looked up must not be filed.
bool is_as_keyed(const VarySpec& spec, http::HeaderView request_fields, http::HeaderView response_fields, const Languages& languages);

// What append_vary_key wrote, taken apart again: views into `key`; empty if it is no such key.
struct VaryChoice {
    std::string_view name;
    std::optional<std::string_view> value{};  // nullopt: the field was absent, or is covered
    bool is_covered = false;                  // the partition speaks for it
};
std::vector<VaryChoice> split_vary_key(std::string_view key);

}  // namespace sidecache::policy
