// Bytes that came from outside, as they may stand in a line of a log or a label.
#pragma once

#include <string>
#include <string_view>

namespace sidecache::telemetry {

// Well-formed UTF-8: each byte that is not becomes U+FFFD.
std::string to_utf8(std::string_view bytes);

// A JSON string with its quotes.
void append_json(std::string& out, std::string_view bytes);

// Between double quotes; quotes, backslashes, control characters and what is not UTF-8 as \" \\ \xHH.
void append_quoted(std::string& out, std::string_view bytes);

// The value of key=value: as it is where it is one plain word, else quoted.
void append_word(std::string& out, std::string_view bytes);

}  // namespace sidecache::telemetry
