// The part of Structured Fields (RFC 9651) that cache groups, targeted cache control and No-Vary-Search need, parsed strictly: a field
// that does not parse in full says nothing at all (§4.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::http {

// Reads one line as a List of Strings (§3.1, §3.3.3), member by member; parameters of members are checked and ignored.
//     StringListReader reader(line);
//     while (const auto member = reader.next()) ...
//     if (reader.failed()) ...
class StringListReader {
public:
    explicit StringListReader(std::string_view line);
    // The next member, its escapes resolved; valid until the next call. nullopt at the end and at the first fault.
    std::optional<std::string_view> next();
    bool failed() const noexcept { return failed_; }

private:
    std::string_view rest_;
    std::string unescaped_;
    bool is_first_ = true;
    bool failed_ = false;
};

// Reads one line as a Dictionary (§3.2). Parameters are checked and ignored.
class DictionaryReader {
public:
    struct Member {
        std::string_view key;
        std::string_view value;  // the text of the item, with its quotes or other marks; empty: no value, which means true
        bool is_inner_list = false;  // the value is its text with its parentheses
    };
    explicit DictionaryReader(std::string_view line);
    std::optional<Member> next();  // nullopt at the end and at the first fault
    bool failed() const noexcept { return failed_; }

private:
    std::string_view rest_;
    bool is_first_ = true;
    bool failed_ = false;
};

// The text of an inner list (§3.1.1), as DictionaryReader gives it, whose items are Strings; nullopt if one is not.
std::optional<std::vector<std::string>> parse_inner_strings(std::string_view text);

}  // namespace sidecache::http
