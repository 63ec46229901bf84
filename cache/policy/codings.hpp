// What of Accept-Encoding decides which content coding may be served (RFC 9110 §12.5.3).
#pragma once

#include "cache/http/field.hpp"

#include <string>

namespace sidecache::policy {

// Appends the set of codings that the client takes, and of those that it refuses the ones that it would have to take otherwise: all where it takes any (`*`), else
// `identity`, which is taken unless it is refused. Sorted and in lower case, so that browsers which spell the same wish differently share a variant; weights and order are
// lost, as the origin may choose any of them. False, and nothing appended, for what is no list of codings, contradicts itself or is too long: then the value stands for itself.
bool append_codings(std::string& out, http::HeaderView request_fields);

}  // namespace sidecache::policy
