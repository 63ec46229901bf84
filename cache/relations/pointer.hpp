// JSON Pointer (RFC 6901), and the texts that rows are named by.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boost::json {
class value;
}

namespace sidecache::relations {

class Pointer {
public:
    // nullopt: it does not begin with '/', or has a '~' that is neither ~0 nor ~1.
    static std::optional<Pointer> parse(std::string_view text);

    // Appends the texts of what it leads to: a string as it is, a whole number in digits, `true` or `false`; of a list those of its members; of null nothing,
    // which is an answer too: no other row. Of a document that is a list, as bulk endpoints have it, it leads on from each of its members.
    // False: it leads nowhere, or to what no row is named by: an object, a fraction, an empty string.
    bool append_texts(const boost::json::value& document, std::vector<std::string>& out) const;

private:
    std::vector<std::string> tokens_;
};

}  // namespace sidecache::relations
