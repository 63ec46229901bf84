// The texts that rows are named by in JSON.
#pragma once

#include "cache/json/pointer.hpp"

#include <string>
#include <vector>

namespace sidecache::relations {

// Appends the texts of what the pointer leads to: a string as it is, a whole number in digits, `true` or `false`; of a list those of its members; of null nothing,
// which is an answer too: no other row. Of a document that is a list, as bulk endpoints have it, it leads on from each of its members.
// False: it leads nowhere, or to what no row is named by: an object, a fraction, an empty string.
bool append_row_texts(std::vector<std::string>& out, const strict_json::Pointer& pointer, const boost::json::value& document);

}  // namespace sidecache::relations
